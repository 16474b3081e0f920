"""Whole sessions in memory: what holds for every playbook and every fate, and a few that deserve a name."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Region
from mmm_lang.runtime.events import (
    Base,
    IterationFinished,
    IterationStarted,
    RolledBack,
    StepCommitted,
    StepFinished,
    StepRan,
    StepStarted,
)
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.state import State
from tests.support.generate import playbook_trees, stirred, written
from tests.support.memory import (
    CUT_OFF,
    FAILS,
    NOTHING,
    Deed,
    Fate,
    Life,
    Onlooker,
    fate_of,
    live,
)
from tests.support.memory_tree import MemoryTree, repository
from tests.support.plans import plan_of

COMMITTED = {"README": "start\n", "src/app": "one\n", "tests/test_app": "assert\n"}
THEIRS = {"notes": "mine\n", "src/draft": "mine too\n", "README": "changed by hand\n", "tests/test_app": None}
"""Untracked files, and (as after `--allow-dirty`) a tracked one that is changed and one that is deleted."""

SPEC = "specs/iteration-{}-improvements.md"


# --- laws ---


def random_fate(seed: int, trouble: float) -> Fate:
    """A fate that draws the deed of each run; ``trouble`` (0 to 1) is how likely one goes wrong."""
    dice = random.Random(seed)

    def changes(run: int) -> dict[str, str | None]:
        paths = (
            "src/app",
            "src/new",
            "src/b",
            SPEC.format(run),
            "out.log",
            "notes",
            "README",
            "tests/test_app",
        )
        chosen = dice.sample(paths, dice.choice((0, 0, 1, 1, 2)))
        return {path: dice.choice((None, "one\n", f"by run {run}\n", "mine\n")) for path in chosen}

    def fate(step: str, run: int) -> Deed:
        commits = tuple(changes(run) for _ in range(dice.choice((0, 0, 0, 1, 2))))
        deed = {"writes": changes(run), "commits": commits, "stdout": dice.choice(("", "a\nb\n", "0\n"))}
        if dice.random() >= trouble:
            return Deed(**deed)
        wrong = dice.choices(
            (
                {"exit_code": dice.choice((1, 3, 101))},
                {"cause": dice.choice(("timeout", "not-started"))},
                {"moves": dice.choice(("branch", "detach", "rewrite"))},
                {"ending": dice.choice(("quota", "auth", "budget"))},
                {"cause": "stopped", "signals": dice.choice((0, 1, 2))},
                {"signals": 1},
                {"pushes": True},
            ),
            (30, 6, 3, 1, 1, 1, 1),
        )[0]
        return Deed(**deed, **wrong)

    return fate


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A random playbook, cooked to its end with random outcomes."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    plan = plan_of(written(stirred(draw(playbook_trees()), dice)))
    fate = random_fate(draw(st.integers(0, 2**32)), draw(st.sampled_from((0.0, 0.1, 0.3, 0.8))))
    started = {
        "max_iterations": draw(st.integers(1, 3)),
        "on_failure": draw(st.sampled_from(("rollback", "rollback", "keep"))),
        "cost_usd": draw(st.sampled_from((None, None, 1.0))),
    }
    tree = repository(COMMITTED, THEIRS)
    checker = Checker(plan, tree)
    with tempfile.TemporaryDirectory() as folder:
        life = live(plan, fate, folder, tree, (checker,), **started)
    assert checker.left == []
    return life


def breaches_a_rule_that_nobody_wrote(life: Life) -> bool:
    """Whether it failed because a command in the short form left no commit, in a group or outside."""
    last = [event for event in life.events if isinstance(event, StepFinished)][-1]
    return "which a command in this form is expected to" in (last.reason or "")


def unfinished(life: Life) -> bool:
    """Whether its last run has no verdict."""
    runs = [event for event in life.events if isinstance(event, StepStarted) and event.run]
    verdicts = [event for event in life.events if isinstance(event, StepFinished)]
    return bool(runs) and not any(
        (one.step, one.path, one.attempt) == (runs[-1].step, runs[-1].path, runs[-1].attempt)
        for one in verdicts[-1:] or ()
    )


class Checker(Onlooker):
    """Looks at the work tree while the session runs. ``left`` gets what should not have been left uncommitted."""

    def __init__(self, plan: Plan, tree: MemoryTree) -> None:
        self.plan = plan
        self.tree = tree
        self.left: list[str] = []

    def happened(self, entry: Entry, state: State) -> None:
        event = entry.event
        if isinstance(event, StepFinished) and event.status == "succeeded":
            step = self.plan.step(event.step)
            if step.commit and not isinstance(step.action, Region):
                self.left += self.uncommitted_since(state.session.base)
        if isinstance(event, RolledBack) and event.why == "given-up":
            self.left += self.uncommitted_since(state.attempts_at(event.step, event.path)[0].base)

    def uncommitted_since(self, base: Base) -> list[str]:
        """Uncommitted paths, but for those that were so at ``base`` and that nobody has changed or committed since."""
        tree, now = self.tree, self.tree.snapshot()
        since = {*tree.changed(base.tree, now.tree), *tree.changed(base.head, now.head)}
        return [path for path in tree.changed(now.head, now.tree) if path in since]


@given(lives())
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_laws_of_every_session(life: Life) -> None:
    lawful(life)


def lawful(life: Life) -> None:
    bounded(life)
    rolled_back_or_not(life)
    nothing_is_lost(life)
    commits_are_those_of_the_journal(life)
    the_users_files_stay_the_users(life)
    assert fold(life.events) == life.state


def bounded(life: Life) -> None:
    """It does no more than the plan's worst case, and ends with an exit code that is documented."""
    most = worst_case(life.session.plan, life.session.started.max_iterations).total
    assert life.calls() <= most.agent_calls
    assert len(life.commands) - life.calls() <= most.shell_runs
    assert (life.state.calls, life.state.shell_runs) <= (most.agent_calls, most.shell_runs)
    assert life.end.exit_code in (0, 1, 3, 4, 5, 130, 143)
    assert life.end is life.events[-1]


