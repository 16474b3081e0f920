"""References at run time: fields, filters, outputs, conditions, and values that never become code."""

from __future__ import annotations

from pathlib import Path

from tests.support.cooking import Kitchen, playbook

NASTY = "\"; touch pwned; echo \" '$(touch pwned)' `touch pwned` \\ * ~ $HOME"


def said(kitchen: Kitchen, *flags: str) -> str:
    """What the last step wrote into `said`, after one iteration."""
    cooked = kitchen.cook("-n", "1", *flags)
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    return (kitchen.repo / "said").read_text()


def test_an_agents_answer_reaches_the_program_as_one_argument(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        r"""
        - claude: "/mmm-say"
          id: agent
        - shell: |
            printf '%s\n' ${agent.output} > said
            printf '%s\n' "${agent.output}" >> said
            printf '%s\n' '${agent.output}' >> said
            cat >> said <<END
            ${agent.output}
            END
        """,
    ).with_agent("/mmm-say", text=NASTY)
    assert said(kitchen) == f"{NASTY}\n" * 4
    assert not (kitchen.repo / "pwned").exists()


def test_fields_of_a_step(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo out; echo err >&2; echo x > made; exit 3"
          id: one
          ok_exit_codes: [0, 3]
        - shell: |
            cat > said <<END
            ${one.status} ${one.exit_code} [${one.output}] [${one.stdout}] [${one.stderr}]
            ${one.attempts} ${one.calls} ${one.files} ${one.spec:-none}
            END
            test -s ${one.output_file}
            git cat-file -e ${one.commits}
        """,
    )
    assert said(kitchen) == "succeeded 3 [out] [out] [err]\n1 0 made none\n"


def test_output_of_a_failed_step_is_both_streams(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "test -e said || { echo out; echo err >&2; exit 1; }"
          on_failure:
            shell: "printf '%s' \\"${shell.output}\\" > said"
        """,
    )
    assert sorted(said(kitchen).splitlines()) == ["err", "out"]


def test_json_and_filters(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        r"""
        - shell: "printf '{\"files\": [\"a b\", \"c\"], \"deep\": {\"n\": 3}}'"
          id: data
        - shell: "printf 'one\ntwo words\nthree\n'"
          id: text
        - shell: |
            echo ${data.json.deep.n} ${data.json.files.0} ${data.json.files} > said
            printf '<%s>' ${text.output | words} ${text.output | head(1)} ${text.output | tail(2)} >> said
            printf '%s\n' ${text.output | json} >> said
            echo $(( ${data.exit_code} + 1 )) >> said
        """,
    )
    assert said(kitchen) == (
        '3 a b ["a b","c"]\n<one><two><words><three><one><two words\nthree>"one\\ntwo words\\nthree"\n1\n'
    )


def test_declared_outputs(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        r"""
        - shell: "mkdir -p docs; echo x > docs/my-report.txt; echo 'score: 42'; echo '{\"a\": [1, 2]}' >&2"
          id: make
          outputs:
            report: {file_pattern: "*-report.txt"}
            score: {regex: "score: (\\d+)"}
        - shell: "printf '%s' '{\"a\": {\"b\": [1, 2]}}'"
          id: data
          outputs:
            second: {json: "$.a.b[1]"}
        - shell: "echo ${make.report} ${make.outputs.score} ${data.second} > said"
        """,
    )
    assert said(kitchen) == "docs/my-report.txt 42 2\n"


def test_a_declared_output_comes_before_a_field_of_its_name(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        r"""
        - shell: "echo 'status: fine'"
          id: bench
          outputs:
            status: {regex: "status: (\\w+)"}
        - shell: "echo ${bench.status} ${bench.outputs.status} > said"
        """,
    )
    assert said(kitchen) == "fine fine\n"


