"""`mmm test` of a playbook with loops: outcomes turn by turn, and edges that were walked."""

from __future__ import annotations

from tests.testing.support import Desk

LOOP = """\
name: Loop
max_iterations: 1
steps:
  - id: find
    claude: "/mmm-code-review"
  - foreach: ${find.json.files}
    id: files
    max_items: 2
    do:
      - id: fix
        claude: "/mmm-fix-test ${item.path}"
        on_failure: {fail_workflow: false}
      - id: check
        shell: "make ${item.path}"
  - foreach: {shell: "git ls-files"}
    id: all
    max_items: 3
    do: {id: each, shell: "wc ${item}"}
  - id: after
    shell: "echo ${files.items} ${all.items}"
"""

TESTS = """\
tests:
  - name: two files, the second cannot be fixed
    steps:
      find: {output: '{"files": [{"path": "a"}, {"path": "b"}, {"path": "c"}]}'}
      fix: [{commit: "fix: a", files: {a: "1"}}, {ending: failed, reason: "no"}]
      all.items: {output: "x\\ny\\n"}
    expect:
      status: succeeded
      path:
        - find: succeeded
        - files: turn 1
        - fix: succeeded
        - check: succeeded
        - files: turn 2
        - fix: failed
        - check: succeeded
        - files: succeeded
        - all.items: succeeded
        - all.each: turn 1
        - each: succeeded
        - all.each: turn 2
        - each: succeeded
        - all.each: succeeded
        - all: succeeded
        - after: succeeded
      outputs: {files.items: "2", all.items: "2", check.status: succeeded}
"""


def test_turns_have_outcomes_of_their_own(tmp_path, capsys):
    code, out, err = Desk(tmp_path, capsys, LOOP).write(TESTS).run()
    assert (code, err) == (0, ""), out


def test_the_loop_itself_has_no_outcome(tmp_path, capsys):
    text = TESTS.replace("      fix:", "      files: {exit_code: 1}\n      fix:")
    code, out, err = Desk(tmp_path, capsys, LOOP).write(text).run()
    assert code == 1
    assert "`files`" in out + err


def test_a_path_without_turns_is_compared_without_them(tmp_path, capsys):
    lines = [line for line in TESTS.splitlines(keepends=True) if ": turn" not in line]
    assert Desk(tmp_path, capsys, LOOP).write("".join(lines)).run()[0] == 0