def rolled_back_or_not(life: Life) -> None:
    """After a failure the work tree is as the failed iteration found it; nothing else goes back."""
    tree, end = life.tree, life.end
    back = [event for event in life.events if isinstance(event, RolledBack) and event.why == "session"]
    expected = (
        end.reason == "step-failed"
        and life.session.started.on_failure == "rollback"
        and not breaches_a_rule_that_nobody_wrote(life)
    )
    assert len(back) == expected
    last = [event for event in life.events if isinstance(event, IterationStarted)][-1].base
    assert tree.branch == "main" or unfinished(life)
    if expected and back[0].refused is None:
        assert tree.snapshot() == last
    if expected and back[0].refused is not None:
        assert tree.pushed(last.head, tree.head)
    if not unfinished(life):
        # completed iterations stay
        assert tree.descends(tree.head, last.head)


def nothing_is_lost(life: Life) -> None:
    """Whatever a rollback took away is kept under the rescue ref that its event names."""
    tree = life.tree
    assert tree.unsaved == []
    named = {event.rescue for event in life.events if isinstance(event, RolledBack) and event.rescue}
    assert named == set(tree.refs)
    made = {one for event in life.events if isinstance(event, StepCommitted) for one in event.commits}
    assert made <= tree.rescued() | set(tree.history(tree.head))


def commits_are_those_of_the_journal(life: Life) -> None:
    """The branch has exactly the commits that the journal records and that were not rolled back."""
    tree, start = life.tree, life.session.started.base.head
    recorded = [one for event in life.events if isinstance(event, StepCommitted) for one in event.commits]
    assert len(set(recorded)) == len(recorded)
    left = str(life.state.head)
    there = list(tree.commits(start, left))
    assert there == [one for one in recorded if one in tree.history(left)]
    assert life.state.total_commits == life.end.commits == len(there)
    if not unfinished(life):
        assert tree.head == left
    finished = [event.commits for event in life.events if isinstance(event, IterationFinished)]
    assert sum(finished) <= len(there)


