"""Everything that the parser finds wrong, each at its exact place and with advice."""

from __future__ import annotations

import pytest

from mmm_lang.syntax.habits import HABITS
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.parser import parse_playbook
from tests.syntax.places import diagnose, mended, parse, places, source_of, the_only

STEP = [
    # unknown keys
    ("- claud: x", "unknown-key 1:3 claud", "replace with `claude`"),
    ("- {shell: x, Timeout: 5}", "unknown-key 1:14 Timeout", "replace with `timeout`"),
    ("- {shell: x, frobnicate: 5}", "unknown-key 1:14 frobnicate", "a `shell` step takes `id`, `when`"),
    ("- {shell: x, max_iterations: 5}", "misplaced-key 1:14 max_iterations", "at the top, beside `steps:`"),
    ("- {shell: x, max_attempts: 5}", "misplaced-key 1:14 max_attempts", "write `on_failure:` with a step"),
    ("- run: x", "unknown-key 1:3 run", "replace with `shell`"),
    ("- cmd: x", "unknown-key 1:3 cmd", "replace with `shell`"),
    ("- command: x", "unknown-key 1:3 command", "replace with `shell`"),
    ("- prompt: x", "unknown-key 1:3 prompt", "replace with `claude`"),
    ("- {shell: x, if: y}", "unknown-key 1:14 if", "replace with `when`"),
    ("- {shell: x, uses: y}", "unknown-key 1:14 uses", "`claude:` or `shell:`"),
    ("- {shell: x, needs: y}", "unknown-key 1:14 needs", "in the order in which they are written"),
    ("- {shell: x, retries: 3}", "unknown-key 1:14 retries", "write `retry: {attempts: 3}`"),
    ("- {shell: x, continue-on-error: true}", "unknown-key 1:14 continue-on-error", "{fail_workflow: false}"),
    ("- {shell: x, working-directory: y}", "unknown-key 1:14 working-directory", "replace with `cwd`"),
    ("- {shell: x, timeout-minutes: 5}", "unknown-key 1:14 timeout-minutes", "`timeout: 10m`"),
    ("- {shell: x, on_failure: {fail_workfow: true}}", "unknown-key 1:27 fail_workfow", "`fail_workflow`"),
    ("- {shell: x, on_failure: {claude: y, max_attemps: 1}}", "unknown-key 1:38 max_attemps", "`max_attempts`"),
    ("- {shell: x, retry: {attempts: 1, delay: 5}}", "unknown-key 1:35 delay", "replace with `backoff`"),
    ('- {shell: x, "": 5}', 'unknown-key 1:14 ""', "a `shell` step takes"),
    # wrong types
    ("- shell: [cargo, test]", "wrong-type 1:10 [cargo, test]", "`shell: cargo test`"),
    ("- shell: [a b, c]", "wrong-type 1:10 [a b, c]", "below `shell: |`"),
    ("- claude: {x: y}", "wrong-type 1:11 {x: y}", "other keys beside it"),
    ("- claude:", "missing-action 1:3 claude", "write the prompt"),
    ("- shell: true", "wrong-type 1:10 true", 'put it in quotes: `"true"`'),
    ("- {shell: x, commit_required: yes}", "wrong-type 1:31 yes", "write `true`"),
    ("- {shell: x, commit_required: 'false'}", "wrong-type 1:31 'false'", "write `false`"),
    ("- {shell: x, commit: maybe}", "wrong-type 1:22 maybe", None),
    ("- {shell: x, on_failure: /fix}", "wrong-type 1:26 /fix", 'write `claude: "/fix"` below it'),
    ("- {shell: x, on_success: ls}", "wrong-type 1:26 ls", "not called by its `id`"),
    ("- {shell: x, ok_exit_codes: 5}", "wrong-type 1:29 5", "write `[5]`"),
    ("- {shell: x, ok_exit_codes: [[1]]}", "wrong-type 1:30 [1]", None),
    ("- {shell: x, retry: 3}", "wrong-type 1:21 3", "write `retry: {attempts: 3}`"),
    ("- {shell: x, env: [A=b]}", "wrong-type 1:19 [A=b]", 'write `{A: "b"}`'),
    ("- {shell: x, env: [a]}", "wrong-type 1:19 [a]", "write each as `NAME: value`"),
    ("- {shell: x, env: {A: }}", "wrong-type 1:20 A", 'write `""`'),
    ("- {shell: x, outputs: {a: '*.md'}}", "wrong-type 1:27 '*.md'", 'write `a: {file_pattern: "*.md"}`'),
    ("- {shell: x, timeout: [5]}", "wrong-type 1:23 [5]", "`1h30m`"),
    ("- {shell: x, when: [a]}", "wrong-type 1:20 [a]", "${tests.exit_code}"),
    ("- {name: x, args: --fix}", "wrong-type 1:19 --fix", "write `[--fix]`"),
    ("- {name: x, args: [[a]]}", "wrong-type 1:20 [a]", None),
    ("- {shell: x, on_exit_code: {5: ls}}", "wrong-type 1:32 ls", "below it"),
    ("- steps: {shell: x}", "wrong-type 1:11 shell", "write `- ` before each step"),
    ("- steps: x", "wrong-type 1:10 x", "after `- `"),
    ("- [a]", "wrong-type 1:3 [a]", "`- steps:`"),
    ("- {claude: x, max_cost_usd: cheap}", "wrong-type 1:29 cheap", "`0.50`"),
    ("- {claude: x, max_cost_usd: $5}", "wrong-type 1:29 $5", "replace with `5`"),
    ("- {claude: x, allowed_tools: [5]}", "wrong-type 1:31 5", '`"5"`'),
    ("- {shell: x, on_failure: {claude: y, max_attempts: '3'}}", "wrong-type 1:52 '3'", "without quotes: `3`"),
    # values out of range
    ("- {shell: x, on_failure: {claude: y, max_attempts: 0}}", "invalid-value 1:52 0", "{fail_workflow: true}"),
    ("- {shell: x, retry: {attempts: 0}}", "invalid-value 1:32 0", "the first included"),
    ("- {shell: x, ok_exit_codes: [0, 256]}", "invalid-value 1:33 256", "from 0 to 255"),
    ("- {shell: x, on_exit_code: {-1: {shell: y}}}", "invalid-value 1:29 -1", "from 0 to 255"),
    ("- {shell: x, timeout: 10 minutes}", "invalid-value 1:23 10 minutes", "`10m`"),
    ("- {shell: x, timeout: 0}", "invalid-value 1:23 0", "`10m`"),
    ("- {shell: x, timeout: -.inf}", "invalid-value 1:23 -.inf", "`10m`"),
    ("- {shell: x, retry: {attempts: 2, backoff: soon}}", "invalid-value 1:44 soon", "`10m`"),
    ("- {claude: x, max_cost_usd: 0}", "invalid-value 1:29 0", "`0.50`"),
    ("- {claude: x, max_cost_usd: .nan}", "invalid-value 1:29 .nan", "`0.50`"),
    ("- {claude: x, on_denied: wran}", "invalid-value 1:26 wran", "replace with `warn`"),
    ("- {shell: x, rerun: always}", "invalid-value 1:21 always", "`auto`, `ask` or `never`"),
    ("- {shell: x, env: {A-B: c}}", "invalid-value 1:20 A-B", "letters, digits and `_`"),
    ("- {shell: x, outputs: {a: {regex: '('}}}", "invalid-regex 1:36 (", "close it with `)`"),
    ("- {shell: x, outputs: {a: {json: b}}}", "invalid-value 1:34 b", "write `$.b`"),
    ("- {shell: x, outputs: {a: {json: $, regex: b}}}", "invalid-value 1:37 regex", "declare two outputs"),
    ("- {shell: x, outputs: {a: {}}}", "invalid-value 1:27 {}", "file_pattern"),
    ("- {shell: x, outputs: {a: {file_pattern: ' '}}}", "invalid-value 1:42 ' '", "write a pattern"),
    ("- {claude: x, output_schema: '{'}", "invalid-value 1:30 '{'", "as keys below it"),
    ("- {claude: x, output_schema: '[]'}", "invalid-value 1:30 '[]'", '"type": "object"'),
    ("- {claude: x, output_schema: {a: .inf}}", "invalid-value 1:30 {a: .inf}", "finite"),
    # actions
    ("- {id: a}", "missing-action 1:4 id", "add `claude:`"),
    ("- {args: [a]}", "missing-action 1:4 args", "as `name:`"),
    ("- {}", "missing-action 1:3 {}", "add `claude:`"),
    ("- ''", "missing-action 1:3 ''", "the name of a slash command"),
    ("- 5", "missing-action 1:3 5", "the name of a slash command"),
    ("- {claude: x, shell: y}", "several-actions 1:15 shell", "a step of its own"),
    ("- {name: Build, shell: y}", "several-actions 1:4 name", "`name:` is a slash command here"),
    ("- {shell: x, on_failure: {claude: y, shell: z}}", "several-actions 1:38 shell", "a step of its own"),
    # names
    ("- {shell: x, id: 9a}", "invalid-id 1:18 9a", "begin with a letter"),
    ("- {shell: x, id: a b}", "invalid-id 1:18 a b", "begin with a letter"),
    ("- {shell: x, id: }", "wrong-type 1:14 id", None),
    ("- {shell: x, outputs: {a.b: {json: $}}}", "invalid-id 1:24 a.b", "letters, digits"),
    ('- claude: ""', 'missing-action 1:11 ""', "write the prompt"),
    ("- shell: '  '", "missing-action 1:10 '  '", "write the script"),
    ("- name: /", "missing-action 1:9 /", "the name of a slash command"),
    ("- claude /x", "yaml-syntax 1:3 claude", "write `claude: /x`"),
    ("- shell:x y", "yaml-syntax 1:3 shell:", "write `shell: x y`"),
    ("- mmm-lint: {}", "unknown-key 1:3 mmm-lint", "write `name: mmm-lint`"),
    # keys in the wrong place
    ("- {steps: [x], timeout: 5m}", "misplaced-key 1:16 timeout", "`defaults: {timeout: …}`"),
    ("- {steps: [x], outputs: {a: {json: $}}}", "misplaced-key 1:16 outputs", "that makes the value"),
    ("- {steps: [x], model: a}", "misplaced-key 1:16 model", "`defaults: {model: …}`"),
    ("- {steps: [x], cwd: a}", "misplaced-key 1:16 cwd", "the `shell` steps inside"),
    ("- {shell: x, on_failure: [{claude: y, max_attempts: 2}]}", "misplaced-key 1:39 max_attempts", "under `steps:`"),
    ("- shell: x\n  on_failure:\n  claude: y\n  max_attempts: 2\n", "misplaced-key 3:3 claude", "indent `claude`"),
    ("- shell: x\n  on_failure:\n    claude: y\n  max_attempts: 2\n", "misplaced-key 4:3 max_attempts", "below"),
    ("- {claude: x, ok_exit_codes: [1]}", "misplaced-key 1:15 ok_exit_codes", "remove `ok_exit_codes`"),
    ("- {claude: x, on_exit_code: {1: {shell: y}}}", "misplaced-key 1:15 on_exit_code", None),
    ("- {claude: x, cwd: y}", "misplaced-key 1:15 cwd", None),
    ("- {shell: x, model: y}", "misplaced-key 1:14 model", None),
    ("- {shell: x, args: [y]}", "misplaced-key 1:14 args", None),
    ("- {shell: x, do: [y]}", "misplaced-key 1:14 do", None),
    ("- {steps: [x], commit_required: true}", "misplaced-key 1:16 commit_required", None),
    ("- {shell: x, on_success: {shell: y}, on_exit_code: {0: {shell: z}}}", "misplaced-key 1:53 0", "into `on_success`"),
    ("- {shell: x, on_exit_code: {5: {shell: y}, 0x5: {shell: z}}}", "duplicate-key 1:44 0x5", "keep one"),
    # nothing there (warnings)
    ("- shell: x\n  on_failure:\n", "empty-value 2:3 on_failure", "remove the key"),
    ("- shell: x\n  on_success:\n", "empty-value 2:3 on_success", "remove the key"),
    ("- shell: x\n  env:\n", "empty-value 2:3 env", "remove the key"),
    ("- shell: x\n  ok_exit_codes:\n", "empty-value 2:3 ok_exit_codes", "remove the key"),
    ("- steps: []\n", "empty-value 1:3 steps", "remove the key"),
    ("- {shell: x, on_failure: {max_attempts: 3}}", "misplaced-key 1:27 max_attempts", "add `claude:` or `shell:`"),
    # of older dialects (warnings)
    ("- {claude: x, options: {a: b}}", "ignored-key 1:15 options", "into its text"),
    ("- {claude: x, metadata: {continue_on_error: true}}", "ignored-key 1:15 metadata", "{fail_workflow: false}"),
    ("- {claude: x, args: [a]}", "ignored-key 1:15 args", "into the text of `claude:`"),
    ("- test: x", "deprecated-syntax 1:3 test", "write `shell:`"),
    ("- test: {command: x, on_failure: {claude: y}}", "deprecated-syntax 1:3 test", "write `shell:`"),
    # not yet
    ("- parallel: [a, b]", "not-available 1:3 parallel", None),
    # loops
    ("- {foreach: x, do: [a], max_items: 3}", "wrong-type 1:13 x", "write a list"),
    ("- {foreach: src/*.py, do: [a]}", "wrong-type 1:13 src/*.py", "git ls-files 'src/*.py'"),
    ("- {foreach: a b, do: [a]}", "wrong-type 1:13 a b", "write `[a, b]`"),
    ("- {foreach: 1..5, do: [a]}", "wrong-type 1:13 1..5", "seq 1 5"),
    ("- {foreach: ls src, do: [a]}", "wrong-type 1:13 ls src", "write `[ls, src]`"),
    ("- {foreach: git ls-files $PWD/x, do: [a]}", "wrong-type 1:13 git ls-files $PWD/x", "write the reference alone"),
    ("- {foreach: 5, do: [a]}", "wrong-type 1:13 5", "write a list"),
    ('- {foreach: "", do: [a]}', 'missing-action 1:13 ""', "write a list"),
    ("- {foreach: , do: [a]}", "missing-action 1:4 foreach", "write a list"),
    ("- {foreach: [], do: [a]}", "invalid-value 1:13 []", "write the items"),
    ("- {foreach: [a, ~], do: [a]}", "invalid-value 1:17 ~", 'write it, `""`'),
    ("- {foreach: [a]}", "missing-key 1:4 foreach", "below `do:`"),
    ('- {foreach: "${a.json}", do: [a]}', "missing-key 1:4 foreach", "such as `max_items: 20`"),
    ("- {foreach: {shell: x}, do: [a]}", "missing-key 1:4 foreach", "such as `max_items: 20`"),
    ("- {foreach: {json: $.a}, max_items: 3, do: [a]}", "missing-key 1:4 foreach", "{shell:"),
    ("- {foreach: {cmd: x}, max_items: 3, do: [a]}", "unknown-key 1:14 cmd", "replace with `shell`"),
    ("- {foreach: [a], max_items: 0, do: [a]}", "invalid-value 1:29 0", "at most"),
    ("- {foreach: [a], max_items: 20000, do: [a]}", "invalid-value 1:29 20000", "split the list"),
    ("- {foreach: [a], timeout: 3, do: [a]}", "misplaced-key 1:18 timeout", "on the steps inside"),
    ("- {foreach: [a], steps: [a]}", "several-actions 1:18 steps", "replace `steps` with `do`"),
    ("- {foreach: [a], shell: x}", "several-actions 1:18 shell", "below `do:`"),
    ("- {shell: x, do: [a]}", "misplaced-key 1:14 do", "remove `do`"),
    ("- {for: [a], do: [a]}", "unknown-key 1:4 for", "replace with `foreach`"),
    ("- {with_items: [a], shell: x}", "unknown-key 1:4 with_items", "replace with `foreach`"),
    # the whole
    ("", "empty-playbook 1:1", "write a list of steps"),
    ("# nothing\n", "empty-playbook 1:1 # nothing", "write a list of steps"),
    ("[]", "empty-playbook 1:1 []", "write a list of steps"),
    ("steps:", "empty-playbook 1:1 steps", "write a list of steps"),
    ("steps: []", "empty-playbook 1:1 steps", "write a list of steps"),
    ("hello", "wrong-type 1:1 hello", "write a list of steps"),
    ("name: x", "missing-key 1:1 name", "add `steps:`"),
    ("{}", "missing-key 1:1 {}", "add `steps:`"),
    ("claude: x\nid: a\n", "missing-key 1:1 claude", "write `- ` before `claude:`"),
]  # fmt: skip