def test_a_declared_output_that_a_commit_lacks_is_a_failure(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "- shell: 'echo x > x'\n  outputs: {report: {file_pattern: '*-report.txt'}}\n"
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "no file of its commits matches `*-report.txt` (output `report`)" in cooked.stdout


def test_nothing_found_is_no_failure_and_skips_its_readers(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - claude: "/mmm-review"
          id: review
        - claude: "/mmm-implement-spec ${review.spec}"
          id: implement
        - shell: "echo ${implement.status} ${review.spec:-no spec} '${implement.output:-skipped}' > said"
        - shell: "echo ${implement.output}"
          id: reader
        """,
    )
    kitchen.with_agent("/mmm-review", text="fine").with_command("mmm-implement-spec")
    assert said(kitchen) == "skipped no spec skipped\n"
    reasons = {one["step"]: one.get("reason") for one in kitchen.of_kind("step_finished")}
    assert reasons["implement"] == "nothing to work on: `review.spec`"
    assert reasons["reader"] == "nothing to work on: `implement` was skipped"
    assert kitchen.scenario.prompts() == ["/mmm-review"]


def test_implement_spec_without_argument_takes_the_latest_spec_that_still_exists(tmp_path: Path) -> None:
    kitchen = (
        playbook(tmp_path, '- claude: "/mmm-review"\n- claude: "/mmm-implement-spec"\n- mmm-implement-spec\n')
        .with_agent("/mmm-review", writes={"specs/temp/iteration-1-x.md": "x"}, commits="review")
        .with_agent("/mmm-implement-spec", deletes=["specs/temp/iteration-1-x.md"], commits="fix")
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.scenario.prompts() == ["/mmm-review", "/mmm-implement-spec iteration-1-x"]


def test_when(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "exit 1"
          id: tests
          on_failure: {fail_workflow: false}
        - shell: "echo ran >> said"
          when: "${tests.exit_code} != 0 && ${tests.status} == 'failed'"
        - shell: "echo never >> said"
          when: "${tests.exit_code} in [0, 2] || ${tests.output} matches /x/"
        - id: group
          when: "false"
          steps: [{shell: "echo nor this >> said"}]
        """,
    )
    assert said(kitchen) == "ran\n"


def test_a_condition_on_text_that_is_no_number_fails_the_step(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: echo many, id: n}\n- {shell: echo, when: '${n.output} > 3'}\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "the condition compares numbers, and `many` is none" in cooked.stdout


def test_captured_output_and_session_variables(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "echo caught"
          capture_output: true
        - shell: "echo ${CAPTURED_OUTPUT} $ITERATION ${PROJECT_ROOT##*/} ${MINE} > said"
          env: {MINE: "from ${HOME} at ${last.status}"}
        """,
    )
    assert said(kitchen) == f"caught 1 repo from {tmp_path / 'home'} at succeeded\n"


def test_a_value_that_is_too_long_fails_the_step_before_it_starts(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {shell: "head -c 200000 /dev/zero | tr '\\\\0' x", id: big}
        - {shell: "echo ${big.output}", id: use}
        """,
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "200,000 bytes" in cooked.stdout
    assert "${big.output_file}" in cooked.stdout


def test_a_long_value_in_a_prompt_is_cut_in_the_middle(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {shell: "echo start; head -c 200000 /dev/zero | tr '\\\\0' x; echo; echo end", id: big}
        - claude: "/mmm-read ${big.output}"
        """,
    ).with_agent("/mmm-read")
    assert kitchen.cook().exit_code == 0
    [prompt] = kitchen.scenario.prompts()
    assert prompt.startswith("/mmm-read start\nxxx")
    assert prompt.endswith("xxx\nend")
    assert len(prompt) < 11_000
    assert "bytes left out; the whole is in " in prompt


def test_arguments_of_a_named_command(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - {shell: "echo two words", id: say}
        - name: mmm-do
          args: ["--flag", "${say.output}", "", "it's"]
          commit_required: false
        """,
    ).with_agent("/mmm-do")
    assert kitchen.cook().exit_code == 0
    assert kitchen.scenario.prompts() == ["""/mmm-do --flag 'two words' '' 'it'"'"'s'"""]


def test_our_variables_are_exported_to_scripts(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        inputs: {target: {default: src/main.c}, HOME: {default: nowhere}}
        steps:
          - {shell: "echo caught", capture_output: true}
          - shell: 'echo "${target%.c}" "${CAPTURED_OUTPUT#c}" "${HOME#/}" > said'
        """,
    )
    home = str(tmp_path / "home").removeprefix("/")
    assert said(kitchen) == f"src/main aught {home}\n"


def test_a_running_script_is_shown_with_its_values(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "inputs: {test: {default: 'make test'}}\nsteps: [{shell: 'echo \"${inputs.test}\"'}]\n"
    )
    assert '🔄 Running echo "make test"...' in kitchen.cook("-n", "1").stdout
