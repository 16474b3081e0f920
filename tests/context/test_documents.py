"""What is written: by the schemas, the same every time, whole or not at all, and where nobody commits it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from mmm_lang.context.errors import ContextError
from mmm_lang.context.store import NAMES, read_documents, read_score
from tests.context.ground import ground
from tests.context.test_graphs import GO, PYTHON, RUST, TYPESCRIPT

SPEC = Path(__file__).parents[2] / "spec" / "context"
MIXED = {
    **{f"py/{path}": text for path, text in PYTHON.items()},
    **{f"ts/{path}": text for path, text in TYPESCRIPT.items()},
    **{f"go/{path}": text for path, text in GO.items()},
    **{f"rs/{path}": text for path, text in RUST.items()},
    "c/main.c": "/* TODO: less */\nint main(void) { if (1 && 2) return 1; return 0; }\n",
    "vendor/x.py": "def x(): pass\n",
    "coverage.xml": "<not xml",
    "lcov.info": "SF:py/src/shop/cart.py\nDA:1,1\nDA:2,0\nend_of_record\n",
    ".mmm/PROJECT.md": "A shop.\n",
    ".editorconfig": "root = true\n",
}


def written(root: Path) -> dict[str, dict]:
    return {name: json.loads((root / ".mmm/context" / f"{name}.json").read_text()) for name in NAMES}


def test_each_document_is_by_its_schema(tmp_path):
    made = ground(tmp_path, MIXED)
    made.context(save=True)
    documents = written(made.root)
    assert {path.name for path in SPEC.glob("*.schema.json")} == {f"{name}.schema.json" for name in NAMES}
    for name, document in documents.items():
        schema = json.loads((SPEC / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert documents["analysis"]["score"] == documents["technical_debt"]["score"]
    assert read_score(str(made.root)) == documents["analysis"]["score"]["value"]


@pytest.mark.parametrize("files", [{}, {"README": "nothing here\n"}])
def test_a_project_without_code_has_documents_too(tmp_path, files):
    made = ground(tmp_path, files)
    made.context(save=True)
    for name, document in written(made.root).items():
        jsonschema.validate(document, json.loads((SPEC / f"{name}.schema.json").read_text()))
    assert read_score(str(made.root)) is None


def test_the_same_files_give_the_same_bytes(tmp_path):
    made = ground(tmp_path, MIXED)
    folder = made.root / ".mmm/context"
    before = {}
    for _ in range(2):
        made.context(save=True, force=True)
        found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "metadata.json"}
        assert before in ({}, found)
        before = found


def test_nobody_commits_it_whatever_the_rules_around_it_are(tmp_path):
    made = ground(tmp_path, {**MIXED, ".mmm/.gitignore": "/nothing\n"})
    made.context(save=True)
    assert made.git("status", "--porcelain", "--untracked-files=all") == ""


def test_where_nothing_has_changed_what_is_there_is_taken(tmp_path):
    made = ground(tmp_path, PYTHON)
    first = made.context(save=True, clock=lambda: 1_000_000.0)
    assert (first.is_new, first.anew) == (True, len([path for path in PYTHON if path.endswith(".py")]))
    young = made.context(max_age=60.0, clock=lambda: 1_000_059.0)
    assert not young.is_new
    assert young.documents == written(made.root)
    old = made.context(max_age=60.0, clock=lambda: 1_000_060.0)
    assert (old.is_new, old.anew) == (True, 0)
    wrong_clock = made.context(max_age=60.0, clock=lambda: 999_999.0)
    assert wrong_clock.is_new
    forced = made.context(max_age=60.0, force=True, clock=lambda: 1_000_001.0)
    assert (forced.is_new, forced.anew) == (True, first.anew)


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.write("src/shop/new.py", "x = 1\n"),
        lambda made: (made.root / "tools/run.py").unlink(),
        lambda made: made.git("commit", "--allow-empty", "-qm", "an empty one"),
        lambda made: made.write("coverage.json", '{"files": {}}'),
        lambda made: made.write(".mmm/PROJECT.md", "A shop.\n"),
        lambda made: os.chmod(made.root / ".mmm/context/analysis.json", 0o644) or
        (made.root / ".mmm/context/analysis.json").write_text("{"),
        lambda made: (made.root / ".mmm/context/metadata.json").unlink(),
    ],
)  # fmt: skip
def test_what_makes_it_stale(tmp_path, change):
    made = ground(tmp_path, {**PYTHON, ".gitignore": "coverage.json\n"})
    made.context(save=True)
    change(made)
    assert made.context(max_age=3600.0).is_new


def test_a_store_that_is_broken_is_begun_anew(tmp_path):
    made = ground(tmp_path, PYTHON)
    whole = made.context(save=True)
    facts = made.root / ".git/mmm/facts.json"
    kept = json.loads(facts.read_text())
    for broken in (
        "",
        "[]",
        '{"version": 0, "facts": {"x": 1}}',
        json.dumps({**kept, "facts": {key: [1, 2] for key in kept["facts"]}}),
        json.dumps({**kept, "facts": {key: [None] * 12 for key in kept["facts"]}}),
    ):
        facts.write_text(broken)
        again = made.context(save=True)
        assert again.documents["dependency_graph"] == whole.documents["dependency_graph"]
        assert again.anew == whole.anew
    assert json.loads(facts.read_text()) == kept


def test_a_link_is_not_written_through(tmp_path):
    made = ground(tmp_path, PYTHON)
    outside = tmp_path / "outside"
    outside.mkdir()
    (made.root / ".mmm").mkdir()
    (made.root / ".mmm/context").symlink_to(outside)
    with pytest.raises(ContextError, match="is a link to somewhere else"):
        made.context(save=True)
    assert list(outside.iterdir()) == []


def test_a_half_of_it_is_nothing(tmp_path):
    made = ground(tmp_path, PYTHON)
    made.context(save=True)
    assert read_documents(str(made.root)) is not None
    (made.root / ".mmm/context/conventions.json").unlink()
    assert read_documents(str(made.root)) is None


def test_not_saving_changes_nothing(tmp_path):
    made = ground(tmp_path, PYTHON)
    made.context(save=False)
    assert not (made.root / ".mmm").exists()
    assert not (made.root / ".git/mmm").exists()
