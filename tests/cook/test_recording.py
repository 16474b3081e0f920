"""`--record` and `--replay`: what an agent did once is done again, by the same steps, without it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from mmm_lang.agents.recording_file import read_recording
from tests.cook.test_resume import killed_at, resume
from tests.support.cooking import Kitchen, playbook

LOOP = """\
    max_iterations: 2
    steps:
      - id: review
        claude: /mmm-code-review
      - id: implement
        claude: "/mmm-implement-spec ${review.spec}"
      - id: tests
        shell: sh check.sh
        on_failure:
          id: fix
          claude: "/mmm-fix-test --error ${tests.output}"
      - id: note
        claude: "/note ${implement.output}"
        commit: false
      - id: again
        claude: "/again"
"""

BYTES = (
    "printf 'a\\377b\\n' > latin.txt; printf '\\0\\1\\2' > image.bin; ln -s README link; chmod +x check.sh"
)
"""Text that is not UTF-8, a binary file, a link, a bit."""


def loop(folder: Path) -> Kitchen:
    """A repository with all kinds of changes to come."""
    folder.mkdir(exist_ok=True)
    kitchen = playbook(folder, LOOP)
    kitchen.with_file("check.sh", 'echo "1 failed in 0.0$$ s"\ntest -f fixed\n')
    kitchen.with_file("old.txt", "old\n")
    kitchen.with_agent(
        "/mmm-code-review",
        times=1,
        writes={"specs/iteration-1-improvements.md": "# Spec\n\n  * trailing  \n\ttab\n"},
        commits="review: a spec\n\nWith a body, and\n* a list",
        text="one thing\nto do",
        cost=0.25,
    )
    kitchen.with_agent("/mmm-code-review", text="nothing left", cost=0.125)
    kitchen.with_agent(
        "/mmm-implement-spec",
        writes={"src/app.py": "one\r\ntwo\n", "ümlaut.txt": "ä\u2028b\n"},
        deletes=["old.txt"],
        sh=BYTES,
        text=f"done in {kitchen.repo}/src",
    )
    kitchen.with_agent(
        "/mmm-fix-test", writes={"fixed": ""}, sh="git add fixed; git commit -qm 'fix: it'; echo x > fixed"
    )
    kitchen.with_agent("/note", writes={"notes.txt": "first\n"}, text="noted")
    kitchen.with_agent("/again", sh="echo second >> notes.txt; git add -A; git commit -qm 'add notes'")
    return kitchen


def timeless(text: str) -> str:
    return re.sub(r"0\.\d+ s", "", text)


def without_claude(kitchen: Kitchen) -> dict[str, str]:
    return {"MMM_CLAUDE": str(kitchen.folder / "there-is-none")}


def tree(kitchen: Kitchen) -> str:
    return kitchen.git("rev-parse", "HEAD^{tree}")


def told(kitchen: Kitchen) -> list[object]:
    """What a session came to, without what must differ."""
    kept = []
    for event in kitchen.events():
        if event["event"] == "step_finished":
            kept.append(
                [event.get(key) for key in ("step", "attempt", "status", "reason", "outputs", "files")]
            )
        if event["event"] == "session_finished":
            kept.append(
                [event.get(key) for key in ("status", "reason", "exit_code", "calls", "cost_usd", "commits")]
            )
    return kept


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> tuple[Kitchen, Path]:
    """A session that was recorded once, and its recording."""
    folder = tmp_path_factory.mktemp("recorded")
    kitchen, recording = loop(folder / "first"), folder / "loop.yml"
    cooked = kitchen.cook("--record", str(recording))
    assert cooked.exit_code == 0, cooked.stderr
    return kitchen, recording


def test_what_was_recorded_is_cooked_again_to_the_same_and_recorded_to_the_same_bytes(recorded, tmp_path):
    first, recording = recorded
    second, again = loop(tmp_path / "second"), tmp_path / "again.yml"
    replayed = second.cook("--replay", str(recording), "--record", str(again), **without_claude(second))
    assert replayed.exit_code == 0, replayed.stdout + replayed.stderr
    assert tree(second) == tree(first)
    assert [timeless(one) for one in second.subjects()] == [timeless(one) for one in first.subjects()]
    assert second.files() == first.files()
    assert told(second) == told(first)
    assert second.scenario.prompts() == []
    assert re.sub(r"\n +tools: .*", "", again.read_text()) == re.sub(
        r"\n +tools: .*", "", recording.read_text()
    )
    assert str(first.folder) not in recording.read_text()


def test_a_recording_is_made_for_readers(recorded):
    _, recording = recorded
    text = recording.read_text()
    assert "* trailing  \n" in text
    assert "+two" in text
    calls = yaml.safe_load(text)["calls"]
    assert [call["step"] for call in calls] == [
        "review",
        "implement",
        "fix",
        "note",
        "again",
        "review",
        "again",
    ]
    assert calls[0]["commits"][0]["message"] == "review: a spec\n\nWith a body, and\n* a list\n"
    assert calls[0]["cost_usd"] == 0.25
    assert calls[1]["answer"] == "done in <work tree>/src"
    assert {next(iter(change)) for change in calls[1]["changes"]} == {"patch", "write"}
    assert calls[4]["commits"][0].get("paths") is None
    assert read_recording(str(recording)).calls[0].tools == (("Bash", 1), ("Write", 1))


def test_a_prompt_that_has_changed_ends_the_session_with_the_difference(recorded, tmp_path):
    _, recording = recorded
    changed = loop(tmp_path / "second")
    changed.playbook.write_text(
        changed.playbook.read_text().replace("/mmm-implement-spec $", "/mmm-implement-spec --all $")
    )
    changed.with_command("mmm-implement-spec")
    cooked = changed.cook("--replay", str(recording))
    assert cooked.exit_code == 1
    assert "-/mmm-implement-spec specs/iteration-1-improvements.md" in cooked.stdout
    assert "+/mmm-implement-spec --all specs/iteration-1-improvements.md" in cooked.stdout
    assert "call 2 of the recording" in cooked.stdout
    assert changed.of_kind("session_finished")[-1]["reason"] == "recording"


def test_a_failure_is_played_as_it_was(tmp_path):
    text = """\
        - id: work
          claude: /task
          on_failure:
            id: fix
            claude: "/fix ${work.status}"
            max_attempts: 1
    """

    def kitchen(name: str) -> Kitchen:
        (tmp_path / name).mkdir()
        made = playbook(tmp_path / name, text)
        made.with_agent("/task", text="Prompt is too long", is_error=True, rc=1, writes={"half": "x"})
        return made.with_agent("/fix", denials=[{"tool_name": "Bash", "tool_input": {"command": "npm test"}}])

    first, recording = kitchen("first"), tmp_path / "r.yml"
    assert first.cook("--record", str(recording)).exit_code == 1
    second = kitchen("second")
    assert second.cook("--replay", str(recording)).exit_code == 1
    assert told(second) == told(first)


def test_a_pause_is_played_as_it_was_and_what_went_on_counts_as_one_call(tmp_path):
    text = "- id: work\n  claude: /task\n"

    def kitchen(name: str) -> Kitchen:
        (tmp_path / name).mkdir()
        made = playbook(tmp_path / name, text)
        made.with_agent(
            "/task", times=1, text="You've hit your session limit", is_error=True, rc=1, writes={"a": "1"}
        )
        return made.with_agent("/task", writes={"b": "2"}, text="done")

    first, recording = kitchen("first"), tmp_path / "r.yml"
    assert first.cook("-n", "1", "--record", str(recording)).exit_code == 5
    assert yaml.safe_load(recording.read_text())["calls"][0]["ending"] == "quota"
    second = kitchen("second")
    assert second.cook("-n", "1", "--replay", str(recording)).exit_code == 5
    first.scenario.on_regex("", writes={"b": "2"}, text="done")
    resumed = subprocess.run(
        [*first.command()[:3], "resume", "--path", str(first.repo)],
        env=first.env(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert resumed.returncode == 0, resumed.stderr
    calls = yaml.safe_load(recording.read_text())["calls"]
    assert len(calls) == 1
    assert "ending" not in calls[0]
    third = kitchen("third")
    assert third.cook("-n", "1", "--replay", str(recording)).exit_code == 0
    assert tree(third) == tree(first)


def test_each_item_has_its_own_answers(tmp_path):
    text = "- id: work\n  claude: /task\n"

    def kitchen(name: str) -> Kitchen:
        (tmp_path / name).mkdir()
        made = playbook(tmp_path / name, text)
        for one in ("1", "2"):
            made.with_agent("/task", times=1, writes={one: one}, text=one)
        return made

    first, recording = kitchen("first"), tmp_path / "r.yml"
    flags = ("--args", "x", "--args", "y")
    cooked = first.cook(*flags, "--record", str(recording))
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    second = kitchen("second")
    replayed = second.cook(*flags, "--replay", str(recording))
    assert replayed.exit_code == 0, replayed.stdout + replayed.stderr
    assert second.subjects() == first.subjects()
    assert second.git("show", "--format=", "--name-only", "HEAD") == "2"


def test_secrets_are_masked(tmp_path):
    kitchen = playbook(tmp_path, "secrets: [DEPLOY_KEY]\nsteps:\n  - claude: /task\n    commit: false\n")
    kitchen.with_agent(
        "/task", writes={"a": "key = correct-horse-battery\n"}, text="it is correct-horse-battery"
    )
    recording = tmp_path / "r.yml"
    kitchen.cook("--record", str(recording), DEPLOY_KEY="correct-horse-battery")
    assert "***DEPLOY_KEY***" in recording.read_text()
    assert "correct-horse" not in recording.read_text()


TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"  # gitleaks:allow


def changes_of(recording: Path) -> list[dict[str, str]]:
    [call] = yaml.safe_load(recording.read_text())["calls"]
    changes = [*call.get("changes", ())]
    for one in call.get("commits", ()):
        changes += one["changes"]
    return changes


@pytest.mark.parametrize("way", ["written", "overwritten", "deleted"])
def test_a_secret_inside_binary_content_is_masked(tmp_path, way):
    kitchen = playbook(tmp_path, "secrets: [DEPLOY_KEY]\nsteps:\n  - claude: /task\n")
    held = "printf '\\0\\1 k=correct-horse-battery\\n' > b.bin"
    if way != "written":
        subprocess.run(["sh", "-c", held], cwd=kitchen.repo, check=True)
        kitchen.git("add", "b.bin")
        kitchen.git("commit", "-qm", "add b.bin")
    do = {"written": held, "overwritten": "printf '\\0\\2' > b.bin", "deleted": "rm b.bin"}[way]
    kitchen.with_agent("/task", sh=f"{do}; git add b.bin; git commit -qm b")
    recording = tmp_path / "r.yml"
    kitchen.cook("-n", "1", "--record", str(recording), DEPLOY_KEY="correct-horse-battery")
    [change] = changes_of(recording)
    if way == "deleted":
        assert change == {"delete": "b.bin"}
    else:
        content = {"written": b"\0\1 k=***DEPLOY_KEY***\n", "overwritten": b"\0\2"}[way]
        assert (change["write"], b64decode(change["base64"])) == ("b.bin", content)


@pytest.mark.parametrize("text", ["KEEP\nsecond\n", "first\n"])
def test_a_change_beside_a_secret_is_played(tmp_path, text):
    """The token stands in a line of context, or in one that is removed."""

    def kitchen(name: str) -> Kitchen:
        (tmp_path / name).mkdir()
        made = playbook(tmp_path / name, "- claude: /task\n- shell: cat t.py\n").with_file(
            "t.py", f'TOKEN = "{TOKEN}"\nfirst\n'
        )
        return made.with_agent("/task", writes={"t.py": text.replace("KEEP", f'TOKEN = "{TOKEN}"')})

    first, recording = kitchen("first"), tmp_path / "r.yml"
    cooked = first.cook("-n", "1", "--record", str(recording))
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    assert TOKEN not in recording.read_text()
    second = kitchen("second")
    replayed = second.cook("-n", "1", "--replay", str(recording))
    assert replayed.exit_code == 0, replayed.stdout + replayed.stderr
    played = text.replace("KEEP", 'TOKEN = "***"')
    assert (second.repo / "t.py").read_text() == played


def test_each_file_is_a_patch_of_its_own_and_quotes_only_itself(tmp_path):
    def kitchen(name: str) -> Kitchen:
        (tmp_path / name).mkdir()
        made = playbook(tmp_path / name, "- claude: /task\n").with_file("box/inner", "x\n")
        do = "rm -r box; echo now a file > box; printf 'a\\r\\nb\\r\\n' > dos.txt; echo plain > unix.txt"
        return made.with_agent("/task", sh=do)

    first, recording = kitchen("first"), tmp_path / "r.yml"
    assert first.cook("-n", "1", "--record", str(recording)).exit_code == 0
    assert "\n          +plain\n" in recording.read_text()
    assert [list(one) for one in changes_of(recording)] == [["patch"]] * 4
    second = kitchen("second")
    replayed = second.cook("-n", "1", "--replay", str(recording))
    assert replayed.exit_code == 0, replayed.stdout + replayed.stderr
    assert tree(second) == tree(first)


def test_a_recording_inside_the_repository_is_no_part_of_the_work(tmp_path):
    kitchen = playbook(tmp_path, "- claude: /task\n- claude: /more\n").with_agent("/task", writes={"a": "1"})
    kitchen.with_agent("/more", writes={"b": "1"})
    assert kitchen.cook("--record", str(kitchen.repo / "r.yml")).exit_code == 0
    assert kitchen.git("status", "--porcelain") == "?? r.yml"
    assert "r.yml" not in kitchen.git("log", "--name-only", "--format=")


@pytest.mark.parametrize("target", ["missing/r.yml", "."])
def test_a_place_where_no_recording_can_be_is_told_before_anything_runs(tmp_path, target):
    kitchen = playbook(tmp_path, "- claude: /task\n").with_agent("/task")
    cooked = kitchen.cook("--record", str(tmp_path / target))
    assert cooked.exit_code == 2
    assert "--record" in cooked.stderr
    assert kitchen.sessions() == []


KEPT = [
    ("the playbook", "is the playbook itself"),
    ("notes", "is a file that is no recording"),
    ("git", "is git's"),
]


@pytest.mark.parametrize(("what", "said"), KEPT)
def test_a_file_that_is_no_recording_is_not_overwritten(tmp_path, what, said):
    kitchen = playbook(tmp_path, "- claude: /task\n").with_agent("/task")
    (tmp_path / "notes.md").write_text("# Mine\n")
    link = tmp_path / "link.yml"
    link.symlink_to(kitchen.playbook)
    files = {
        "the playbook": [kitchen.playbook, link],
        "notes": [tmp_path / "notes.md"],
        "git": [kitchen.repo / ".git" / "config", kitchen.repo / ".git" / "new.yml"],
    }
    for file in files[what]:
        before = file.read_bytes() if file.exists() else None
        cooked = kitchen.cook("--record", str(file))
        assert cooked.exit_code == 2
        assert f"error: `--record {file}` {said}" in cooked.stderr
        assert "  help: " in cooked.stderr
        assert (file.read_bytes() if file.exists() else None) == before
    assert kitchen.sessions() == []
    assert kitchen.scenario.prompts() == []


def test_no_recording_takes_the_place_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    kitchen = playbook(tmp_path, "- claude: /task\n").with_agent("/task")
    cooked = kitchen.cook("--record", str(tmp_path / "pipe"))
    assert cooked.exit_code == 2
    assert "is a file that is no recording" in cooked.stderr


def test_an_empty_file_and_a_recording_are_overwritten(tmp_path):
    recording = tmp_path / "r.yml"
    recording.touch()
    none = playbook(tmp_path, "- shell: 'true'\n")
    assert none.cook("-n", "1", "--record", str(recording)).exit_code == 0
    assert read_recording(str(recording)).calls == ()
    some = none.with_agent("/task", text="done")
    some.playbook.write_text("- claude: /task\n")
    for _ in range(2):
        assert some.cook("-n", "1", "--record", str(recording)).exit_code == 0
        assert [call.answer for call in read_recording(str(recording)).calls] == ["done"]


# --- a recording answers every call, whichever agent the playbook names ---

NAMED = "- claude: /task\n  agent: claude\n- claude: /more\n"
NAMED_ANSWERS = """\
version: 1
calls:
  - {command: task, answer: one, changes: [{write: a, text: "1"}]}
  - {command: more, answer: two, changes: [{write: b, text: "2"}]}
