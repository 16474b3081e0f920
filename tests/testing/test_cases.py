"""What a test can script and expect, through `mmm test` itself."""

from __future__ import annotations

import json
import subprocess
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from mmm_lang.cli.main import main
from mmm_lang.testing import schema
from tests.support.cooking import IDENTITY
from tests.testing.support import Desk

SPEC = '{commit: "review: it", files: {specs/a.md: "# A\\n"}, cost_usd: 0.25}'


@pytest.fixture
def desk(tmp_path, capsys):
    return Desk(tmp_path, capsys)


def passes(desk: Desk, text: str) -> None:
    code, out, err = desk.write(text).run()
    assert (code, err) == (0, ""), out


def test_a_repair_with_everything_that_can_be_expected(desk):
    passes(
        desk,
        f"""\
        tests:
          - name: repair
            max_iterations: 1
            set: {{target: lib}}
            steps:
              review: {SPEC}
              implement: {{files: {{a.py: "1\\n", specs/a.md: null}}, cost_usd: 0.5, output: done}}
              tests:
                - {{exit_code: 2, output: "1 failed\\n", stderr: "oh\\n"}}
                - {{exit_code: 0, takes: 5s}}
              tests.on_failure.1: {{commits: [{{message: "fix: one", files: {{a.py: "2\\n"}}}}]}}
            expect:
              status: succeeded
              reason: limit
              exit_code: 0
              iterations: 1
              message: iteration
              path:
                - iteration: 1
                - review: succeeded
                - implement: succeeded
                - tests: failed
                - tests.on_failure: round 1
                - tests.on_failure.1: succeeded
                - tests: succeeded
              outputs: {{review.spec: specs/a.md, implement.output: done, tests.attempts: "2", tests.status: succeeded}}
              commits: ["review: it", "mmm: /mmm-implement-spec specs/a.md", "fix: one"]
              files: {{a.py: "2\\n", specs/a.md: null}}
              agent_calls: 3
              cost_usd: 0.75
              at_most: {{agent_calls: 12, shell_runs: 3, cost_usd: 5.00}}
        """,
    )


@pytest.mark.parametrize(
    ("outcome", "status", "reason", "code"),
    [
        ("{ending: quota, reason: used up}", "paused", "quota", 5),
        ("{ending: auth}", "failed", "auth", 1),
        ("{ending: failed}", "failed", "step-failed", 1),
        ("{ending: transient}", "failed", "step-failed", 1),
        ("{denied: [Bash(npm test)]}", "failed", "step-failed", 1),
        ("{cost_usd: 9.00}", "budget", "budget", 4),
        ("{moves_head: true}", "failed", "step-failed", 1),
        ("{signal: 9}", "failed", "step-failed", 1),
        ("{output: nothing to do}", "succeeded", "converged", 0),
    ],
)
def test_endings_of_agents(desk, outcome, status, reason, code):
    passes(
        desk,
        f"""\
        tests:
          - name: ending
            steps: {{review: {outcome}}}
            expect: {{status: {status}, reason: {reason}, exit_code: {code}}}
        """,
    )


def test_a_script_that_takes_too_long_has_failed_and_so_has_one_that_says_so(desk):
    for outcome in ("{takes: 11m}", "{timeout: true}"):
        passes(
            desk,
            f"""\
            tests:
              - name: late
                steps: {{tests: {outcome}}}
                expect: {{status: failed, path: [review: succeeded, implement: skipped, tests: failed,
                  tests.on_failure: round 1, tests.on_failure.1: succeeded, tests: failed,
                  tests.on_failure: round 2, tests.on_failure.1: succeeded, tests: failed]}}
            """,
        )


def test_items_folders_and_people(tmp_path, capsys):
    desk = Desk(
        tmp_path, capsys, "- approve: Go on with $FILE_STEM?\n  id: gate\n- shell: make $ARG\n  cwd: src\n"
    )
    passes(
        desk,
        """\
        tests:
          - name: "yes"
            map: src/a.c
            files: {src/a.c: ""}
            expect: {status: succeeded}
          - name: "no"
            map: src/a.c
            files: {src/a.c: ""}
            steps: {gate: {answer: false}}
            expect: {status: failed}
          - name: nobody
            arg: x
            steps: {gate: {answer: null}}
            expect: {status: paused, reason: approval}
        """.replace("arg: x", "map: src/a.c"),
    )