def the_users_files_stay_the_users(life: Life) -> None:
    """What was uncommitted at the start is in no commit and as it was, unless a step changed it."""
    tree, base = life.tree, life.session.started.base
    untouched = set(tree.changed(base.head, base.tree)) - life.touched
    for commit in tree.commits(base.head, tree.head):
        parent = tree.history(commit)[1]
        assert not set(tree.changed(parent, commit)) & untouched
    for path in untouched:
        assert tree.files.get(path) == tree.contents(base.tree).get(path)


# --- by name ---


def cooked(text: str, folder: Path, fate: Fate, tree: MemoryTree | None = None, **started: object) -> Life:
    life = live(plan_of(text), fate, str(folder), tree or repository(COMMITTED, THEIRS), **started)
    lawful(life)
    return life


def test_the_journal_of_a_small_session(tmp_path: Path) -> None:
    life = cooked(
        "- claude: improve\n  id: improve\n",
        tmp_path,
        fate_of(improve=Deed(writes={"a": "b"})),
        max_iterations=1,
    )
    assert [type(event).__name__ for event in life.events] == [
        "SessionStarted",
        "IterationStarted",
        "StepStarted",
        "AgentCalled",
        "StepRan",
        "StepCommitted",
        "StepFinished",
        "IterationFinished",
        "SessionFinished",
    ]
    assert life.tree.contents(life.tree.head)["a"] == "b"
    assert life.tree.files.items() >= {"notes": "mine\n", "README": "changed by hand\n"}.items()


def test_a_group_that_is_retried_takes_its_commits_back(tmp_path: Path) -> None:
    """They are the commits of the steps inside: the group's own run has none."""
    text = """
    - retry: {attempts: 2}
      id: group
      steps:
        - {shell: make, id: make}
        - {shell: test, id: test}
    """
    life = cooked(
        text, tmp_path, fate_of(make=Deed(writes={"a": "b"}), test=[FAILS, NOTHING]), max_iterations=1
    )
    assert life.ran == ["make", "test", "make", "test"]
    assert life.end.commits == 1
    assert [event.commits for event in life.of(IterationFinished)] == [1]


IMPLIED_IN_A_GROUP = """
commands:
  - {shell: make, id: make}
  - steps:
      - steps: [mmm-lint]
"""


def test_a_rule_that_nobody_wrote_never_costs_a_rollback_however_deep(tmp_path: Path) -> None:
    life = cooked(IMPLIED_IN_A_GROUP, tmp_path, fate_of(make=Deed(writes={"a": "b"})))
    assert (life.end.status, life.end.commits) == ("failed", 1)
    assert life.of(RolledBack) == []


def test_a_hook_that_leaves_nothing_to_commit(tmp_path: Path) -> None:
    """The formatter of a pre-commit hook undid the change: HEAD's own commit is none of the session's."""
    tree = repository(COMMITTED)
    tree.hook = lambda tree: tree.change({"src/app": "one\n"})  # type: ignore[func-returns-value]
    life = cooked(
        "- {shell: make, id: make}", tmp_path, fate_of(make=Deed(writes={"src/app": "one \n"})), tree
    )
    assert life.of(StepCommitted) == []
    assert (life.end.reason, life.end.commits) == ("converged", 0)


def test_what_a_hook_refuses_can_be_repaired(tmp_path: Path) -> None:
    tree = repository(COMMITTED)
    tree.hook = lambda tree: None if tree.files.get("licence") else "no licence"
    text = """
    - shell: make
      id: make
      on_failure: {claude: "mend ${make.output}", id: mend}
    """
    fate = fate_of(make=Deed(writes={"a": "b"}, stdout="made\n"), mend=Deed(writes={"licence": "free"}))
    life = cooked(text, tmp_path, fate, tree, max_iterations=1)
    assert [event.fault for event in life.of(StepFinished)] == ["commit-rejected", None, None]
    assert life.commands[1].argv == ("agent", "mend made\nno licence")
    assert life.end.commits == 1


