"""Commits: what becomes one, what it says, and when its absence is a failure or the end."""

from __future__ import annotations

from pathlib import Path

from tests.support.cooking import playbook


def test_trailers_and_no_attribution(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'echo x > x', id: make}\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    body = kitchen.git("log", "-1", "--format=%B").splitlines()
    session = kitchen.sessions()[0].name
    assert body == [
        "mmm: echo x > x",
        "",
        f"Mmm-Session: {session}",
        "Mmm-Step: make",
        "Mmm-Iteration: 1",
        "Mmm-Attempt: 1",
    ]
    assert kitchen.git("log", "-1", "--format=%an") == "Ada"


def test_a_message_of_ones_own(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "- shell: 'echo x > x'\n  commit_message: \"feat: round ${ITERATION} #1\\n\\n# kept\"\n"
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.git("log", "-1", "--format=%B").startswith("feat: round 1 #1\n\n# kept\n\nMmm-Session: ")


def test_commit_false_waits_for_the_next_commit(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "- {shell: 'echo a > a', commit: false}\n- {shell: 'echo b > b'}\n- {shell: 'true'}\n"
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.subjects() == ["mmm: echo b > b"]
    assert kitchen.git("show", "--name-only", "--format=", "HEAD").split() == ["a", "b"]


def test_the_agents_own_commits_are_kept_and_recorded(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-do"\n').with_agent(
        "/mmm-do",
        do=[
            {"write": "a", "text": "a"},
            {"commit": "agent: a"},
            {"write": "b", "text": "b"},
            {"commit": "agent: b"},
            {"write": "c", "text": "c"},
        ],
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.subjects() == ["agent: a", "agent: b", "mmm: /mmm-do"]
    [event] = kitchen.of_kind("step_committed")
    assert len(event["commits"]) == 3  # type: ignore[arg-type]


def test_commit_required_true(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'true', commit_required: true}\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "it left no commit, and has `commit_required: true`" in cooked.stdout


def test_commit_required_ends_a_later_iteration_as_converged(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        "- {shell: 'test $ITERATION = 2 || echo $ITERATION > x', commit_required: true}\n- shell: 'true'\n",
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 0
    assert "Iterations: 2/10" in cooked.stdout
    assert [step for step, _ in kitchen.statuses()] == ["step-1", "step-2", "step-1"]


def test_a_handlers_commit_satisfies_it(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        "- shell: 'test -e x'\n  commit_required: true\n  on_failure: {shell: 'echo x > x'}\n",
    )
    assert kitchen.cook("-n", "1").exit_code == 0


def test_commands_imply_a_commit(tmp_path: Path) -> None:
    kitchen = (
        playbook(tmp_path, "commands:\n  - mmm-review\n  - mmm-lint\n")
        .with_agent("/mmm-review", times=1, writes={"a": "a"})
        .with_agent("/mmm-review")
        .with_agent("/mmm-lint", times=1, writes={"b": "b"})
        .with_agent("/mmm-lint")
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 0
    assert kitchen.scenario.prompts() == ["/mmm-review", "/mmm-lint", "/mmm-review"]


def test_an_implied_commit_that_is_missing_later_fails_without_rollback(tmp_path: Path) -> None:
    kitchen = (
        playbook(tmp_path, "commands:\n  - mmm-review\n  - mmm-lint\n")
        .with_agent("/mmm-review", writes={"a": "a"})
        .with_agent("/mmm-lint")
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "write `commit_required: false`" in cooked.stdout
    assert kitchen.subjects() == ["mmm: /mmm-review"]


def test_an_iteration_that_undoes_itself_has_converged(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "- {shell: 'echo x > x', commit_message: one}\n- {shell: 'rm x', commit_message: two}\n"
    )
    assert kitchen.cook().exit_code == 0
    assert kitchen.subjects() == ["one", "two"]


def test_odd_file_names(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: |
            printf x > "$(printf 'new\\nline')"
            printf x > ./--force
            printf x > "$(printf 'latin\\351')"
            printf x > ' space " quote'
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.git("status", "--porcelain") == ""
    [event] = kitchen.of_kind("step_finished")
    assert len(event["files"]) == 4  # type: ignore[arg-type]


def test_somebody_else_who_moves_head_between_steps_stops_the_session(tmp_path: Path) -> None:
    """A process that no step owns commits while a step runs in nothing but a wait."""
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo x > x"
        - shell: "true"
        """,
    )
    hook = kitchen.repo / ".git" / "hooks" / "post-commit"
    hook.write_text(
        "#!/bin/sh\ntest -e .git/once && exit 0\ntouch .git/once\ngit commit -q --allow-empty -m else\n"
    )
    hook.chmod(0o755)
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert kitchen.subjects() == ["mmm: echo x > x", "else"]
