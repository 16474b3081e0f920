"""`analyze:` steps and `analysis:` beside a call, in sessions of `mmm cook`."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cook.living import cooking, end, leftovers
from tests.cook.test_resume import resume
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux


def with_code(tmp_path: Path, text: str) -> Kitchen:
    return playbook(tmp_path, text).with_file("app.py", "def answer():\n    return 42\n")


def document(kitchen: Kitchen, name: str) -> dict[str, object]:
    return json.loads((kitchen.repo / ".mmm" / "context" / f"{name}.json").read_text())


def test_a_step_refreshes_the_context_and_its_output_is_the_summary(tmp_path):
    kitchen = with_code(
        tmp_path,
        """
        - analyze: {max_cache_age: 0}
          id: project
        - shell: |
            echo "$MMM_CONTEXT_AVAILABLE $MMM_CONTEXT_DIR"
            echo ${project.output | head(1)}
        """,
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert kitchen.statuses() == [("project", "succeeded"), ("step-2", "succeeded")]
    output = (kitchen.sessions()[-1] / "steps" / "2" / "stdout").read_text()
    assert output == (f"true {kitchen.repo}/.mmm/context\nrepo: Python (1 file, 2 lines of code)\n")
    score = document(kitchen, "analysis")["score"]["value"]
    state = json.loads((kitchen.repo / ".mmm" / "state.json").read_text())
    assert state["current_score"] == score > 0
    assert kitchen.subjects() == []
    assert kitchen.git("status", "--porcelain", "--untracked-files=all") == ""


def test_without_a_context_nothing_is_known(tmp_path):
    kitchen = with_code(tmp_path, '- shell: "echo $MMM_CONTEXT_AVAILABLE"\n')
    assert kitchen.cook().exit_code == 0
    assert (kitchen.sessions()[-1] / "steps" / "1" / "stdout").read_text() == "false\n"
    state = json.loads((kitchen.repo / ".mmm" / "state.json").read_text())
    assert state["current_score"] is None


def test_a_call_finds_the_context_of_the_files_as_they_are(tmp_path):
    kitchen = (
        with_code(
            tmp_path,
            """
            max_iterations: 1
            steps:
              - shell: "printf 'def one():\\\\n    pass\\\\n' > one.py"
              - claude: "/mmm-code-review"
                analysis: {max_cache_age: 300}
              - shell: "printf 'def two():\\\\n    pass\\\\n' > two.py"
                commit: false
              - claude: "/mmm-lint"
                analysis:
            """,
        )
        .with_agent("/mmm-code-review", sh="cp .mmm/context/analysis.json ../review.json")
        .with_agent("/mmm-lint", sh="cp .mmm/context/analysis.json ../lint.json")
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    files = [
        json.loads((tmp_path / name).read_text())["totals"]["files"] for name in ("review.json", "lint.json")
    ]
    assert files == [2, 3]


def test_a_context_that_cannot_be_written_fails_the_step_with_the_reason(tmp_path):
    kitchen = (
        with_code(
            tmp_path,
            """
            - claude: "/mmm-code-review"
              analysis: {force_refresh: true}
              on_failure:
                shell: "rm .mmm/context"
            """,
        )
        .with_file(".gitignore", "/.mmm/\n")
        .with_agent("/mmm-code-review", text="nothing to improve")
    )
    (kitchen.repo / ".mmm").mkdir()
    (kitchen.repo / ".mmm" / "context").write_text("in the way\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    first = kitchen.of_kind("step_finished")[0]
    assert first["status"] == "failed"
    assert first["reason"].startswith("the project could not be analysed: ")
    assert ".mmm/context" in first["reason"]
    assert kitchen.scenario.prompts() == ["/mmm-code-review"]
    assert kitchen.statuses()[-1] == ("step-1", "succeeded")


def test_a_failed_step_of_its_own_ends_the_session(tmp_path):
    kitchen = with_code(tmp_path, "- analyze:\n").with_file(".gitignore", "/.mmm/\n")
    (kitchen.repo / ".mmm").mkdir()
    (kitchen.repo / ".mmm" / "context").write_text("in the way\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    (finished,) = kitchen.of_kind("step_finished")
    assert (finished["fault"], finished["reason"]) == ("exit", "the project could not be analysed")
    assert "cannot be written" in cooked.stdout + cooked.stderr


def test_guides_are_named_to_the_commands(tmp_path):
    kitchen = (
        with_code(tmp_path, '- shell: "echo \\"$MMM_CONTEXT_FILES\\""\n')
        .with_file(".mmm/PROJECT.md", "What this is.\n")
        .with_file("ARCHITECTURE.md", "How it is built.\n")
    )
    assert kitchen.cook().exit_code == 0
    output = (kitchen.sessions()[-1] / "steps" / "1" / "stdout").read_text()
    assert output == ".mmm/PROJECT.md\nARCHITECTURE.md\n"


def hold(kitchen: Kitchen) -> None:
    """Have the analysis wait, in the git that lists its files, until there is a file `go`."""
    slow = kitchen.folder / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(
        "#!/bin/sh\n"
        f'cd {kitchen.folder}; case "$* " in *" ls-files -s "*) : > reached; [ -e go ] || exec sleep 1000;; esac\n'
        'cd "$OLDPWD"\n'
        f'PATH="${{PATH#*:}}" exec git "$@"\n'
    )
    slow.chmod(0o755)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("- analyze:\n- claude: /mmm-lint\n", signal.SIGKILL),
        ("- claude: /mmm-lint\n  analysis: {force_refresh: true}\n", signal.SIGINT),
    ],
    ids=["step-kill", "before-a-call-int"],
)
def test_a_session_that_was_cut_off_in_an_analysis_goes_on(tmp_path, text, number):
    kitchen = with_code(tmp_path, text).with_agent("/mmm-lint", text="nothing to lint")
    hold(kitchen)
    path = f"{kitchen.folder}/bin:{kitchen.env()['PATH']}"
    with cooking(kitchen, PATH=path) as process:
        eventually((kitchen.folder / "reached").exists)
        process.send_signal(number)
        if number == signal.SIGINT:
            assert end(process).exit_code == 130
        else:
            process.wait()
    eventually(lambda: leftovers(kitchen) == [])
    assert kitchen.scenario.prompts() == []
    (kitchen.folder / "go").touch()
    resumed = resume(kitchen)
    assert resumed.exit_code == 0, resumed
    assert kitchen.scenario.prompts() == ["/mmm-lint"]
    assert document(kitchen, "analysis")["totals"]["files"] == 1
