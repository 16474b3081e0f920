"""Replaying, end to end: the program runs in a git repository of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from attrs import evolve

from mmm_lang.agents.errors import RecordingError, UnknownAgentError
from mmm_lang.agents.model import AgentRequest
from mmm_lang.agents.outcome import cannot_continue
from mmm_lang.agents.registry import NAMES, Replay, agent_named
from mmm_lang.agents.replay import ReplayAgent


class Theatre:
    """A repository, and calls of an agent that plays a recording in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "repo"
        self.root.mkdir()
        self.sessions = 0
        self.git("init", "-q")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        (self.root / "app.py").write_text("".join(f"line {n}\n" for n in range(1, 21)))
        self.git("add", ".")
        self.git("commit", "-q", "-m", "first")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def agent(self, *calls: dict[str, object]) -> ReplayAgent:
        path = self.folder / "recording.yml"
        path.write_text(yaml.safe_dump({"version": 1, "calls": list(calls)}))
        return ReplayAgent(str(path), str(self.folder / "session" / "replay.jsonl"))

    def request(self, prompt: str, step: str = "step-1", **more: object) -> AgentRequest:
        self.sessions += 1
        session = f"00000000-0000-4000-8000-{self.sessions:012d}"
        return evolve(AgentRequest(prompt, session=session, cwd=str(self.root), step=step), **more)

    def start(self, agent, request, **more):
        invocation = agent.invocation(request)
        return subprocess.run(
            invocation.argv, input=invocation.stdin, capture_output=True, cwd=request.cwd, **more
        )

    def call(self, agent, request):
        done = self.start(agent, request)
        (self.folder / "stdout").write_bytes(done.stdout)
        (self.folder / "stderr").write_bytes(done.stderr)
        return agent.result(
            request, str(self.folder / "stdout"), str(self.folder / "stderr"), done.returncode
        )

    def status(self):
        return self.git("status", "--porcelain", "--untracked-files=all").splitlines()


@pytest.fixture
def theatre(tmp_path):
    return Theatre(tmp_path)


PATCH = """\
--- a/app.py
+++ b/app.py
@@ -3,3 +3,4 @@
 line 3
-line 4
+line four
+line 4 1/2
 line 5
"""


def test_an_answer_with_its_commits_and_changes(theatre):
    agent = theatre.agent(
        {
            "command": "mmm-code-review",
            "answer": "reviewed",
            "cost_usd": 0.12,
            "turns": 7,
            "json": {"found": 1},
            "denied": [{"tool": "Bash", "input": {"command": "npm test"}}],
            "commits": [
                {"message": "review: spec\n\nBody", "changes": [{"write": "specs/s.md", "text": "# S\n"}]},
                {
                    "message": "fix",
                    "changes": [{"patch": PATCH}, {"write": "run.sh", "text": "", "executable": True}],
                },
            ],
            "changes": [{"write": "new/left.txt", "text": "ä\r\n"}],
        }
    )
    (theatre.root / "mine.txt").write_text("the user's")
    result = theatre.call(agent, theatre.request("/mmm-code-review --focus x", output_schema="{}"))
    assert (result.ending, result.text, result.reason) == ("succeeded", "reviewed", None)
    assert (result.cost_usd, result.turns, result.json) == (0.12, 7, '{"found": 1}')
    assert [denied.rule for denied in result.denied] == ["Bash(npm test:*)"]
    assert theatre.git("log", "--format=%an %s", "-2").splitlines() == ["Ada fix", "Ada review: spec"]
    assert theatre.git("show", "--format=", "--name-only", "HEAD").splitlines() == ["app.py", "run.sh"]
    assert theatre.git("show", "HEAD:app.py").splitlines()[3:5] == ["line four", "line 4 1/2"]
    assert theatre.git("ls-files", "--format=%(objectmode)", "run.sh") == "100755"
    assert (theatre.root / "new/left.txt").read_bytes() == "ä\r\n".encode()
    assert theatre.status() == ["?? mine.txt", "?? new/left.txt"]


