"""Which files are looked at: those that git knows or would not ignore, as they are on the disk."""

from __future__ import annotations

import json
import os
import sys

import pytest

from mmm_lang.context.reading import read_files
from mmm_lang.context.tree import read_tree
from mmm_lang.git.repository import Repository
from tests.context.ground import edges, ground

CODE = "def f():\n    pass\n"


def tree(made):
    return read_tree(Repository.find(str(made.root)).git)


def keys(made):
    return {entry.path: entry.key for entry in tree(made).files}


def test_a_file_keeps_its_key_when_it_is_committed(tmp_path):
    made = ground(tmp_path, {"a.py": CODE})
    made.write("b.py", CODE)
    made.write("a.py", CODE * 2)
    before = keys(made)
    made.commit()
    assert keys(made) == before
    assert before["b.py"] == made.git("rev-parse", "HEAD:b.py").strip()


def test_ignored_files_links_submodules_and_nested_repositories_are_left_alone(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    sub = ground(inner, {"s.py": CODE})
    made = ground(tmp_path, {"a.py": CODE, ".gitignore": "build/\n"})
    made.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(sub.root), "sub")
    made.commit()
    (made.root / "link.py").symlink_to("a.py")
    (made.root / "folder").symlink_to(inner)
    made.git("add", "link.py")
    made.write("build/b.py", CODE)
    made.write("new.py", CODE)
    made.git("init", "-q", "nested")
    made.write("nested/n.py", CODE)
    (made.root / "late.py").symlink_to("a.py")
    found = tree(made)
    assert {entry.path for entry in found.files} == {".gitignore", ".gitmodules", "a.py", "new.py"}
    assert dict(found.aside) == {"folder": "link", "late.py": "link", "link.py": "link", "sub": "submodule"}
    left_out = made.documents()["metadata"]["left_out"]
    assert {"path": "link.py", "reason": "link"} in left_out


def test_a_tracked_file_that_became_a_link_or_a_folder_or_is_gone(tmp_path):
    made = ground(tmp_path, {"a.py": CODE, "b.py": CODE, "c.py": CODE, "d/e.py": CODE})
    for name in ("a.py", "b.py", "c.py"):
        (made.root / name).unlink()
    (made.root / "a.py").symlink_to("/etc/hostname")
    made.write("b.py/inside.py", CODE)
    found = tree(made)
    assert {entry.path for entry in found.files} == {"b.py/inside.py", "d/e.py"}
    assert dict(found.aside)["a.py"] == "link"


def test_files_that_are_not_checked_out(tmp_path):
    made = ground(tmp_path, {"a.py": CODE, "b.py": CODE})
    made.git("update-index", "--skip-worktree", "b.py")
    (made.root / "b.py").unlink()
    assert dict(tree(made).aside) == {"b.py": "not-checked-out"}
    made.git("update-index", "--assume-unchanged", "a.py")
    made.write("a.py", CODE * 3)
    assert made.documents()["analysis"]["languages"][0]["lines"] == 6


@pytest.mark.skipif(sys.platform != "linux", reason="the file system there takes UTF-8 only")
def test_names_and_contents_that_are_no_utf8(tmp_path):
    made = ground(tmp_path, {"a.py": CODE})
    with open(os.fsencode(made.root) + b"/caf\xe9.py", "wb") as file:
        file.write(b"import a\n# TODO: caf\xe9\ndef f():\n    pass\n")
    made.commit()
    made.context(save=True)
    text = (made.root / ".mmm/context/dependency_graph.json").read_bytes().decode("utf-8")
    documents = {"dependency_graph": json.loads(text)}
    assert edges(documents) == {("caf\\xe9.py", "a.py", "import")}
    debt = json.loads((made.root / ".mmm/context/technical_debt.json").read_text())
    assert debt["markers"] == [{"path": "caf\\xe9.py", "line": 2, "kind": "TODO", "text": "caf�"}]


def test_vendored_generated_and_fixture_files(tmp_path):
    made = ground(
        tmp_path,
        {
            "a.py": CODE,
            "node_modules/x/index.js": "1\n",
            "pkg/vendor/v.go": "package v\n",
            "api_pb2.py": CODE,
            "app.min.js": "1\n",
            "testdata/bad.py": "def (\n",
            "vendor/data.csv": "1\n",
        },
    )
    metadata = made.documents()["metadata"]
    assert metadata["left_out_total"] == {"fixture": 1, "generated": 1, "minified": 1, "vendored": 2}
    assert metadata["files"]["code"] == 1


def test_several_processes_find_what_one_finds(tmp_path):
    code = "".join(f"def f{number}(a):\n    return a if a else {number}\n" for number in range(400))
    made = ground(tmp_path, {f"m{number}.py": f"# {number}\n{code}" for number in range(60)})
    found = tree(made)
    assert read_files(found, {}, processes=3) == read_files(found, {}, processes=1)


def test_changes_are_counted(tmp_path):
    made = ground(tmp_path, {"a.py": CODE, "b.py": CODE})
    for number in range(3):
        made.write("a.py", CODE + f"# {number}\n")
        made.commit(f"fix(core): {number}")
    documents = made.documents()
    spots = {one["path"]: (one["changes"], one["weight"]) for one in documents["technical_debt"]["hot_spots"]}
    assert spots == {"a.py": (4, 5), "b.py": (1, 2)}
    assert documents["conventions"]["commits"] == {"looked_at": 4, "conventional": 3, "types": {"fix": 3}}