def test_a_users_file_that_a_step_changes_twice_is_the_steps(tmp_path: Path) -> None:
    """The second change puts back what the user had, and is committed like any other."""
    text = "- {shell: one, id: one}\n- {shell: two, id: two}\n"
    fate = fate_of(one=Deed(writes={"notes": "changed\n"}), two=Deed(writes={"notes": "mine\n"}))
    life = cooked(text, tmp_path, fate, max_iterations=1)
    assert life.tree.contents(life.tree.head)["notes"] == "mine\n"
    assert life.end.commits == 2


def test_commit_false_is_left_for_the_next_and_survives_a_step_that_is_given_up(tmp_path: Path) -> None:
    text = """
    - {shell: one, id: one, commit: false}
    - {shell: two, id: two, on_failure: {fail_workflow: false}}
    - {shell: three, id: three}
    """
    fate = fate_of(one=Deed(writes={"a": "one"}), two=Deed(exit_code=1, writes={"a": "two", "b": "two"}))
    life = cooked(text, tmp_path, fate, max_iterations=1)
    assert life.tree.contents(life.tree.head).get("a") == "one"
    assert "b" not in life.tree.files
    [aside] = life.of(RolledBack)
    assert life.tree.contents(life.tree.refs[aside.rescue])["b"] == "two"


def test_protected_files_are_compared_with_the_start_of_the_session(tmp_path: Path) -> None:
    text = """
    protect: ["tests/**"]
    steps: [{shell: one, id: one, commit: false}, {shell: two, id: two}]
    """
    for deeds in ({"one": Deed(writes={"tests/test_app": None})}, {"two": Deed(commits=({"tests/x": "y"},))}):
        folder = tmp_path / next(iter(deeds))
        life = cooked(text, folder, fate_of(**deeds), repository(COMMITTED))
        last = life.of(StepFinished)[-1]
        assert (last.step, last.fault) == (folder.name, "protected")
        assert life.tree.files["tests/test_app"] == "assert\n"


def test_a_budget_leaves_the_work_tree_as_the_last_run_left_it(tmp_path: Path) -> None:
    """The retry does not fit, so nothing is put back for it."""
    text = "limits: {agent_calls: 1}\nsteps: [{claude: improve, id: improve, retry: {attempts: 2}}]\n"
    life = cooked(text, tmp_path, fate_of(improve=Deed(exit_code=1, writes={"half": "done"})))
    assert (life.end.status, life.end.exit_code) == ("budget", 4)
    assert life.of(RolledBack) == []
    assert life.tree.files["half"] == "done"


def test_endings_of_an_agent_that_are_no_failure_of_the_step(tmp_path: Path) -> None:
    ends = {"quota": ("paused", "quota", 5), "auth": ("failed", "auth", 1), "budget": ("budget", "budget", 4)}
    text = "- {claude: improve, id: improve, on_failure: {claude: never}, retry: {attempts: 3}}\n"
    for ending, (status, reason, code) in ends.items():
        fate = fate_of(improve=Deed(ending=ending, exit_code=1, writes={"half": "done"}))
        life = cooked(text, tmp_path / ending, fate, cost_usd=10.0)
        assert (life.end.status, life.end.reason, life.end.exit_code) == (status, reason, code)
        assert life.ran == ["improve"]
        assert life.tree.files["half"] == "done"


def test_a_call_that_hits_its_own_cap_has_failed(tmp_path: Path) -> None:
    text = "- {claude: improve, id: improve, max_cost_usd: 0.5}\n"
    life = cooked(text, tmp_path, fate_of(improve=Deed(ending="budget", exit_code=1)), cost_usd=10.0)
    assert (life.end.status, life.end.reason) == ("failed", "step-failed")


