"""What a session needs before it begins: items, inputs, variables, agents, commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.agents.errors import UnknownAgentError
from mmm_lang.agents.model import Agent
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.requirements import (
    Item,
    Problem,
    RequirementsMissing,
    agents_of,
    inputs_of,
    items_of,
    missing_agents,
    missing_commands,
    missing_variables,
)
from tests.support.plans import plan_of

# --- items ---


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("specs/b.md", "specs/a b.md", "specs/deep/c.md", "specs/not.txt", ".hidden/d.md", "[e].md"):
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text("x")
    (tmp_path / "outside.md").write_text("x")
    return tmp_path / "project"


def labels(root: Path, *patterns: str) -> list[str]:
    return [item.label for item in items_of(str(root), patterns, ())]


def test_files_come_in_the_order_of_their_names(project: Path) -> None:
    assert labels(project, "specs/*.md") == ["specs/a b.md", "specs/b.md"]
    assert labels(project, "specs/**/*.md") == ["specs/a b.md", "specs/b.md", "specs/deep/c.md"]
    assert labels(project, "**/*.md") == ["[e].md", "specs/a b.md", "specs/b.md", "specs/deep/c.md"]


def test_several_globs_in_their_order_and_each_file_once(project: Path) -> None:
    assert labels(project, "specs/deep/*", "specs/**/*.md") == [
        "specs/deep/c.md",
        "specs/a b.md",
        "specs/b.md",
    ]


def test_absolute_globs_inside_the_work_tree(project: Path) -> None:
    assert labels(project, f"{project}/specs/*.txt") == ["specs/not.txt"]


def test_absolute_globs_through_a_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)
    assert labels(project, f"{tmp_path}/link/specs/*.txt") == ["specs/not.txt"]


def test_a_name_that_looks_like_a_glob_stands_for_its_file(project: Path) -> None:
    (project / "e.md").write_text("x")
    assert labels(project, "[e].md") == ["[e].md"]
    assert labels(project, "[f-z]*/b.md") == ["specs/b.md"]


def test_variables_of_a_file_and_of_a_value(project: Path) -> None:
    one, other = items_of(str(project), ["specs/a*"], ["by hand"])
    assert one.variables == {
        "ARG": "specs/a b.md",
        "FILE": "specs/a b.md",
        "FILE_NAME": "a b.md",
        "FILE_STEM": "a b",
        "INDEX": "1",
        "TOTAL": "2",
    }
    assert other == Item("by hand", {"ARG": "by hand", "INDEX": "2", "TOTAL": "2"})


def test_no_items_without_flags(project: Path) -> None:
    assert items_of(str(project), (), ()) == ()


@pytest.mark.parametrize("pattern", ["spec/*.md", "specs", "../*.md", "specs/../../*.md", ""])
def test_a_glob_that_matches_no_file_inside(project: Path, pattern: str) -> None:
    with pytest.raises(RequirementsMissing) as caught:
        items_of(str(project), [pattern], ())
    [problem] = caught.value.problems
    assert problem.message == f"no file matches `--map {pattern}`"
    assert str(project) in problem.help


# --- inputs ---

WITH_INPUTS = plan_of("""
inputs:
  target: {default: src}
  depth: {description: how deep to look}
steps:
  - shell: find ${target} -maxdepth ${inputs.depth}
