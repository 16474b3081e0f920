"""Failure: handlers, rollback, rescue, and what stays untouched."""

from __future__ import annotations

from pathlib import Path

from tests.support.cooking import Kitchen, playbook


def broken(tmp_path: Path, options: str = "") -> Kitchen:
    """A playbook that improves and then fails for good, in a repository with files of the user's own."""
    kitchen = (
        playbook(
            tmp_path,
            f"""
            - claude: "/mmm-improve"
            - shell: "cat app; exit 3"
              {options}
            """,
        )
        .with_file("app", "before\n")
        .with_file(".gitignore", "*.log\n")
        .with_agent("/mmm-improve", writes={"app": "after\n", "new": "made\n"}, cost=0.01)
    )
    (kitchen.repo / "notes").write_text("mine\n")
    (kitchen.repo / "build.log").write_text("ignored\n")
    return kitchen


def test_a_failed_session_leaves_the_repository_as_it_was(tmp_path: Path) -> None:
    kitchen = broken(tmp_path)
    head, files = kitchen.git("rev-parse", "HEAD"), kitchen.files()
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert kitchen.git("rev-parse", "HEAD") == head
    assert kitchen.git("symbolic-ref", "--short", "HEAD") == "main"
    assert kitchen.files() - {".mmm/.gitignore", ".mmm/state.json"} == files
    assert (kitchen.repo / "app").read_text() == "before\n"
    assert (kitchen.repo / "notes").read_text() == "mine\n"
    assert (kitchen.repo / "build.log").read_text() == "ignored\n"
    assert kitchen.git("status", "--porcelain") == "?? notes"


def test_the_failed_work_is_reachable_by_the_rescue_ref_that_is_printed(tmp_path: Path) -> None:
    kitchen = broken(tmp_path)
    cooked = kitchen.cook()
    [event] = kitchen.of_kind("rolled_back")
    ref = str(event["rescue"])
    assert ref.startswith("refs/mmm/rescue/")
    assert ref in cooked.stdout
    assert kitchen.git("show", f"{ref}:app") == "after"
    assert kitchen.git("show", f"{ref}:new") == "made"
    assert "mmm: /mmm-improve" in kitchen.git("log", "--format=%s", ref)


def test_uncommitted_work_of_the_failed_step_is_rescued_too(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- shell: "echo half > half; exit 1"\n')
    assert kitchen.cook().exit_code == 1
    [event] = kitchen.of_kind("rolled_back")
    assert not (kitchen.repo / "half").exists()
    assert kitchen.git("show", f"{event['rescue']}:half") == "half"


def test_a_users_file_that_a_step_changed_comes_back(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- shell: "echo changed > notes; exit 1"\n')
    (kitchen.repo / "notes").write_text("mine\n")
    assert kitchen.cook().exit_code == 1
    assert (kitchen.repo / "notes").read_text() == "mine\n"
    assert kitchen.git("status", "--porcelain") == "?? notes"


def test_completed_iterations_stay(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo $ITERATION > count"
        - shell: "test $ITERATION -lt 3"
        """,
    )
    assert kitchen.cook().exit_code == 1
    assert (kitchen.repo / "count").read_text() == "2\n"
    assert len(kitchen.subjects()) == 2


def test_on_failure_keep_resets_nothing(tmp_path: Path) -> None:
    kitchen = broken(tmp_path)
    assert kitchen.cook("--on-failure", "keep").exit_code == 1
    assert (kitchen.repo / "app").read_text() == "after\n"
    assert kitchen.of_kind("rolled_back") == []


def test_the_message_points_at_the_line_and_shows_the_output(tmp_path: Path) -> None:
    cooked = broken(tmp_path).cook()
    assert "`cat app; exit 3` failed (line 3): exit code 3" in cooked.stdout
    assert "| after" in cooked.stdout


def test_fail_workflow_false_sets_uncommitted_files_aside_and_goes_on(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo pending > pending"
          commit: false
        - shell: "echo junk > junk; exit 1"
          on_failure: {fail_workflow: false}
        - shell: "test ! -e junk && cat pending notes"
        """,
    )
    (kitchen.repo / "notes").write_text("mine\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    [event] = kitchen.of_kind("rolled_back")
    assert event["why"] == "given-up"
    assert kitchen.git("show", f"{event['rescue']}:junk") == "junk"
    assert not (kitchen.repo / "junk").exists()
    assert kitchen.git("show", "HEAD:pending") == "pending"
    assert kitchen.git("status", "--porcelain") == "?? notes"


def test_retry_starts_from_the_base_of_its_round(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    kitchen = playbook(
        tmp_path,
        f"""
        - shell: "test ! -e left && touch left && echo x >> {counter} && test $(wc -l < {counter}) = 3"
          retry: {{attempts: 3}}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert counter.read_text() == "x\n" * 3
    assert [event["why"] for event in kitchen.of_kind("rolled_back")] == ["retry", "retry"]


def test_rounds_keep_the_work_tree(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo x >> trace; test $(wc -l < trace) = 3"
          on_failure: {shell: "echo x >> trace"}
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "trace").read_text() == "x\n" * 3


def test_a_step_that_moves_head_has_failed_and_is_undone(tmp_path: Path) -> None:
    for script in (
        "git checkout -q -b other && echo x > x && git add x && git commit -qm x",
        "git checkout -q --detach",
        "git reset -q --hard HEAD~1",
        "git commit -q --amend -m changed",
        "git checkout -q --orphan nothing",
    ):
        folder = tmp_path / str(abs(hash(script)))
        folder.mkdir()
        kitchen = playbook(folder, f'- shell: "{script}"\n').with_file("a", "a\n")
        head = kitchen.git("rev-parse", "HEAD")
        cooked = kitchen.cook()
        assert cooked.exit_code == 1, script
        assert "moved HEAD" in cooked.stdout
        assert kitchen.git("rev-parse", "HEAD") == head
        assert kitchen.git("symbolic-ref", "--short", "HEAD") == "main"


def test_protected_files(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        protect: ["tests/**"]
        steps:
          - claude: "/mmm-fix"
            on_failure:
              shell: "git checkout tests"
        """,
    )
    kitchen.with_file("tests/unit/test_a", "assert\n")
    kitchen.with_agent("/mmm-fix", times=1, deletes=["tests/unit/test_a"])
    kitchen.with_agent("/mmm-fix", writes={"app": "fixed\n"})
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked.stdout
    assert "it changed protected files: `tests/unit/test_a`" in cooked.stdout
    assert kitchen.git("show", "HEAD:tests/unit/test_a") == "assert"
    assert kitchen.git("show", "HEAD:app") == "fixed"


def test_pushed_commits_are_not_rolled_back(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo x > x"
        - shell: "git push -q origin main"
        - shell: "exit 1"
        """,
    )
    kitchen.git("init", "-q", "--bare", str(tmp_path / "remote"))
    kitchen.git("remote", "add", "origin", str(tmp_path / "remote"))
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert (kitchen.repo / "x").exists()
    assert "not rolled back: commits of this iteration were pushed" in cooked.stdout


def test_what_a_step_did_in_a_repository_inside_is_left_to_its_owner(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- shell: "echo step > inner/file; echo made > new; exit 1"\n')
    kitchen.git("init", "--quiet", "inner")
    kitchen.git("-C", "inner", "commit", "--quiet", "--allow-empty", "--message", "inside")
    (kitchen.repo / "inner" / "file").write_text("mine\n")
    assert kitchen.cook().exit_code == 1
    assert not (kitchen.repo / "new").exists()
    assert (kitchen.repo / "inner" / "file").read_text() == "step\n"