"""


def offline(folder: Path, text: str) -> tuple[Kitchen, tuple[str, str]]:
    """A repository in which no program of an agent can be found, and the flags that play its recording."""
    (folder / "r.yml").write_text(NAMED_ANSWERS)
    return playbook(folder, text), ("--replay", str(folder / "r.yml"))


def of_header(agent: str) -> str:
    return f"defaults: {{agent: {agent}}}\nsteps:\n  - claude: /task\n  - claude: /more\n"


@pytest.mark.parametrize("text", [NAMED, of_header("claude")], ids=["step", "defaults"])
def test_a_recording_answers_for_the_agents_that_the_playbook_names(tmp_path, text):
    kitchen, flags = offline(tmp_path, text)
    cooked = kitchen.cook(*flags, "-n", "1", **without_claude(kitchen))
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    assert kitchen.subjects() == ["mmm: /task", "mmm: /more"]
    assert {one["agent"] for one in kitchen.of_kind("agent_called")} == {"replay"}


@pytest.mark.parametrize("flags", [(), ("--parallel", "2", "--yes")], ids=["in place", "in lanes"])
def test_a_recording_answers_for_them_in_maps_too(tmp_path, flags):
    text = "- claude: '/task ${ARG}'\n  agent: claude\n"
    kitchen, replay = offline(tmp_path, text)
    calls = "".join(
        f'  - {{command: task, item: {n}, changes: [{{write: f{n}, text: "1"}}]}}\n' for n in (1, 2)
    )
    (tmp_path / "r.yml").write_text(f"version: 1\ncalls:\n{calls}")
    cooked = kitchen.cook("--args", "x", "--args", "y", *flags, *replay, **without_claude(kitchen))
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    assert {"f1", "f2"} <= kitchen.files()
    assert kitchen.scenario.prompts() == []


def test_a_recording_answers_for_them_after_a_crash_too(tmp_path):
    kitchen, flags = offline(tmp_path, NAMED)
    killed_at(kitchen, "StepStarted", "-n", "1", *flags)
    resumed = resume(kitchen, **without_claude(kitchen))
    assert resumed.exit_code == 0, resumed.stdout + resumed.stderr
    assert kitchen.subjects() == ["mmm: /task", "mmm: /more"]
    assert {one["agent"] for one in kitchen.of_kind("agent_called")} == {"replay"}


@pytest.mark.parametrize("more", [(), ("--worktree",), ("--args", "x"), ("--dry-run",)])
def test_another_agent_beside_a_recording_is_refused(tmp_path, more):
    kitchen, flags = offline(tmp_path, NAMED)
    cooked = kitchen.cook(*flags, "--agent", "claude", *more)
    assert cooked.exit_code == 2
    assert "error: `--agent claude` and `--replay" in cooked.stderr
    assert kitchen.sessions() == []
    assert kitchen.scenario.prompts() == []


def test_the_agent_replay_beside_a_recording_is_the_same_said_twice(tmp_path):
    kitchen, flags = offline(tmp_path, NAMED)
    assert kitchen.cook(*flags, "--agent", "replay", "-n", "1", **without_claude(kitchen)).exit_code == 0


def test_each_answer_is_in_the_sessions_folder_as_soon_as_it_is_there(tmp_path):
    kitchen = playbook(tmp_path, "- id: one\n  claude: /one\n- id: two\n  claude: /two\n").with_agent(
        "/one", text="1"
    )
    kitchen.with_agent("/two", text="2")
    recording = tmp_path / "r.yml"
    assert kitchen.cook("--record", str(recording)).exit_code == 0
    kept = [
        json.loads(path.read_text()) for path in sorted(kitchen.sessions()[-1].glob("steps/*/recorded.json"))
    ]
    assert [one["place"][1] for one in kept] == ["one", "two"]
    assert all(one["call"] in recording.read_text() for one in kept)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["AgentCalled", "StepRan", "after the commit", "StepFinished"])
def test_a_crash_loses_no_answer(tmp_path, point):
    kitchen = playbook(tmp_path, "- id: one\n  claude: /one\n").with_agent(
        "/one", text="1", writes={"a": "x\n"}
    )
    recording = tmp_path / "r.yml"
    killed_at(kitchen, point, "-n", "1", "--record", str(recording))
    assert not recording.exists()
    assert resume(kitchen).exit_code == 0
    [call] = yaml.safe_load(recording.read_text())["calls"]
    assert (call["asked"], call["answer"], "commits" in call) == ("/one", "1", False)
    assert "+x" in call["changes"][0]["patch"]
