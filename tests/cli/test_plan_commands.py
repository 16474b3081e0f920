"""``mmm plan``, ``mmm graph``, ``mmm compile`` and ``mmm cook --dry-run``: they say what would run, and run nothing."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from mmm_lang.cli.main import main
from mmm_lang.plan.serial import plan_from_json
from tests.cli.processes import mmm
from tests.support.examples import example_playbooks

ROOT = Path(__file__).parents[2]

PLAYBOOK = """\
name: Tidy
limits: {agent_calls: 5}
steps:
  - shell: touch ran
    id: tests
    on_failure: {claude: "/mmm-fix ${shell.output}", max_attempts: 2}
"""
WRONG = '- claude: "/mmm-fix ${nobody.output}"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder without a repository, without git and without an agent, with a good and a wrong playbook."""
    (tmp_path / "tidy.yml").write_text(PLAYBOOK)
    (tmp_path / "wrong.yml").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))
    return tmp_path


@pytest.fixture
def untouched(folder):
    """Whatever the test does, no file is made, changed or removed."""

    def content():
        return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}

    before = content()
    yield folder
    assert content() == before


def printed(capsys, *arguments):
    """What a command prints that ends well and says nothing on standard error."""
    assert main(list(arguments)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


# --- plan ---


def test_plan(untouched, capsys):
    assert printed(capsys, "plan", "tidy.yml") == (
        "Tidy: up to 10 iterations; fewer where nothing changes\n"
        "\n"
        "most  agent  shell\n"
        "runs  calls   runs   step\n"
        "   3      -      3   tests ─ touch ran\n"
        "   2      2      -     tests.on_failure.1 ─ /mmm-fix ${shell.output}\n"
        "─────────────────────\n"
        "          2      3   one iteration\n"
        "         20     30   all 10 iterations\n"
        "\n"
        "worst case: at most 20 agent calls and 30 shell runs\n"
        "limits that are enforced: 5 agent calls (worst case: 20)\n"
        "what does not fit is not started, and the session ends with exit code 4\n"
    )


def test_a_dry_run_is_the_plan(untouched, capsys):
    plan = printed(capsys, "plan", "tidy.yml", "-n", "2")
    assert printed(capsys, "cook", "tidy.yml", "--dry-run", "--max-iterations", "2") == plan
    assert "all 2 iterations" in plan


def test_limits_of_the_command_line_are_those_that_hold_where_they_are_less(untouched, capsys):
    def limits(*arguments):
        line = " ".join(printed(capsys, *arguments).split())
        return line[line.index("enforced: ") + len("enforced: ") : line.index(" what does not fit")]

    assert limits("plan", "tidy.yml", "--max-calls", "7", "--max-duration", "90m") == (
        "5 agent calls (worst case: 20); 1 h 30 min (worst case: no cap)"
    )
    assert limits("cook", "tidy.yml", "--dry-run", "--max-calls", "3", "--max-cost", "2") == (
        "3 agent calls (worst case: 20); $2.00 (worst case: no cap)"
    )


def test_plan_as_json(untouched, capsys):
    document = json.loads(printed(capsys, "plan", "tidy.yml", "--format", "json", "--max-iterations", "2"))
    once = {"agent_calls": 2, "shell_runs": 3, "cost_usd": None, "seconds": None}
    twice = {"agent_calls": 4, "shell_runs": 6, "cost_usd": None, "seconds": None}
    assert document == {
        "version": 1,
        "playbook": "tidy.yml",
        "name": "Tidy",
        "steps": [
            {
                "key": "tests",
                "title": "touch ran",
                "line": 4,
                "runs": 3,
                "agent_calls": 0,
                "shell_runs": 3,
                "cost_usd": 0.0,
                "seconds": None,
            },
            {
                "key": "tests.on_failure.1",
                "title": "/mmm-fix ${shell.output}",
                "line": 6,
                "runs": 2,
                "agent_calls": 2,
                "shell_runs": 0,
                "cost_usd": None,
                "seconds": None,
            },
        ],
        "iteration": once,
        "iterations": 2,
        "session": twice,
        "parts": None,
        "limits": {"agent_calls": 5, "cost_usd": None, "seconds": None},
        "items": None,
        "widths": None,
        "symbolic": None,
        "total": twice,
    }


def test_each_value_is_a_session(untouched, capsys):
    shown = printed(capsys, "plan", "tidy.yml", "--args", "a", "--args", "b\x1b")
    assert shown.startswith("Tidy: 1 iteration an item\n")
    assert "for each item, 2 at most\n" in shown
    assert "worst case: at most 4 agent calls and 6 shell runs\n" in shown
    assert shown.endswith("\n2 items, a session each:\n  a\n  b\\x1b\n")


def test_files_are_looked_up_from_the_root_of_the_repository(folder, capsys):
    (folder / ".git").mkdir()
    (folder / "specs").mkdir()
    (folder / "sub").mkdir()
    for name in ("b", "a"):
        (folder / "specs" / f"{name}.md").write_text("")
    shown = printed(capsys, "plan", "tidy.yml", "-p", "sub", "--map", "specs/*.md", "--args", "c")
    assert (
        "worst case: at most 2 + 2·|specs/*.md| agent calls and 3 + 3·|specs/*.md| shell\n  runs\n" in shown
    )
    assert shown.endswith("as |specs/*.md| is 2: at most 6 agent calls and 9 shell runs\n")
    document = json.loads(
        printed(
            capsys, "plan", "tidy.yml", "--format=json", "-p", "sub", "--map", "specs/*.md", "--args", "c"
        )
    )
    assert document["items"] == ["specs/a.md", "specs/b.md", "c"]
    assert document["widths"] == {"specs/*.md": 2}
    assert document["symbolic"]["shell_runs"] == "3 + 3·|specs/*.md|"
    assert document["total"]["agent_calls"] == 3 * document["session"]["agent_calls"] == 6


def test_many_items_are_not_all_listed(untouched, capsys):
    values = [word for number in range(12) for word in ("--args", f"v{number}")]
    shown = printed(capsys, "plan", "tidy.yml", *values)
    assert "  v7\n  … and 4 more\n" in shown


def test_where_nobody_knows_how_many_there_are_it_is_per_item(untouched, capsys):
    outside = printed(capsys, "plan", "tidy.yml", "--map", "*.md")
    assert "worst case: at most 2·|*.md| agent calls and 3·|*.md| shell runs\n" in outside
    assert outside.endswith(
        "how many items there are is not known: `--map` is relative to a repository's\n"
        "  root, and `.` is in none\n"
    )
    document = json.loads(printed(capsys, "plan", "tidy.yml", "--map", "*.md", "--format", "json"))
    assert (document["iterations"], document["items"], document["total"]) == (1, None, None)
    assert document["symbolic"]["agent_calls"] == "2·|*.md|"


def test_a_glob_without_a_match_is_said(folder, capsys):
    (folder / ".git").mkdir()
    assert printed(capsys, "plan", "tidy.yml", "--map", "*.md").endswith(
        "how many items there are is not known: no file matches `--map *.md`\n"
    )


MAP = """\
limits: {agent_calls: 30}
max_iterations: 2
until: {shell: make check}
map:
  over: "specs/*.md"
  filter: $FILE_STEM != "b"
  parallel: 3
  limits: {agent_calls: 5}
  setup: [shell: make specs]
steps:
  - claude: "/x $ARG"
  - shell: make test
    on_failure: {claude: /mmm-fix-test}
reduce:
  - claude: "/mmm-sum ${map.results}"
"""


def test_a_map_has_the_bounds_of_all_its_parts(folder, capsys):
    (folder / ".git").mkdir()
    (folder / "specs").mkdir()
    for name in ("a", "b", "c"):
        (folder / "specs" / f"{name}.md").write_text("")
    (folder / "map.yml").write_text(MAP)
    shown = printed(capsys, "plan", "map.yml")
    for part in (
        "once, before the items\n",
        "for each item, |specs/*.md| of them\n",
        "   1      1      -     conflict ─ an agent, where the merge conflicts\n",
        "          6     11   one item and its merge\n",
        "an item is held to: 5 agent calls (worst case: 8)\n",
        "limits that are enforced: 30 agent calls (worst case: 1 + 6·|specs/*.md|)\n",
        "2 items, a session each:\n  specs/a.md\n  specs/c.md\n",
    ):
        assert part in shown, shown
    document = json.loads(printed(capsys, "plan", "map.yml", "--format", "json"))
    assert document["items"] == ["specs/a.md", "specs/c.md"]
    assert document["symbolic"]["agent_calls"] == "1 + 6·|specs/*.md|"
    assert document["total"]["agent_calls"] == 1 + 6 * 2
    assert document["parts"]["opening"]["shell_runs"] == 1
    assert document["parts"]["merge"]["agent_calls"] == 1


def test_items_that_run_in_place_are_not_merged(folder, capsys):
    (folder / ".git").mkdir()
    (folder / "map.yml").write_text(MAP)
    for flags in (["--parallel", "1"], ["--parallel", "1", "--args", "x"]):
        assert "conflict" not in printed(capsys, "plan", "map.yml", *flags)
    without = printed(capsys, "plan", "map.yml", "--parallel", "2", "--no-agent", "--args", "x")
    assert "conflict" not in without
    assert "for each merge of an item\n" in without


def test_what_a_command_will_print_is_not_known(folder, capsys):
    (folder / "map.yml").write_text("map: {over: {shell: make list}, max_items: 7}\nsteps: [{claude: /x}]\n")
    shown = printed(capsys, "plan", "map.yml")
    assert "worst case: at most 7 agent calls and 1 shell run\n" in shown
    assert shown.endswith("not known: a command prints them when the playbook\n  runs\n")


@pytest.mark.parametrize("command", [["plan"], ["cook", "--dry-run"], ["graph"], ["compile"]])
def test_a_playbook_with_errors(untouched, capsys, command):
    assert main([*command, "wrong.yml"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[undefined-step]: ")
    assert err.endswith("1 error in 1 file; nothing was run\n")


@pytest.mark.parametrize("command", [["plan"], ["cook", "--dry-run"], ["graph"], ["compile"]])
def test_a_playbook_that_is_not_there(untouched, capsys, command):
    assert main([*command, "tidi.yml"]) == 2
    assert capsys.readouterr() == ("", "error: there is no playbook `tidi.yml`; write `tidy.yml`\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "nowhere"], "error: there is no folder `nowhere`; give the repository with `--path DIR`\n"),
        (["-n", "0"], "error: argument -n/--max-iterations: `0` is not a whole number from 1\n"),
        (["--format", "yaml"], "error: argument --format: invalid choice: 'yaml'"),
        (["--max-itterations", "3"], "error: `mmm plan` does not know `--max-itterations`; write"),
    ],
)
def test_wrong_usage(untouched, capsys, arguments, message):
    assert main(["plan", "tidy.yml", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)


# --- graph and compile ---


def test_graph_draws_text_unless_told_otherwise(untouched, capsys):
    drawn = printed(capsys, "graph", "tidy.yml")
    assert "╰─ tests ─ shell: touch ran\n" in drawn
    assert printed(capsys, "graph", "tidy.yml", "--format", "text") == drawn


def test_graph_in_the_other_formats(untouched, capsys):
    assert printed(capsys, "graph", "tidy.yml", "--format", "mermaid").startswith("flowchart TD\n    n0([")
    assert printed(capsys, "graph", "tidy.yml", "--format", "dot").startswith("digraph plan {\n")
    graph = printed(capsys, "graph", "tidy.yml", "--format", "json")
    assert graph == printed(capsys, "compile", "tidy.yml")


@pytest.mark.parametrize("absent", ["svg", "html"])
def test_formats_of_a_later_version(untouched, capsys, absent):
    assert main(["graph", "tidy.yml", "--format", absent]) == 2
    assert capsys.readouterr().err.startswith(
        f"error: `mmm graph --format {absent}` is not in this version; "
    )


@pytest.mark.parametrize("path", example_playbooks(), ids=lambda path: path.stem)
def test_what_is_compiled_is_what_the_schema_says(capsys, path):
    schema = json.loads((ROOT / "spec" / "ir.schema.json").read_text(encoding="utf-8"))
    document = json.loads(printed(capsys, "compile", str(path)))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert list(plan_from_json(document).nodes)[-1] == "end"


def test_playbooks_that_ship_with_mmm_are_found_by_name(untouched, capsys):
    assert printed(capsys, "plan", "tdd") == printed(capsys, "plan", "examples/tdd.yml")


def test_a_program_and_letters_that_its_output_lacks(untouched):
    done = mmm("graph", "tidy.yml", cwd=untouched, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2570\\u2500 tests" in done.stdout