HEADER = [
    ("version: 2", "unsupported-version 1:10 2", "write `version: 1`"),
    ("version: [1]", "wrong-type 1:10 [1]", "write `version: 1`"),
    ("max_iterations: 0", "invalid-value 1:17 0", "how many times"),
    ("max_iterations: many", "wrong-type 1:17 many", "such as `max_iterations: 3`"),
    ("max_iterations: 1.5", "wrong-type 1:17 1.5", None),
    ("max_iteration: 3", "unknown-key 1:1 max_iteration", "replace with `max_iterations`"),
    ("environment: {A: b}", "unknown-key 1:1 environment", "replace with `env`"),
    ("timeout: 5", "misplaced-key 1:1 timeout", "`defaults: {timeout: …}`"),
    ("agent_calls: 5", "misplaced-key 1:1 agent_calls", "`limits: {agent_calls: …}`"),
    ("capture_output: true", "misplaced-key 1:1 capture_output", "put it on the step"),
    ("config: {max_iterations: 3}", "ignored-key 1:1 config", "`max_iterations`, `env`"),
    ("protect: tests", "wrong-type 1:10 tests", "write `[tests]`"),
    ("until: cargo test", "wrong-type 1:8 cargo test", '`until: {shell: "cargo test"}`'),
    ("until: {timeout: 5}", "missing-key 1:1 until", '`until: {shell: "…"}`'),
    ("limits: {agent_calls: -1}", "invalid-value 1:23 -1", None),
    ("limits: {max_cost_usd: 5}", "unknown-key 1:10 max_cost_usd", "replace with `cost_usd`"),
    ("limits: 5", "wrong-type 1:9 5", "`limits: {agent_calls: 40}`"),
    ("defaults: {commit_required: true}", "misplaced-key 1:12 commit_required", "put it on the step"),
    ("inputs: {9a: b}", "invalid-id 1:10 9a", "begin with a letter"),
    ("inputs: {a: [b]}", "wrong-type 1:13 [b]", None),
    ("inputs: {a: {defalt: b}}", "unknown-key 1:14 defalt", "replace with `default`"),
    ("name: 5", "wrong-type 1:7 5", "put it in quotes"),
    ("secrets: [A-B]", "invalid-value 1:11 A-B", "letters, digits and `_`"),
    ("setup: a", "wrong-type 1:8 a", "after `- `"),
    ("merge: {a: b}", "wrong-type 1:9 a", None),
    ("mode: mapreduce", "missing-key 1:1 mode", "`map: {over: …}`"),
    ("map: {a: b}", "unknown-key 1:7 a", "`over`"),
    ("reduce: [a]", "misplaced-key 1:1 reduce", "`map: {over: …}`"),
    ("commands: [a]", "misplaced-key 2:1 steps", "one list"),
    ("retry: {backoff: 5}", "misplaced-key 1:1 retry", "`defaults: {retry: …}`"),
    ("defaults: {retry: {backoff: 5}}", "missing-key 1:12 retry", "`retry: {attempts: 3}`"),
]


