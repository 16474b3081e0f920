"""What a check of a small clean file may import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = [
    "networkx",
    "jinja2",
    "rich",
    "asyncio",
    "lark",
    "tree_sitter",
    "tree_sitter_bash",
    "importlib.metadata",
]


def imported_by(text: str) -> set[str]:
    program = (
        "import sys; from mmm_lang.analysis.check import analyse; from mmm_lang.source import Source; "
        f"assert analyse(Source('x.yml', {text!r})).ok; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "text",
    [
        '- {claude: "/review", id: x}\n- claude: "/implement ${x.spec} $ARG"\n- shell: "cargo test"\n',
        '- shell: "echo $HOME ${CI:-1.0} ${x%.md}"\n',
    ],
    ids=["references in prompts", "a script of the shell's own"],
)
def test_a_plain_playbook_imports_nothing_heavy(text: str):
    assert imported_by(text).isdisjoint(HEAVY)


def test_a_script_with_a_reference_needs_the_shell_grammar():
    assert "tree_sitter" in imported_by('- {shell: "true", id: x}\n- shell: "echo ${x.output}"\n')


def test_a_comment_about_mmm_needs_nothing_that_reads_comments():
    modules = imported_by('# mmm cook this\n- shell: "true" # mmm runs it\n')
    assert not {name for name in modules if name.startswith("mmm_lang.analysis.suppress")}