def test_a_run_that_is_cut_off_has_no_verdict_and_nothing_is_reset(tmp_path: Path) -> None:
    text = "- {shell: one, id: one, retry: {attempts: 3}, on_failure: {fail_workflow: false}}\n- shell: two\n"
    life = cooked(text, tmp_path, lambda step, run: evolve(CUT_OFF, writes={"half": "done"}))
    assert (life.end.status, life.end.exit_code) == ("interrupted", 130)
    assert life.of(StepRan) == life.of(StepFinished) == life.of(RolledBack) == []
    assert life.tree.files["half"] == "done"


def test_moving_head_is_undone_and_kept(tmp_path: Path) -> None:
    text = "- {shell: one, id: one, on_failure: {fail_workflow: false}}\n- {shell: two, id: two}\n"
    for how in ("branch", "detach", "rewrite"):
        fate = fate_of(one=Deed(moves=how, writes={"a": "b"}))
        life = cooked(text, tmp_path / how, fate, repository(COMMITTED), max_iterations=1)
        assert life.of(StepFinished)[0].fault == "head-moved"
        assert next(event.why for event in life.of(RolledBack)) == "head-moved"
        assert life.ran == ["one", "two"]
        assert "a" not in life.tree.files


class Meddler(Checker):
    """Somebody else, who commits after the first verdict."""

    def happened(self, entry: Entry, state: State) -> None:
        if isinstance(entry.event, StepFinished):
            self.tree.commit_own({"theirs": "x"}, "somebody else's")


def test_somebody_else_who_moves_head_between_steps_stops_it(tmp_path: Path) -> None:
    plan, tree = plan_of("- {shell: one, id: one}\n- shell: two\n"), repository(COMMITTED)
    fate = fate_of(one=Deed(writes={"a": "b"}))
    life = live(plan, fate, str(tmp_path), tree, (Meddler(plan, tree),))
    assert (life.end.status, life.end.reason, life.end.exit_code) == ("failed", "head-moved", 1)
    assert life.ran == ["one"]
    assert life.of(RolledBack) == []
    assert tree.files["theirs"] == "x"


def test_pushed_commits_stay(tmp_path: Path) -> None:
    text = "- {shell: one, id: one}\n- {shell: push, id: push}\n- {shell: two, id: two}\n"
    life = cooked(text, tmp_path, fate_of(one=Deed(writes={"a": "b"}), push=Deed(pushes=True), two=FAILS))
    [back] = life.of(RolledBack)
    assert "pushed" in str(back.refused)
    assert (life.end.status, life.end.commits) == ("failed", 1)


def test_a_session_that_keeps_resets_nothing(tmp_path: Path) -> None:
    text = "- {shell: one, id: one}\n- {shell: two, id: two}\n"
    fate = fate_of(one=Deed(writes={"a": "b"}), two=Deed(exit_code=1, writes={"half": "done"}))
    life = cooked(text, tmp_path, fate, on_failure="keep")
    assert (life.end.status, life.end.commits) == ("failed", 1)
    assert life.of(RolledBack) == []
    assert life.tree.files["half"] == "done"


def test_back_off_is_waited_for_and_counts_as_time(tmp_path: Path) -> None:
    text = """
    limits: {duration: 10m}
    steps: [{shell: one, id: one, retry: {attempts: 3, backoff: 8m}}]
    """
    life = cooked(text, tmp_path, fate_of(one=FAILS))
    assert life.ran == ["one", "one"]
    assert (life.end.status, life.end.exit_code) == ("budget", 4)


def test_a_call_whose_program_cannot_be_started_costs_nothing(tmp_path: Path) -> None:
    life = cooked("- {claude: improve, id: improve}\n", tmp_path, fate_of(improve=Deed(cause="not-started")))
    assert (life.end.status, life.end.cost_usd) == ("failed", 0.0)