def check(text: str, place: str, advice: str | None) -> None:
    diagnostic = the_only(text)
    assert places(text) == [place]
    assert diagnostic.help or diagnostic.severity != "error" or advice is None
    assert advice is None or advice in " ".join(diagnostic.help)


@pytest.mark.parametrize(("text", "place", "advice"), STEP, ids=[row[0] for row in STEP])
def test_in_steps(text, place, advice):
    check(text, place, advice)


@pytest.mark.parametrize(("text", "place", "advice"), HEADER, ids=[row[0] for row in HEADER])
def test_in_the_header(text, place, advice):
    check(f"{text}\nsteps: [mmm-lint]\n", place, advice)


WARNINGS = {"empty-value", "ignored-key", "deprecated-syntax"}


@pytest.mark.parametrize("text", [row[0] for row in STEP])
def test_severities(text):
    diagnostic = the_only(text)
    only_warns = diagnostic.rule in WARNINGS or "counts runs of a handler" in diagnostic.message
    assert diagnostic.severity == ("warning" if only_warns else "error")


def test_ten_mistakes_in_one_file_are_ten_diagnostics():
    assert places(
        """
        version: 3
        max_iteration: 3
        env: {A-B: c}
        limits: {duration: soon}
        steps:
          - claude: "/mmm-code-review"
            comit_required: false
          - shell: cargo test
            commit_required: yes
            on_failure:
              claude: repair
              max_attempts: 0
          - run: ls
          - claude: @home
          - id: lonely
        """
    ) == [
        "unsupported-version 1:10 3",
        "unknown-key 2:1 max_iteration",
        "invalid-value 3:7 A-B",
        "invalid-value 4:20 soon",
        "unknown-key 7:5 comit_required",
        "wrong-type 9:22 yes",
        "invalid-value 12:21 0",
        "unknown-key 13:5 run",
        "yaml-syntax 14:13 @home",
        "missing-action 15:5 id",
    ]