def test_the_nth_call_that_fits_gets_the_nth_answer_whatever_else_is_called(theatre):
    agent = theatre.agent(
        {"command": "a", "answer": "a1"},
        {"command": "b", "answer": "b1"},
        {"command": "a", "answer": "a2"},
        {"prompt": "please", "answer": "any"},
    )
    asked = ["/b", "/a x", "please /a", "/a", "/b"]
    results = [theatre.call(agent, theatre.request(prompt, iteration=n)) for n, prompt in enumerate(asked, 1)]
    assert [result.text for result in results] == ["b1", "a1", "any", "a2", ""]
    assert results[-1].ending == "failed"
    assert "has answered 1 such call and has no answer left for the prompt `/b`" in results[-1].reason


def test_a_call_without_an_answer_names_the_prompt(theatre):
    result = theatre.call(theatre.agent({"step": "other"}), theatre.request("/mmm-lint " + "x" * 500))
    assert result.ending == "failed"
    assert "has no answer for the prompt `/mmm-lint xx" in result.reason
    assert len(result.reason) < 450


def test_a_call_that_was_interrupted_gets_the_same_answer_again(theatre):
    """The program is killed in a commit's hook; the runner restores the base and runs the step anew, in a new session."""
    agent = theatre.agent(
        {
            "command": "a",
            "answer": "one",
            "commits": [{"message": "m", "changes": [{"write": "x", "text": "x"}]}],
        },
        {"command": "a", "answer": "two"},
    )
    hook = theatre.root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nkill -KILL 0\n")
    hook.chmod(0o755)
    assert theatre.start(agent, theatre.request("/a"), start_new_session=True).returncode == -9
    hook.unlink()
    (theatre.root / ".git/index.lock").unlink(missing_ok=True)
    theatre.git("reset", "-q", "--hard")
    assert theatre.call(agent, theatre.request("/a")).text == "one"
    assert theatre.call(agent, theatre.request("/a", attempt=2)).text == "two"


def test_the_same_session_gets_the_same_answer(theatre):
    agent = theatre.agent({"command": "a", "answer": "one"}, {"command": "a", "answer": "two"})
    request = theatre.request("/a")
    assert [theatre.call(agent, request).text for _ in range(2)] == ["one", "one"]
    assert theatre.call(agent, theatre.request("/a")).text == "two"


def test_a_half_written_note_is_passed_by(theatre):
    agent = theatre.agent({"command": "a", "answer": "one"}, {"command": "a", "answer": "two"})
    theatre.call(agent, theatre.request("/a"))
    with open(agent.state, "ab") as file:
        file.write(b'\n{"event": "claimed", "ca')
    assert theatre.call(agent, theatre.request("/a")).text == "two"
    assert theatre.call(agent, theatre.request("/a")).ending == "failed"


def test_calls_at_once_get_an_answer_each(theatre):
    agent = theatre.agent(*({"command": "a", "answer": f"{n}"} for n in range(8)))
    running = []
    for n in range(8):
        invocation = agent.invocation(theatre.request("/a", step=f"lane-{n}"))
        running.append(
            subprocess.Popen(invocation.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=theatre.root)
        )
        running[-1].stdin.write(invocation.stdin)
        running[-1].stdin.close()
    answers = set()
    for process in running:
        with process:
            answers.add(json.loads(process.stdout.read().splitlines()[-1])["result"])
    assert answers == {f"{n}" for n in range(8)}


def test_a_session_cannot_be_continued(theatre):
    agent = theatre.agent({"command": "a"})
    request = theatre.request("/a", continues=True)
    assert cannot_continue(request, theatre.call(agent, request))
    assert theatre.call(agent, theatre.request("/a")).ending == "succeeded"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            [{"patch": PATCH.replace("line 3", "line three")}],
            "the patch to `app.py`: git says: patch failed: app.py:",
        ),
        ([{"patch": "no diff"}], "git says: No valid patches"),
        ([{"delete": "none.txt"}], "`none.txt`: no such file"),
        ([{"write": "app.py/x", "text": ""}], "`app.py/x`: "),
        ([{"write": "outside/x", "text": ""}], "leads out of the work tree"),
        ([{"write": "link", "text": ""}], "leads out of the work tree or is a link"),
        ([{"patch": PATCH.replace("app.py", "../app.py")}], "git says: "),
    ],
)
def test_a_change_that_does_not_fit_fails_the_call(theatre, changes, says):
    (theatre.root / "outside").symlink_to(theatre.folder)
    (theatre.root / "link").symlink_to("app.py")
    result = theatre.call(
        theatre.agent({"command": "a", "cost_usd": 0.5, "changes": changes}), theatre.request("/a")
    )
    assert (result.ending, result.cost_usd) == ("failed", 0.5)
    assert says in result.reason
    assert sorted(path.name for path in theatre.folder.iterdir()) == [
        *("recording.yml", "repo", "session", "stderr", "stdout")
    ]