def test_the_project_context_is_scripted_like_a_program(tmp_path, capsys):
    desk = Desk(tmp_path, capsys, "- {id: look, analyze: {}}\n- {id: work, claude: x, analysis: {}}\n")
    passes(
        desk,
        """\
        tests:
          - name: it works
            expect: {path: [look: succeeded, work: succeeded]}
          - name: it fails
            steps: {look: {exit_code: 1}}
            expect: {path: [look: failed], status: failed}
        """,
    )


def test_what_is_not_met_is_told_with_its_place_and_both_sides(desk):
    code, out, _ = desk.write(
        f"""\
        tests:
          - name: passes
            expect: {{status: succeeded}}
          - name: fails
            max_iterations: 1
            steps: {{review: {SPEC}}}
            expect:
              exit_code: 3
              path:
                - review: succeeded
                - tests: failed
              outputs: {{review.spec: specs/b.md}}
              at_most: {{agent_calls: 2, duration: 1h}}
        """
    ).run()
    assert code == 1
    assert f"{desk.file} .F" in out
    assert f"FAILED {desk.file}:4 fails" in out
    assert "8:18 exit_code: expected 3, found 0" in out
    assert "  - tests: failed" in out
    assert "  + implement: succeeded" in out
    assert "outputs: `review.spec`: expected specs/b.md, found specs/a.md" in out
    assert "at_most.agent_calls: expected 2 at most, the worst case is 4" in out
    assert "at_most.duration: expected 1 h at most, and nothing bounds it" in out
    assert out.rstrip().splitlines()[-1].startswith("1 failed, 1 passed in ")


def test_update_keeps_everything_else(desk):
    text = f"""\
        # Words at the top.
        tests:
          - name: one   # beside a name
            max_iterations: 1
            steps: {{review: {SPEC}}}
            expect:
              path:
                - review: succeeded # it finds something
                - tests: failed
                # and this is the end
              outputs:
                review.spec: specs/b.md # where
                tests.output: null
              commits: []
              status: failed # what comes of it
        """
    desk.write(text)
    code, out, _ = desk.run("--update")
    assert code == 0
    assert "updated" in out
    written = desk.file.read_text()
    assert written.splitlines()[6:] == [
        "      path:",
        "        - review: succeeded # it finds something",
        "        - implement: succeeded",
        "        - tests: succeeded",
        "        # and this is the end",
        "      outputs:",
        "        review.spec: specs/a.md # where",
        '        tests.output: ""',
        "      commits:",
        '        - "review: it"',
        "      status: succeeded # what comes of it",
    ]
    assert desk.run()[0] == 0
    assert desk.run("--update")[0] == 0
    assert desk.file.read_text() == written


def test_coverage_names_the_edges_that_nobody_walks_and_can_fail(desk):
    desk.write("tests:\n  - name: nothing found\n    expect: {status: succeeded}\n")
    code, out, err = desk.run("--fail-under", "90")
    assert code == 1
    assert "5 of 7 edges walked (71 %)" not in err
    assert "never: tests → tests.on_failure (on failure)" in out
    assert "never: review → implement" in out
    assert "`--fail-under` asks for 90 %" in err
    assert desk.run("--fail-under", "10")[0] == 0


def test_selecting_stopping_and_verbose(desk):
    desk.write(
        """\
        tests:
          - name: first fails
            expect: {exit_code: 9}
          - name: second
            expect: {exit_code: 0}
        """
    )
    code, out, _ = desk.run("-k", "SECOND")
    assert (code, out.splitlines()[-1][:8]) == (0, "1 passed")
    assert "1 not selected" in out
    assert "coverage" not in out
    code, out, _ = desk.run("-x", "-v")
    assert code == 1
    assert f"{desk.file}:2 FAILED first fails" in out
    assert "second" not in out