def test_one_cause_is_one_diagnostic_behind_two_aliases():
    assert places(
        """
        - shell: a
          on_failure: &fix {claude: repair, comit: no}
        - shell: b
          on_failure: *fix
        """
    ) == ["unknown-key 2:37 comit"]


def test_an_older_map_lacks_its_items_and_nothing_else():
    assert places("mode: mapreduce\nmap: {agent_template: [x]}\nreduce: [y]\n") == [
        "deprecated-syntax 1:1 mode",
        "missing-key 2:1 map",
    ]


def test_a_handler_of_a_deprecated_test_is_one_of_two():
    found = places(
        """
        - test: {command: a, on_failure: {claude: b}}
          on_failure: {claude: c}
        """
    )
    assert found == ["deprecated-syntax 1:3 test", "duplicate-key 1:22 on_failure"]
    assert places("- test: {on_failure: {claude: b}}\n") == [
        "deprecated-syntax 1:3 test",
        "missing-key 1:3 test",
    ]


def test_options_of_an_older_analyze():
    assert places("- analyze: {max_cache_age: 300, save: true, format: summary}\n") == [
        "ignored-key 1:33 save",
        "ignored-key 1:45 format",
    ]
    assert "wrong-type 1:28 yes" in places("- analyze: {force_refresh: yes}\n")


