"""What starting costs: the modules that a command may not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.processes import environment

HEAVY = ("networkx", "jinja2", "rich", "asyncio", "lark", "tree_sitter", "importlib.metadata", "subprocess")

SHOW = """
import sys
from mmm_lang.cli.main import main
code = main(sys.argv[1:])
print("\\n".join(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""

CLEAN = """\
name: Test coverage
steps:
  - claude: "/mmm-coverage"
    id: coverage
  - claude: "/mmm-implement-spec ${coverage.spec}"
  - shell: "cargo test"
    on_failure:
      claude: "/mmm-debug --error ${shell.output}"
      max_attempts: 3
"""


def imported(*arguments, cwd):
    done = subprocess.run(
        [sys.executable, "-c", SHOW, *arguments],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "clean.yml"]])
def test_what_is_heavy_stays_out(tmp_path, arguments):
    (tmp_path / "clean.yml").write_text(CLEAN)
    modules = imported(*arguments, cwd=tmp_path)
    assert not modules & set(HEAVY)


def test_the_version_costs_nothing(tmp_path):
    modules = imported("--version", cwd=tmp_path)
    ours = {name for name in modules if name.startswith("mmm_lang")}
    assert ours == {
        "mmm_lang",
        "mmm_lang.cli",
        "mmm_lang.cli.failure",
        "mmm_lang.cli.main",
        "mmm_lang.cli.terminal",
    }
    assert not modules & {"argparse", "attrs", "attr", "json", "yaml"}


UNNEEDED = (
    "argparse",
    "attr",
    "gettext",
    "inspect",
    "json",
    "locale",
    "pathlib",
    "platform",
    "random",
    "shutil",
    "tempfile",
    "threading",
    "urllib",
    "weakref",
)
"""Parts of Python that cost milliseconds each, and nothing that a clean check does with them."""

MOST_MODULES = 80
"""Of mmm, for a playbook with references, a handler and a script. Each costs a third of a millisecond at least."""


def test_a_clean_check_needs_few_modules(tmp_path):
    (tmp_path / "clean.yml").write_text(CLEAN)
    modules = imported("check", "--no-shellcheck", "clean.yml", cwd=tmp_path)
    assert not modules & set(UNNEEDED)
    ours = {name for name in modules if name.startswith("mmm_lang")}
    assert len(ours) <= MOST_MODULES, sorted(ours)


def test_words_for_mistakes_wait_for_one(tmp_path):
    (tmp_path / "clean.yml").write_text(CLEAN)
    modules = imported("check", "clean.yml", cwd=tmp_path)
    assert not {
        name for name in modules if name.rpartition(".")[2].endswith(("_troubles", "similar", "mistyped"))
    }
    assert (
        not {f"mmm_lang.syntax.yaml_{name}" for name in ("errors", "failure", "mending", "layout")} & modules
    )


def test_a_script_of_plain_words_needs_no_grammar(tmp_path):
    (tmp_path / "clean.yml").write_text(
        CLEAN + '  - shell: |\n      set -eu\n      cargo test && echo "done"\n'
    )
    assert "tree_sitter" not in imported("check", "--no-shellcheck", "clean.yml", cwd=tmp_path)


def test_a_clean_check_imports_no_other_room_and_no_renderer(tmp_path):
    (tmp_path / "clean.yml").write_text(CLEAN)
    modules = imported("check", "clean.yml", cwd=tmp_path)
    rooms = {name.split(".")[1] for name in modules if name.startswith("mmm_lang.")}
    assert not rooms & {"plan", "runtime", "git", "agents", "context", "report", "editor", "process"}
    assert not {name for name in modules if name.startswith("mmm_lang.diagnostics.render")}