def test_json_and_junit(desk, tmp_path):
    desk.write(
        """\
        tests:
          - name: good
            expect: {exit_code: 0}
          - name: "bad \\x1b <&>"
            expect: {exit_code: 9}
        """
    )
    code, out, _ = desk.run("--format", "json", "--junit", str(tmp_path / "j.xml"))
    assert code == 1
    told = json.loads(out)
    assert [one["status"] for one in told["tests"]] == ["passed", "failed"]
    assert told["tests"][1]["differences"][0]["key"] == "exit_code"
    assert told["coverage"][0]["edges"] == 7
    assert told["summary"]["failed"] == 1
    root = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert root.attrib["tests"] == "2"
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert "expected 9, found 0" in failure.attrib["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: [{name: x, stepps: {}}]", "replace with `steps`"),
        ("tests: [{name: x, steps: {reviw: {}}}]", "replace with `review`"),
        ("tests: [{name: x, steps: {tests.on_failure: {}}}]", "is a handler and runs nothing itself"),
        (
            "tests: [{name: x, steps: {tests: {denied: [Bash]}}}]",
            "`denied` is not a key of an outcome of a script",
        ),
        ("tests: [{name: x, steps: {review: {timeout: true}}}]", "`review` has no time limit"),
        ("tests: [{name: x, set: {taget: y}}]", "replace with `target`"),
        ("tests: [{name: x, expect: {path: [revew: succeeded]}}]", "replace with `review`"),
        ("tests: [{name: x, expect: {path: [review: done]}}]", "a step cannot have `done`"),
        ("tests: [{name: x, expect: {outputs: {spec: a}}}]", "`spec` is no field of a step"),
        ("tests: [{name: x, expect: {status: success}}]", "cannot be `success`"),
        ("tests: [{name: x, files: {../a: b}}]", "is not a path in the repository"),
        ("tests: [{name: x, arg: a, map: b}]", "exclude each other"),
        ("tests: [{name: x, recording: gone.yml}]", "there is no `gone.yml`"),
        ("tests: [{name: x}, {name: x}]", "two tests named `x`"),
        ("tests: [{expect: {}}]", "has no `name`"),
        ("version: 2\ntests: []", "`version` must be 1"),
        ("playbook: gone.yml\ntests: []", "there is no playbook to test"),
        ("[1]", "a test file must be a mapping"),
        ("tests: [{name: x", "error["),
    ],
)
def test_mistakes_have_their_place_and_a_way_out(desk, text, said):
    code, _, err = desk.write(text).run()
    assert code == 1
    assert said in err
    assert "loop.test.yml:" in err


def test_a_file_that_cannot_be_used_is_an_error_for_programs_too(desk, tmp_path):
    desk.write("tests: [{name: x, stepps: {}}, {name: y, arrg: z}]\n")
    code, out, err = desk.run("--format", "json", "--junit", str(tmp_path / "j.xml"))
    assert code == 1
    assert "replace with `steps`" in err
    told = json.loads(out)
    [test] = told["tests"]
    assert (test["file"], test["line"], test["name"], test["status"]) == (
        str(desk.file),
        1,
        "test file",
        "error",
    )
    assert test["problem"].startswith("1:19 `stepps` is not a key")
    assert "; 1:42 `arrg` is not a key" in test["problem"]
    assert told["summary"]["errors"] == 1
    root = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert (root.attrib["tests"], root.attrib["errors"]) == ("1", "1")
    [error] = root.iterfind("testsuite/testcase/error")
    assert "`stepps` is not a key" in error.attrib["message"]


def test_a_file_that_cannot_be_used_is_counted_beside_those_that_can(desk, capsys):
    good = desk.write("tests: [{name: x, expect: {exit_code: 0}}]\n").folder
    (good / "bad.test.yml").write_text("[1]\n")
    for flags in ((), ("-k", "x"), ("-x",)):
        code = main(["test", str(good / "bad.test.yml"), str(desk.file), *flags])
        assert code == 1
        out = capsys.readouterr().out
        assert out.splitlines()[-1].startswith("1 could not be run, 1 passed")


def test_a_playbook_with_errors_and_wrong_usage(tmp_path, capsys):
    desk = Desk(tmp_path, capsys, "- shel: x\n").write("tests: []\n")
    assert "has 1 error; `mmm check" in desk.run()[2]
    desk.file.unlink()
    code, _, err = desk.run()
    assert code == 2
    assert "there is no test file" in err