def test_a_long_key_is_cut_in_messages():
    (diagnostic,) = diagnose("- {shell: x, " + "k" * 100 + ": 1}")
    assert len(diagnostic.message) < 80


# --- fixes ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {shell: x, commit_required: yes}", "- {shell: x, commit_required: true}"),
        ("- {shell: x, tiemout: 5}", "- {shell: x, timeout: 5}"),
        ("- run: x", "- shell: x"),
        ("- {shell: x, ok_exit_codes: 5}", "- {shell: x, ok_exit_codes: [5]}"),
        ("- {name: x, args: --fix}", "- {name: x, args: [--fix]}"),
        ("- shell: true", '- shell: "true"'),
        ("- {shell: x, id: a b}", "- {shell: x, id: a-b}"),
        ("- test: cargo test", "- shell: cargo test"),
        ("- test: {command: cargo test}", "- shell: cargo test"),
        (
            "- test:\n    command: cargo test\n    on_failure:\n      claude: x\n  id: t\n",
            "- shell: cargo test\n  on_failure:\n    claude: x\n  id: t\n",
        ),
        (
            "- test:\n    command: |\n      a\n\n      b\n    on_failure:\n      claude: x\n",
            "- shell: |\n    a\n\n    b\n  on_failure:\n    claude: x\n",
        ),
    ],
)
def test_fixes(text, expected):
    result = mended(text)
    assert result == expected
    parse(result)


# --- the table of keys ---


def test_every_key_of_the_table_has_a_meaning_and_is_known_to_the_parser():
    for place, rows in KEYS.items():
        for name, row in rows.items():
            assert (row.place, row.name) == (place, name)
            assert row.meaning
            assert not row.meaning.endswith(".")


def test_no_habit_is_a_key_of_ours():
    for place, habits in HABITS.items():
        for name, habit in habits.items():
            assert name not in KEYS[place]
            assert habit.key is None or habit.key in KEYS[place]


@pytest.mark.parametrize("name", sorted(set(KEYS["step"]) | set(KEYS["handler"])))
def test_no_key_of_the_table_is_unknown_where_it_belongs(name):
    text = f"- shell: x\n  on_failure:\n    claude: y\n    {name}: z\n"
    _, diagnostics = parse_playbook(source_of(text))
    assert "unknown-key" not in {diagnostic.rule for diagnostic in diagnostics}
