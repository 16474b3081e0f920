"""Verdicts: what was seen of a run, and what it means."""

from __future__ import annotations

import pytest
from attrs import evolve

from mmm_lang.agents.model import AgentResult, DeniedTool
from mmm_lang.plan.ir import AgentCall, ShellRun, Step, Template
from mmm_lang.process.model import Ended
from mmm_lang.runtime.events import IterationFinished, IterationStarted
from mmm_lang.runtime.evidence import (
    Verdict,
    commit_verdict,
    denied_sentence,
    denied_verdict,
    listed,
    process_verdict,
    protected_verdict,
)
from mmm_lang.runtime.fold import fold
from tests.support.happenings import BASE, begun, run

SCRIPT = Step("tests", "make test", 1, ShellRun(Template(("make test",)), ok_exit_codes=(0, 3)), timeout=90.0)
CALL = Step("call", "/mmm-fix", 1, AgentCall(Template(("/mmm-fix",))), timeout=1200.0)

# --- the process ---


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        (Ended("exit", 0), Verdict()),
        (Ended("exit", 3), Verdict()),
        (Ended("exit", 1), Verdict("exit", "exit code 1")),
        (Ended("exit", None, 9), Verdict("signal", "it was ended by SIGKILL")),
        (Ended("timeout", None, 15), Verdict("timeout", "it did not end within 1 min 30 s")),
        (Ended("idle", None, 15, duration=600.0), Verdict("idle", "it showed no sign of life for 10 min")),
        (
            Ended("not-started", error="`sh` is not on PATH"),
            Verdict("not-started", "it could not be started: `sh` is not on PATH"),
        ),
    ],
)
def test_scripts(ended: Ended, verdict: Verdict) -> None:
    assert process_verdict(SCRIPT, ended, None) == verdict


@pytest.mark.parametrize(
    ("ended", "result", "verdict"),
    [
        (Ended("exit", 0), AgentResult("succeeded"), Verdict()),
        (
            Ended("exit", 0),
            AgentResult("failed", reason="it ran out of turns"),
            Verdict("agent", "it ran out of turns"),
        ),
        (Ended("exit", 1), AgentResult("failed"), Verdict("agent", "the agent gave no answer")),
        (Ended("exit", 1), AgentResult("transient", reason="overloaded"), Verdict("agent", "overloaded")),
        (
            Ended("timeout", None, 15),
            AgentResult("failed"),
            Verdict("timeout", "it did not end within 20 min"),
        ),
        (Ended("not-started", error="no"), None, Verdict("not-started", "it could not be started: no")),
    ],
)
def test_agents(ended: Ended, result: AgentResult | None, verdict: Verdict) -> None:
    """The answer decides, not the exit code; but one that was cut off is no answer."""
    assert process_verdict(CALL, ended, result) == verdict


# --- refused tools ---

DENIED = (
    DeniedTool("Bash", "Bash(npm test)"),
    DeniedTool("Bash", "Bash(npm test)"),
    DeniedTool("Write", "Write"),
)
SENTENCE = 'the agent was refused `Bash`, `Write`; to allow it: `allowed_tools: ["Bash(npm test)", "Write"]`'


def call(on_denied: str | None) -> Step:
    return Step("call", "x", 1, AgentCall(Template(("x",)), on_denied=on_denied))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("on_denied", "shows", "fails"),
    [(None, False, True), (None, True, False), ("warn", False, False), ("fail", True, True)],
)
def test_a_refused_tool_always_has_its_sentence(on_denied: str | None, shows: bool, fails: bool) -> None:
    verdict = denied_verdict(call(on_denied), DENIED, shows)
    assert verdict == (Verdict("denied", SENTENCE) if fails else Verdict(notes=(SENTENCE,)))


def test_nothing_refused() -> None:
    assert denied_verdict(call("fail"), (), False) == Verdict()
    assert denied_verdict(SCRIPT, DENIED, False) == Verdict()


def test_the_line_that_allows_what_was_refused_is_the_whole_line():
    npm = DeniedTool("Bash", "Bash(npm test:*)")
    step = call(None)
    assert denied_sentence(step, (npm, npm, DeniedTool("Read", "Read(//x)"))) == (
        "the agent was refused `Bash`, `Read`; "
        'to allow it: `allowed_tools: ["Bash(npm test:*)", "Read(//x)"]`'
    )
    allowed = evolve(step, action=evolve(step.action, allowed_tools=("Edit",)))
    assert denied_sentence(allowed, (npm,)).endswith('`allowed_tools: ["Edit", "Bash(npm test:*)"]`')
    free = evolve(step, action=evolve(step.action, permissions="bypass"))
    assert denied_sentence(free, (npm,)) == (
        "the agent was refused `Bash`, by a `deny` rule or a hook of its own settings"
    )


# --- files and commits ---


def test_protected_files() -> None:
    assert protected_verdict(()) == Verdict()
    assert protected_verdict(("a", "b")) == Verdict("protected", "it changed protected files: `a`, `b`")
    assert protected_verdict(tuple("abcde")).reason == "it changed protected files: `a`, `b`, `c` and 2 more"


FIRST = begun()
LATER = [*FIRST, IterationFinished(1, 1, True, False), IterationStarted(2, BASE)]
COMMIT = run("before", 1, commits=("c1",))
CONVERGED = Verdict(converged=True, reason="nothing to improve")


@pytest.mark.parametrize(
    ("rule", "story", "main_line", "fault"),
    [
        ("optional", FIRST, True, None),
        ("optional", LATER, True, None),
        ("implied", FIRST, True, "converged"),
        ("implied", LATER, True, "converged"),
        ("implied", [*FIRST, *COMMIT], True, "commit-implied"),
        ("implied", [*LATER, *COMMIT], True, "commit-implied"),
        ("implied", FIRST, False, "commit-implied"),
        ("required", FIRST, True, "commit-missing"),
        ("required", LATER, True, "converged"),
        ("required", [*FIRST, *COMMIT], True, "commit-missing"),
        ("required", [*LATER, *COMMIT], True, "commit-missing"),
        ("required", LATER, False, "commit-missing"),
    ],
)
def test_a_step_without_a_commit(rule, story, main_line, fault) -> None:
    step = Step("a", "a", 1, CALL.action, main_line=main_line, commit_rule=rule)
    verdict = commit_verdict(step, fold(story), False)
    assert verdict == CONVERGED if fault == "converged" else verdict.fault == fault
    assert commit_verdict(step, fold(story), True) == Verdict()


def test_what_to_write_is_said() -> None:
    implied = Step("a", "a", 1, CALL.action, commit_rule="implied")
    required = Step("a", "a", 1, CALL.action, commit_rule="required")
    state = fold([*FIRST, *COMMIT])
    assert "`commit_required: false`" in str(commit_verdict(implied, state, False).reason)
    assert "`commit_required: true`" in str(commit_verdict(required, state, False).reason)


# --- words ---


def test_lists() -> None:
    assert listed(("a", "b"), most=2) == "`a`, `b`"
    assert listed(("a", "b", "c"), most=1) == "`a` and 2 more"