""")


def problems_of(plan: Plan, **given: str) -> tuple[Problem, ...]:
    with pytest.raises(RequirementsMissing) as caught:
        inputs_of(plan, given)
    return caught.value.problems


def test_inputs_are_given_or_have_a_default() -> None:
    assert inputs_of(WITH_INPUTS, {"depth": ""}) == {"inputs.target": "src", "inputs.depth": ""}
    assert inputs_of(WITH_INPUTS, {"depth": "2", "target": "x y"}) == {
        "inputs.target": "x y",
        "inputs.depth": "2",
    }


def test_an_input_that_is_missing_and_one_that_does_not_exist() -> None:
    unknown, missing = problems_of(WITH_INPUTS, targt="x")
    assert missing.message == "the playbook needs its input `depth` (how deep to look)"
    assert missing.help == "give it with `--set depth=VALUE`"
    assert unknown == Problem(
        "the playbook has no input `targt`", "there is an input with a similar name: `target`"
    )
    [far] = problems_of(WITH_INPUTS, depth="1", zzzzzz="x")
    assert far.help == "its inputs are `target`, `depth`"
    [none] = problems_of(plan_of("- shell: x\n"), anything="x")
    assert none.help == "it declares no `inputs:`"


# --- variables ---


def test_variables_that_nothing_sets() -> None:
    plan = plan_of("- claude: look at $FILE\n- shell: echo $ARG $FILE $INDEX ${TOTAL:-1} $ITERATION\n")
    messages = [problem.message for problem in missing_variables(plan, ())]
    assert messages == [
        "the playbook uses `$FILE` (line 1), which nothing sets",
        "the playbook uses `$ARG` (line 2), which nothing sets",
        "the playbook uses `$INDEX` (line 2), which nothing sets",
    ]
    values = items_of("/", (), ("x",))
    [only] = missing_variables(plan, values)
    assert "--map GLOB" in only.help
    assert "--args" not in only.help


def test_variables_in_handlers_and_until_count() -> None:
    plan = plan_of("""
    until: {shell: "test -e $ARG"}
    steps:
      - shell: x
        on_failure: {claude: "mend $FILE"}
    """)
    assert {problem.message.split("`")[1] for problem in missing_variables(plan, ())} == {"$ARG", "$FILE"}


# --- agents and commands ---


class Absent:
    """An agent that is not there."""

    name = "absent"

    def missing(self) -> str | None:
        return "the command `claude` is not installed; see its documentation"


def nobody(name: str) -> Agent:
    raise UnknownAgentError(f"there is no agent `{name}`; write `claude`")


def test_agents_that_the_plan_calls() -> None:
    plan = plan_of("- claude: x\n- {claude: y, agent: replay}\n- shell: z\n")
    assert agents_of(plan, "claude") == {"claude", "replay"}
    assert agents_of(plan_of("- shell: z\n"), "claude") == set()
    assert agents_of(plan, "claude", replays=True) == {"replay"}
    assert agents_of(plan_of("- shell: z\n"), "claude", replays=True) == set()


def test_agents_that_are_missing() -> None:
    plan = plan_of("- claude: x\n")
    absent = missing_agents(plan, "claude", lambda name: Absent())  # type: ignore[arg-type,return-value]
    assert absent == (Problem("the command `claude` is not installed", "see its documentation"),)
    assert missing_agents(plan, "clude", nobody) == (Problem("there is no agent `clude`", "write `claude`"),)
    assert missing_agents(plan_of("- shell: x\n"), "claude", nobody) == ()


COMMANDS = plan_of(
    '- claude: "/mmm-lint"\n- claude: "/grp:inner now"\n- claude: "/mmm-lint again"\n- claude: plain\n'
)


def test_commands_without_a_file(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home")}
    lint, inner = missing_commands(COMMANDS, "claude", str(tmp_path), environ)
    assert lint.message == "`/mmm-lint` (line 1) has no command file `.claude/commands/mmm-lint.md`"
    assert inner.message == "`/grp:inner` (line 2) has no command file `.claude/commands/grp/inner.md`"


def test_commands_that_ship_with_mmm_are_named_together(tmp_path: Path) -> None:
    plan = plan_of('- claude: "/mmm-lint"\n- claude: "/mmm-coverage"\n')
    [problem] = missing_commands(plan, "claude", str(tmp_path), {"HOME": str(tmp_path)})
    assert problem.message.endswith(": `/mmm-lint` (line 1), `/mmm-coverage` (line 2)")
    assert problem.help == "`mmm init --commands mmm-lint,mmm-coverage` writes them"


def test_commands_of_the_project_and_of_the_home(tmp_path: Path) -> None:
    for name in (".claude/commands/mmm-lin.md", "home/.claude/commands/grp/inner.md"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("x")
    environ = {"HOME": str(tmp_path / "home")}
    [lint] = missing_commands(COMMANDS, "claude", str(tmp_path), environ)
    assert lint.help == "`mmm init --commands mmm-lint` writes it"
    [mistyped] = missing_commands(plan_of('- claude: "/mmm-linn"\n'), "claude", str(tmp_path), environ)
    assert mistyped.help.startswith("there is a command with a similar name: `/mmm-lin`; or write")


def test_a_recorded_agent_needs_no_command_files(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert missing_commands(COMMANDS, "replay", str(tmp_path), home) == ()
    named = plan_of('- {claude: "/mmm-lint", agent: claude}\n')
    assert missing_commands(named, "replay", str(tmp_path), home) != ()
    assert missing_commands(named, "replay", str(tmp_path), home, replays=True) == ()
