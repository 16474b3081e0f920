"""Going back in a real repository, where the files alone do not tell: the index, and operations under way."""

from __future__ import annotations

from pathlib import Path

from tests.support.cooking import Kitchen, playbook


def given_a_note(tmp_path: Path, text: str) -> Kitchen:
    kitchen = playbook(tmp_path, text)
    (kitchen.repo / "notes").write_text("mine\n")
    return kitchen


def test_what_a_failed_step_only_staged_is_not_staged_afterwards(tmp_path: Path) -> None:
    kitchen = given_a_note(tmp_path, '- shell: "git add notes; exit 1"\n')
    assert kitchen.cook().exit_code == 1
    assert kitchen.git("status", "--porcelain") == "?? notes"
    [back] = kitchen.of_kind("rolled_back")
    assert back["rescue"] is None


def test_an_operation_that_a_failed_step_began_does_not_stop_the_next_session(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- shell: "git bisect start && test -e fixed && git bisect reset"\n')
    assert kitchen.cook().exit_code == 1
    (kitchen.repo / "fixed").write_text("")
    assert kitchen.cook("-n", "1").exit_code == 0


def test_a_step_that_is_given_up_leaves_nothing_staged_but_what_was(tmp_path: Path) -> None:
    kitchen = given_a_note(
        tmp_path,
        """
        - shell: "echo step >> README; echo junk > junk; git add -A; exit 1"
          on_failure: {fail_workflow: false}
        """,
    )
    kitchen.with_file("tracked", "start\n")
    (kitchen.repo / "README").write_text("staged\n")
    kitchen.git("add", "README")
    (kitchen.repo / "README").write_text("mine\n")
    assert kitchen.cook("-n", "1", "--allow-dirty").exit_code == 0
    assert kitchen.git("show", ":README") == "staged"
    assert (kitchen.repo / "README").read_text() == "mine\n"
    assert kitchen.git("ls-files").split() == ["README", "tracked"]
    [aside] = kitchen.of_kind("rolled_back")
    assert kitchen.git("show", f"{aside['rescue']}:junk") == "junk"
    assert not (kitchen.repo / "junk").exists()
