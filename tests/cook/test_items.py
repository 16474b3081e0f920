"""`--map`, `--args`, inputs, and the other flags of `mmm cook`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.cooking import Kitchen, playbook

IMPLEMENT = """
- shell: "echo $INDEX/$TOTAL $ARG >> done"
  commit_message: "did ${ARG}"
"""


def with_specs(tmp_path: Path, text: str = IMPLEMENT) -> Kitchen:
    kitchen = playbook(tmp_path, text)
    for name in ("specs/b.md", "specs/a b.md", "specs/deep/c.md", "specs/not.txt"):
        kitchen.with_file(name, "spec\n")
    return kitchen


def test_map_runs_one_item_after_another_in_order(tmp_path: Path) -> None:
    kitchen = with_specs(tmp_path)
    cooked = kitchen.cook("--map", "specs/**/*.md")
    assert cooked.exit_code == 0
    assert kitchen.subjects() == ["did specs/a b.md", "did specs/b.md", "did specs/deep/c.md"]
    assert (kitchen.repo / "done").read_text() == "1/3 specs/a b.md\n2/3 specs/b.md\n3/3 specs/deep/c.md\n"
    assert "📋 Item 2/3: specs/b.md" in cooked.stdout
    assert "📋 3 of 3 items succeeded" in cooked.stdout
    [of_all, *items] = [folder.name for folder in kitchen.sessions()]
    assert items == [f"{of_all}-00{number}" for number in (1, 2, 3)]


def test_variables_of_a_file(tmp_path: Path) -> None:
    kitchen = with_specs(tmp_path, '- shell: "echo $FILE $FILE_NAME ${FILE_STEM} ${FILE%.md} >> done"\n')
    assert kitchen.cook("--map", "specs/deep/*.md").exit_code == 0
    assert (kitchen.repo / "done").read_text() == "specs/deep/c.md c.md c specs/deep/c\n"


def test_several_globs_and_args(tmp_path: Path) -> None:
    kitchen = with_specs(tmp_path)
    assert kitchen.cook("--map", "specs/b.md", "--map", "specs/deep/*", "--args", "by hand").exit_code == 0
    assert kitchen.subjects() == ["did specs/b.md", "did specs/deep/c.md", "did by hand"]


def test_files_that_several_globs_match_are_one_item_each_glob_by_glob_and_sorted_within(
    tmp_path: Path,
) -> None:
    kitchen = with_specs(tmp_path, '- {shell: "echo $INDEX/$TOTAL $FILE_STEM >> done"}\n')
    assert kitchen.cook("--map", "specs/deep/*.md", "--map", "specs/**/*.md").exit_code == 0
    assert (kitchen.repo / "done").read_text() == "1/3 c\n2/3 a b\n3/3 b\n"


def test_a_glob_that_matches_nothing(tmp_path: Path) -> None:
    kitchen = with_specs(tmp_path)
    cooked = kitchen.cook("--map", "spec/*.md")
    assert cooked.exit_code == 2
    assert "no file matches `--map spec/*.md`" in cooked.stderr
    assert kitchen.sessions() == []


def test_a_failed_item_does_not_stop_the_others_unless_asked(tmp_path: Path) -> None:
    text = '- shell: "test $ARG != two && echo $ARG >> done"\n'
    arguments = ("--args", "one", "--args", "two", "--args", "three")
    (tmp_path / "on").mkdir()
    (tmp_path / "fast").mkdir()
    goes_on = playbook(tmp_path / "on", text)
    cooked = goes_on.cook(*arguments)
    assert cooked.exit_code == 1
    assert (goes_on.repo / "done").read_text() == "one\nthree\n"
    assert "2 of 3 items succeeded" in cooked.stdout
    fast = playbook(tmp_path / "fast", text)
    cooked = fast.cook(*arguments, "--fail-fast")
    assert cooked.exit_code == 1
    assert (fast.repo / "done").read_text() == "one\n"
    assert "1 not begun" in cooked.stdout


def test_inputs_are_set_and_are_values(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        inputs:
          target: {default: src}
          what: {description: what to do}
        steps:
          - shell: "printf '%s\\n' ${target} ${inputs.what} > done"
        """,
    )
    assert kitchen.cook("--set", "what=$(rm -rf x); a=b", "-n", "1").exit_code == 0
    assert (kitchen.repo / "done").read_text() == "src\n$(rm -rf x); a=b\n"


def test_the_flag_for_iterations_wins(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "max_iterations: 3\nsteps: [{shell: 'echo $ITERATION >> count'}]\n")
    assert kitchen.cook("-n", "2").exit_code == 0
    assert (kitchen.repo / "count").read_text() == "1\n2\n"


