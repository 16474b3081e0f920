"""Which edges a session has walked, told from its events."""

from __future__ import annotations

from mmm_lang.runtime.events import (
    Base,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    StepFinished,
    StepRan,
    StepStarted,
)
from mmm_lang.testing.coverage import coverage
from tests.support.plans import plan_of

BASE = Base("h", "t", "main")
BEGIN = IterationStarted(1, BASE)
END = IterationFinished(1, 0, False, False)


def ran(step: str, status: str = "succeeded", code: int = 0) -> list[object]:
    fault = None if status == "succeeded" else "exit"
    return [
        StepStarted(step, (), 1, BASE, 1),
        StepRan(step, (), 1, code),
        StepFinished(step, (), 1, status, fault),
    ]


def walked(text: str, *events: object) -> set[str]:
    flat = [one for event in events for one in (event if isinstance(event, list) else [event])]
    return {str(edge) for edge in coverage(plan_of(text), [flat]).walked}


REPAIR = """
- {id: a, shell: x}
- id: b
  shell: y
  on_failure: {claude: z}
  on_exit_code: {3: {fail_workflow: false}}
- {id: c, shell: z}
"""


def test_the_straight_way():
    assert walked(REPAIR, BEGIN, ran("a"), ran("b"), ran("c"), END) == {
        "start → a",
        "a → b",
        "b → c",
        "c → end",
    }


def test_a_repair_and_the_way_out_of_it():
    found = walked(
        REPAIR,
        BEGIN,
        ran("a"),
        ran("b", "failed", 1),
        HandlerStarted("b.on_failure", (), 1),
        ran("b.on_failure.1"),
        ran("b"),
        ran("c"),
        END,
    )
    assert {"b → b.on_failure (on failure)", "b.on_failure → b.on_failure.1", "b.on_failure.1 → c"} <= found
    assert "b → b.on_exit.3 (on exit code)" not in found


def test_a_handler_without_steps_that_decides():
    found = walked(REPAIR, BEGIN, ran("a"), ran("b", "failed", 3), ran("c"), END)
    assert {"b → b.on_exit.3 (on exit code)", "b.on_exit.3 → c"} <= found


def test_what_was_skipped_or_not_reached_is_not_walked():
    skipped = StepFinished("b", (), 0, "skipped")
    assert walked(REPAIR, BEGIN, ran("a"), skipped, ran("c"), END) == {"start → a", "b → c", "c → end"}
    assert walked(REPAIR, BEGIN, ran("a", "failed", 1)) == {"start → a"}


def test_sessions_add_up():
    plan = plan_of("- {id: a, shell: x}\n- {id: b, shell: y}\n")
    one, other = [BEGIN, *ran("a")], [BEGIN, *ran("a"), *ran("b"), END]
    assert len(coverage(plan, [one]).missed) == 2
    assert coverage(plan, [one, other]).percent == 100
