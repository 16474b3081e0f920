"""`spec/runtime.md` and the code say the same: commands, exit codes, endings, environment, files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

from mmm_lang.cli import main
from mmm_lang.cli.bug import EXIT_BUG
from mmm_lang.cli.cook import EXIT_FAILED
from mmm_lang.cli.registry import ALIASES, COMMANDS
from mmm_lang.runtime.ending import worst_exit_code, write_state
from mmm_lang.runtime.events import Reason, SessionFinished, SessionStatus, StepCommitted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.state import State
from tests.spec.documents import names, sections, table, tables
from tests.support.cooking import playbook
from tests.support.memory import CUT_OFF, FAILS, Deed, Onlooker, fate_of, live
from tests.support.memory_tree import MemoryTree, repository
from tests.support.plans import plan_of

DOCUMENT = "runtime.md"
PATHS = [row for one in tables(sections(DOCUMENT)["Files"]) for row in one[1:]]


def test_commands() -> None:
    rows = table(DOCUMENT, "Commands", "command")
    assert [names(row[0])[0] for row in rows] == [f"mmm {command.name}" for command in COMMANDS]
    for alias, command in ALIASES.items():
        [row] = [row for row in rows if row[0] == f"`mmm {command}`"]
        assert f"`mmm {alias}`" in row[1]


# --- endings ---

IMPROVE = "- {claude: improve, id: improve}\n"
UNTIL = "until: {shell: judge}\nsteps: [{claude: improve, id: improve}]\n"
WRITES = Deed(writes={"a": "b"})


class Meddler(Onlooker):
    """Somebody else, who commits in the same work tree."""

    def __init__(self, tree: MemoryTree) -> None:
        self.tree = tree

    def happened(self, entry: Entry, state: State) -> None:
        if isinstance(entry.event, StepCommitted):
            self.tree.commit_own({"theirs": "x"}, "somebody else's")


def endings(folder: Path) -> list[SessionFinished]:
    """One session for each way to end."""
    stories = [
        (UNTIL, fate_of(improve=WRITES), {}),
        (IMPROVE, fate_of(), {}),
        (UNTIL, fate_of(until=FAILS), {}),
        (IMPROVE, fate_of(improve=WRITES), {"max_iterations": 1}),
        (UNTIL, fate_of(improve=WRITES, until=FAILS), {"max_iterations": 1}),
        (IMPROVE, fate_of(improve=FAILS), {}),
        (IMPROVE, fate_of(improve=Deed(ending="auth", exit_code=1)), {}),
        (IMPROVE, fate_of(improve=Deed(ending="mismatch", exit_code=1)), {}),
        (IMPROVE, fate_of(improve=Deed(ending="quota", exit_code=1)), {}),
        ('- approve: "sure?"\n', fate_of(), {}),
        (IMPROVE + "- {claude: again}\n", fate_of(), {"agent_calls": 1}),
        (IMPROVE, fate_of(improve=CUT_OFF), {}),
        (IMPROVE, fate_of(improve=Deed(cause="stopped")), {}),
    ]
    found = []
    for number, (text, fate, started) in enumerate(stories):
        found.append(live(plan_of(text), fate, str(folder / str(number)), **started).end)
    tree = repository({"README": "start\n"})
    meddled = live(plan_of(IMPROVE), fate_of(improve=WRITES), str(folder / "meddled"), tree, (Meddler(tree),))
    return [*found, meddled.end]


def test_endings(tmp_path: Path) -> None:
    rows = table(DOCUMENT, "Endings", "status")
    documented = {(names(row[0])[0], names(row[1])[0], int(row[2])) for row in rows}
    assert {(end.status, end.reason, end.exit_code) for end in endings(tmp_path)} == documented
    assert {status for status, _, _ in documented} == set(get_args(SessionStatus))
    assert {reason for _, reason, _ in documented} == set(get_args(Reason))


def test_exit_codes() -> None:
    documented = {int(row[0]) for row in table(DOCUMENT, "Exit codes", "code")}
    of_sessions = {int(row[2]) for row in table(DOCUMENT, "Endings", "status")}
    of_commands = {0, EXIT_FAILED, main.EXIT_USAGE, main.EXIT_INTERRUPTED, main.EXIT_PIPE, EXIT_BUG}
    assert documented == of_sessions | of_commands
    assert all(worst_exit_code((0, code)) == code for code in of_sessions)


# --- the environment of a step ---


def test_the_environment_of_a_step(tmp_path: Path) -> None:
    text = """
    inputs: {target: {default: src}}
    env: {MINE: x}
    steps:
      - shell: "echo ${inputs.target}"
        id: say
        capture_output: true
        outputs: {spec: {file_pattern: "*.md"}}
      - {claude: improve, id: improve}
    """
    variables = dict.fromkeys(
        ("inputs.target", "ARG", "FILE", "FILE_NAME", "FILE_STEM", "INDEX", "TOTAL"), "x"
    )
    fate = fate_of(say=Deed(writes={"a.md": "b"}))
    life = live(plan_of(text), fate, str(tmp_path), variables=variables, max_iterations=1)
    own = {name for command in life.commands for name in command.env} - {"HOME", "PWD", "MINE", "target"}
    rows = table(DOCUMENT, "The environment of a step", "variable")
    documented = {name for row in rows for name in names(row[0]) if re.fullmatch(r"[A-Z_0-9]+", name)}
    assert own == documented - {
        "MMM_MARK",
        "MMM_V2",
    }  # the keeper sets the mark; the script has one reference
    assert life.commands[0].env["target"] == "x"


# --- files ---


def test_the_file_that_counts_sessions(tmp_path: Path) -> None:
    write_state(str(tmp_path), str(tmp_path), "s", "succeeded")
    written = json.loads((tmp_path / ".mmm" / "state.json").read_text())
    [row] = [row for row in PATHS if row[0] == "`.mmm/state.json`"]
    assert names(row[1]) == list(written)


def test_the_files_of_a_session(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, '- claude: "/mmm-improve"\n- shell: "seq 500 | sed s/^/file-/ | xargs touch"\n'
    )
    kitchen.with_agent("/mmm-improve", writes={"a": "b"})
    assert kitchen.cook("-n", "1").exit_code == 0
    [session] = kitchen.sessions()
    there = {str(path.relative_to(session)) for path in session.rglob("*") if path.is_file()}
    found = {re.sub(r"(?<=steps/)\d+|(?<=event-)\d+", "N", path) for path in there}
    documented = {name for row in PATHS for name in names(row[0]) if not name.startswith(".mmm/")}
    recorded = {"replayed.json", "recording.json", "steps/N/recorded.json"}
    assert documented - found == {"steps/N/stdin", "steps/N/json", "undone.json", *recorded}
    assert found <= documented
    assert kitchen.files() >= {".mmm/.gitignore", ".mmm/state.json"}
    assert kitchen.git("for-each-ref", "refs/mmm") == ""