def test_json_prints_the_events_of_the_journal(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'echo x > x', id: make}\n")
    cooked = kitchen.cook("-n", "1", "--format", "json")
    lines = [json.loads(line) for line in cooked.stdout.splitlines()]
    journal = [{key: one[key] for key in one if key != "check"} for one in kitchen.events()]
    assert lines == journal
    assert [one["event"] for one in lines] == [
        "session_started",
        "iteration_started",
        "step_started",
        "keeper_started",
        "step_ran",
        "step_committed",
        "step_finished",
        "iteration_finished",
        "session_finished",
    ]
    assert [one["seq"] for one in lines] == list(range(1, 10))


def test_quiet_says_only_how_it_ended(tmp_path: Path) -> None:
    cooked = playbook(tmp_path, "- shell: 'true'\n").cook("-q")
    assert cooked.stdout.startswith("\n✅ Improvement session finished early:\n")


def test_dry_run_runs_nothing(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'echo x > x'\n")
    before = kitchen.files()
    cooked = kitchen.cook("--dry-run")
    assert cooked.exit_code == 0
    assert "shell run" in cooked.stdout
    assert kitchen.files() == before
    assert kitchen.sessions() == []


def test_improve_is_an_alias_that_says_so(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'true'\n")
    command = [sys.executable, "-m", "mmm_lang", "improve", str(kitchen.playbook), "-p", str(kitchen.repo)]
    done = subprocess.run(command, env=kitchen.env(), capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "`mmm improve` is now called `mmm cook`" in done.stderr


def test_a_folder_inside_the_repository_is_fine(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'pwd > where; git add where'\n").with_file("deep/er/file", "x\n")
    assert kitchen.cook("-n", "1", "--path", str(kitchen.repo / "deep" / "er")).exit_code == 0
    assert (kitchen.repo / "where").read_text().strip() == str(kitchen.repo.resolve())


def test_groups_defaults_env_and_cwd(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        shell_program: bash
        env: {A: header, B: header, C: header}
        defaults: {timeout: 1m}
        steps:
          - id: group
            env: {B: group, C: group}
            steps:
              - shell: '[[ $A = header ]] && echo $A $B $C ${BASH_VERSION:+bash} > ../said'
                env: {C: step}
                cwd: sub
        """,
    ).with_file("sub/file", "x\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "header group step bash\n"


def test_cwd_must_stay_inside(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'echo ../..', id: up}\n- {shell: pwd, cwd: '${up.output}'}\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "`cwd` must stay inside the work tree" in cooked.stdout


def test_until_and_exit_3(tmp_path: Path) -> None:
    text = "until: {{shell: 'test $(wc -l < count) -ge {n}'}}\nmax_iterations: 3\nsteps: [{{shell: 'echo x >> count'}}]\n"
    (tmp_path / "met").mkdir()
    (tmp_path / "unmet").mkdir()
    met = playbook(tmp_path / "met", text.format(n=2))
    cooked = met.cook()
    assert cooked.exit_code == 0
    assert "the success criterion is met" in cooked.stdout
    assert (met.repo / "count").read_text() == "x\n" * 2
    unmet = playbook(tmp_path / "unmet", text.format(n=9))
    assert unmet.cook().exit_code == 3
    assert (unmet.repo / "count").read_text() == "x\n" * 3


def test_on_exit_code_and_on_success(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "test -e fixed || exit 101"
          on_exit_code:
            101: {shell: "touch fixed; echo fix >> said"}
            default: {shell: "echo never >> said"}
          on_success:
            - shell: "echo once >> said"
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "fix\nonce\n"


def test_verbose_shows_what_the_steps_said_and_made(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'echo spoken; echo x > x'\n")
    assert "spoken" not in kitchen.cook("-n", "1").stdout.replace("echo spoken", "")
    told = kitchen.cook("-n", "1", "--verbose").stdout
    assert "   | spoken" in told
    assert "iteration 1: " in told


def test_every_tool_without_asking_only_by_the_flag(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-do"\n').with_agent("/mmm-do")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.cook("-n", "1", "--dangerously-skip-permissions").exit_code == 0
    careful, bold = (receipt["argv"] for receipt in kitchen.scenario.receipts())
    assert "--dangerously-skip-permissions" not in careful
    assert "--dangerously-skip-permissions" in bold


def test_what_a_step_is_told_of_the_session(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        "- shell: 'echo $MMM_AUTOMATION $MMM_CONTEXT_AVAILABLE ${MMM_CONTEXT_DIR#$PWD} $MMM_STEP > said'\n",
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert (kitchen.repo / "said").read_text() == "true false /.mmm/context step-1\n"