def test_lines_that_have_moved_are_found(theatre):
    (theatre.root / "app.py").write_text("new\n" * 5 + (theatre.root / "app.py").read_text())
    assert (
        theatre.call(theatre.agent({"command": "a", "changes": PATCH}), theatre.request("/a")).ending
        == "succeeded"
    )
    assert "line four" in (theatre.root / "app.py").read_text()


def test_patches_add_rename_and_delete(theatre):
    theatre.git("mv", "app.py", "main.py")
    (theatre.root / "added.txt").write_text("new\n")
    theatre.git("add", ".")
    patch = theatre.git("diff", "--cached", "-M") + "\n"
    theatre.git("reset", "-q", "--hard")
    changes = [{"patch": patch}]
    agent = theatre.agent({"command": "a", "commits": [{"message": "m", "changes": changes}]})
    assert theatre.call(agent, theatre.request("/a")).reason is None
    assert theatre.git("ls-files").splitlines() == ["added.txt", "main.py"]
    assert theatre.status() == []


def test_a_commit_leaves_alone_what_is_not_its_own(theatre):
    (theatre.root / "staged.txt").write_text("mine")
    theatre.git("add", "staged.txt")
    agent = theatre.agent({"command": "a", "commits": [{"message": "m", "changes": [{"delete": "app.py"}]}]})
    assert theatre.call(agent, theatre.request("/a")).reason is None
    assert theatre.git("show", "--format=", "--name-status", "HEAD") == "D\tapp.py"
    assert theatre.status() == ["A  staged.txt"]


def test_a_commit_that_a_hook_refuses_fails_the_call(theatre):
    hook = theatre.root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    agent = theatre.agent(
        {"command": "a", "commits": [{"message": "m", "changes": [{"write": "x", "text": "x"}]}]}
    )
    assert "the commit `m`: git says: not today" in theatre.call(agent, theatre.request("/a")).reason


@pytest.mark.parametrize(
    ("recorded", "ending"),
    [
        ({"error": "the tests are red"}, "failed"),
        ({"error": "API Error: 529 Overloaded", "status": 529}, "transient"),
        ({"error": "You've hit your session limit · resets 3pm (UTC)", "status": 429}, "quota"),
        ({"error": "Failed to authenticate", "status": 401}, "auth"),
    ],
)
def test_failures_are_replayed_too(theatre, recorded, ending):
    agent = theatre.agent({"command": "a", "changes": [{"write": "x", "text": ""}], **recorded})
    result = theatre.call(agent, theatre.request("/a"))
    assert result.ending == ending
    assert recorded["error"] in result.reason
    assert theatre.status() == ["?? x"]


def test_the_live_view_says_what_is_done(theatre):
    agent = theatre.agent({"command": "a", "changes": [{"write": "x.py", "text": ""}, {"patch": PATCH}]})
    lines = theatre.start(agent, theatre.request("/a")).stdout.splitlines()
    assert [agent.activity(line) for line in lines] == [
        "starts with replay",
        "writes x.py",
        "edits app.py",
        None,
    ]


def test_missing(theatre, monkeypatch):
    agent = theatre.agent({"command": "a"})
    assert agent.missing() is None
    assert "cannot be read" in ReplayAgent("/none.yml", "/state").missing()
    monkeypatch.setenv("PATH", "")
    assert "install git" in agent.missing()


def test_agents_by_name():
    assert agent_named("claude", {}).name == "claude"
    assert agent_named("replay", {}, Replay("/r.yml", "/state")).name == "replay"
    assert NAMES[0] == "claude"
    with pytest.raises(UnknownAgentError, match="write `claude`"):
        agent_named("cluade", {})
    with pytest.raises(UnknownAgentError, match="there are `claude` and `replay`"):
        agent_named("gpt", {})
    with pytest.raises(RecordingError, match="--replay FILE"):
        agent_named("replay", {})
