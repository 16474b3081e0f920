"""The playbooks that ship with mmm: clean, bounded, in the form they recommend, and listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.source import Source
from mmm_lang.syntax.nodes import ClaudeAction, walk
from tests.support.examples import example_playbooks

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PLAYBOOKS = example_playbooks()

BUNDLED = {
    "mmm-add-spec",
    "mmm-analyze-coverage",
    "mmm-analyze-results",
    "mmm-cleanup-tech-debt",
    "mmm-code-review",
    "mmm-commit-changes",
    "mmm-coverage",
    "mmm-debug-test-failure",
    "mmm-docs-generate",
    "mmm-fix-test",
    "mmm-implement-spec",
    "mmm-lint",
    "mmm-merge-worktree",
    "mmm-performance",
    "mmm-performance-review",
    "mmm-product-enhance",
    "mmm-security-audit",
    "mmm-security-validate",
    "mmm-test-generate",
    "mmm-test-run",
    "mmm-write-tests",
}
"""The slash commands whose contract mmm describes; an example uses no other."""


@pytest.fixture(params=PLAYBOOKS, ids=lambda path: path.stem)
def analysed(request):
    return analyse(Source(str(request.param), request.param.read_text(encoding="utf-8")))


def test_the_examples_that_people_look_for_are_there():
    wanted = {"default", "security", "performance", "test-driven", "architecture", "critical"}
    assert wanted | {"documentation", "implement", "tdd", "demo"} <= {path.stem for path in PLAYBOOKS}


def test_it_is_clean(analysed):
    assert [(one.rule, one.message) for one in analysed.diagnostics] == []


def test_its_header_says_what_it_is_and_bounds_it(analysed):
    playbook = analysed.playbook
    assert playbook.form == "steps"
    assert playbook.name is not None
    assert playbook.description is not None
    assert playbook.limits is not None
    assert None not in (playbook.limits.agent_calls, playbook.limits.cost_usd, playbook.limits.duration)
    assert playbook.defaults.timeout is not None
    assert playbook.defaults.max_cost_usd is not None


def test_it_uses_bundled_commands_only(analysed):
    prompts = [
        step.action.prompt.raw
        for step in walk(analysed.playbook.steps)
        if isinstance(step.action, ClaudeAction)
    ]
    named = {prompt.split()[0].lstrip("/") for prompt in prompts if prompt.startswith(("/", "mmm-"))}
    assert named
    assert named <= BUNDLED


def test_it_runs_in_any_repository(analysed):
    inputs = {entry.name.value: entry.default for entry in analysed.playbook.inputs}
    assert None not in inputs.values()
    assert inputs.keys() & {"test", "build"} or analysed.source.path.endswith("demo.yml")


def test_the_list_of_examples_is_whole():
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PLAYBOOKS if f"({path.name})" not in listed] == []
