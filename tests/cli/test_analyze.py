"""`mmm analyze` as people call it."""

from __future__ import annotations

import json
import subprocess

import jsonschema
import pytest

from mmm_lang.cli.main import main
from tests.cli.processes import PROJECT, mmm
from tests.context.ground import ground

CODE = {
    "pyproject.toml": '[project]\nname = "shop"\n[tool.ruff]\n',
    "shop/__init__.py": "",
    "shop/cart.py": "from shop import prices\n\ndef total(a):\n    # TODO: taxes\n    return prices.of(a) if a else 0\n",
    "shop/prices.py": "from shop import cart\n\ndef of(a):\n    return 1\n",
    "tests/test_cart.py": "from shop import cart\n",
    "ARCHITECTURE.md": "A shop.\n",
}


@pytest.fixture
def made(tmp_path):
    return ground(tmp_path, CODE)


def asked(capsys, *arguments):
    code = main(["analyze", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_summary_is_a_screenful(made, capsys):
    code, out, err = asked(capsys, "--path", made.root)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "repo: Python (4 files, 7 lines of code)"
    assert lines[1] == "4 modules, 3 imports between them, 1 cycle, 1 test file"
    assert lines[2].startswith("Score ")
    assert "  shop/cart.py → shop/prices.py → shop/cart.py" in lines
    assert "  shop/cart.py:4  TODO taxes" in lines
    assert "  ARCHITECTURE.md" in lines
    assert "  Python: python3 -m ruff format ., python3 -m ruff check ., python3 -m pytest" in lines
    assert "No test imports, or is named after: 1 of 2 modules" in lines
    assert lines[-1].startswith("Made in ")
    assert lines[-1].endswith("(4 files read), in .mmm/context")
    assert len(lines) < 40
    code, out, _ = asked(capsys, "--path", made.root / "shop")
    assert (code, out.splitlines()[-1]) == (0, "Nothing has changed since .mmm/context was written")
    assert asked(capsys, "-p", made.root, "--max-cache-age", "0")[1].endswith(
        "(no file had to be read), in .mmm/context\n"
    )
    assert asked(capsys, "-p", made.root, "--force-refresh")[1].endswith("(4 files read), in .mmm/context\n")


def test_more_of_it(made, capsys):
    _, out, _ = asked(capsys, "--path", made.root, "--format", "pretty")
    assert "\nMost imported\n" in out
    assert "\nParts, those that others lean on first\n" in out
    assert "  Python: " in out.partition("\nConventions\n")[2]


def test_json_is_all_documents(made, capsys):
    code, out, _ = asked(capsys, "--path", made.root, "--format", "json")
    documents = json.loads(out)
    assert code == 0
    for name, document in documents.items():
        schema = json.loads((PROJECT / "spec/context" / f"{name}.schema.json").read_text())
        jsonschema.validate(document, schema)
        assert json.loads((made.root / ".mmm/context" / f"{name}.json").read_text()) == document
    assert len(documents) == 7


def test_saving_can_be_left(made, capsys):
    before = made.git("status", "--porcelain", "--ignored")
    code, out, _ = asked(capsys, "--path", made.root, "--no-save")
    assert code == 0
    assert out.endswith("not saved\n")
    assert made.git("status", "--porcelain", "--ignored") == before
    assert asked(capsys, "--path", made.root, "--save")[0] == 0
    assert (made.root / ".mmm/context/analysis.json").exists()


def test_a_name_that_a_terminal_would_obey_is_escaped(tmp_path, capsys):
    made = ground(tmp_path, {"a\x1b[2J.py": "def f():\n    pass  # TODO: \x1b[31mred\n"})
    _, out, _ = asked(capsys, "--path", made.root, "--format", "pretty")
    assert "\x1b" not in out
    assert "a\\x1b[2J.py" in out


def test_outside_of_a_repository_and_wrong_usage(tmp_path):
    done = mmm("analyze", cwd=tmp_path)
    assert done.returncode == 2
    assert "is not inside a git repository" in done.stderr
    assert mmm("analyze", "--format", "xml", cwd=tmp_path).returncode == 2
    assert mmm("analyze", "--max-cache-age", "soon", cwd=tmp_path).returncode == 2


def test_what_cannot_be_written_is_told(made, capsys):
    (made.root / ".mmm").write_text("in the way\n")
    code, out, err = asked(capsys, "--path", made.root)
    assert (code, out) == (1, "")
    assert err.startswith("error: `")
    assert "cannot be written" in err


def test_nothing_of_it_is_loaded_where_it_is_not_needed(made):
    mmm("analyze", cwd=made.root)
    script = (
        "import sys; from mmm_lang.cli.main import main; main(['analyze']);"
        "print([one for one in ('networkx', 'lizard', 'tree_sitter', 'rich') if one in sys.modules], file=sys.stderr)"
    )
    from sys import executable

    done = subprocess.run(
        [executable, "-c", script],
        cwd=made.root,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
    )
    assert done.stderr == "[]\n"