def test_the_schema_of_editors_takes_what_the_reader_takes():
    import pathlib

    kept = pathlib.Path(__file__).parents[2]
    assert (kept / "spec/test.schema.json").read_text() == schema.schema_text()
    validator = jsonschema.Draft7Validator(schema.schema())
    for path in (kept / "examples").glob("*.test.yml"):
        assert not [*validator.iter_errors(yaml.safe_load(path.read_text()))], path
    assert [*validator.iter_errors({"tests": [{"name": "x", "stepps": {}}]})]


RECORDING = """\
version: 1
calls:
  - command: mmm-code-review
    answer: found
    commits: [{message: "review: it", changes: [{write: specs/a.md, text: "# A\\n"}]}]
  - command: mmm-implement-spec
    changes: [{write: made, text: "1\\n"}]
"""


def test_a_recording_is_played_in_a_clone_and_leaves_the_repository_alone(tmp_path, capsys, monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    desk = Desk(tmp_path, capsys, LOOP_FOR_REAL)
    (tmp_path / "r.yml").write_text(RECORDING)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "start"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    passes(
        desk,
        """\
        tests:
          - name: for real
            recording: r.yml
            max_iterations: 1
            expect:
              path: [review: succeeded, implement: succeeded, tests: succeeded]
              outputs: {tests.output: "1 made"}
              files: {made: "1\\n"}
              commits: ["review: it", "mmm: /mmm-implement-spec specs/a.md"]
        """,
    )
    assert not (tmp_path / "made").exists()
    assert not (tmp_path / ".git" / "mmm").exists()


def test_a_recording_answers_for_the_agents_that_the_playbook_names(tmp_path, capsys, monkeypatch):
    for name, value in {**IDENTITY, "MMM_CLAUDE": str(tmp_path / "there-is-none")}.items():
        monkeypatch.setenv(name, value)
    named = LOOP_FOR_REAL.replace("claude: /mmm-code-review}", "claude: /mmm-code-review, agent: claude}")
    named = named.replace('${review.spec}"}', '${review.spec}", agent: codex}')
    assert named.count("agent:") == 2
    desk = Desk(tmp_path, capsys, named)
    (tmp_path / ".mmm").mkdir()
    (tmp_path / ".mmm" / "config.yml").write_text("agents: {codex: {argv: [there-is-none]}}\n")
    (tmp_path / "r.yml").write_text(RECORDING)
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "start"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    passes(
        desk,
        """\
        tests:
          - name: for nothing
            recording: r.yml
            max_iterations: 1
            expect:
              path: [review: succeeded, implement: succeeded, tests: succeeded]
              files: {made: "1\\n"}
        """,
    )


LOOP_FOR_REAL = """\
- {id: review, claude: /mmm-code-review}
- {id: implement, claude: "/mmm-implement-spec ${review.spec}"}
- {id: tests, shell: "echo $(cat made) made"}
"""


# --- items of `map:` ---

MAP = """\
map: {over: {shell: ls, json: "$[*]"}}
steps:
  - claude: "Look at ${item.path}"
    id: look
  - shell: make ${item.target} "$ARG"
    id: make
    when: ${item.score} > 3
reduce:
  - shell: make sum
"""


def test_an_item_of_a_map_is_given_as_the_playbook_finds_it(tmp_path, capsys):
    desk = Desk(tmp_path, capsys, MAP).write(
        """\
        tests:
          - name: an item
            item: {path: src/a.c, target: all, score: 5}
            expect:
              status: succeeded
              path: [look: succeeded, make: succeeded]
          - name: an item of little weight
            item: {path: src/b.c, target: all, score: 1}
            expect:
              path: [look: succeeded, make: skipped]
        """
    )
    code, out, err = desk.run()
    assert code == 0, out + err


def test_a_test_of_a_map_needs_an_item_and_only_that_has_one(tmp_path, capsys):
    code, out, _ = Desk(tmp_path, capsys, MAP).write("tests: [{name: x}]\n").run()
    assert code == 1
    assert "the playbook runs for the items of its `map:`, and the test gives none" in out
    plain = Desk(tmp_path, capsys).write("tests: [{name: x, item: a}]\n")
    code, out, err = plain.run()
    assert code != 0
    assert "`item` is for playbooks with `map:`, and this has none" in out + err
