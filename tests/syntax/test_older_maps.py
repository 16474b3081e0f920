"""The older dialect ``mode: mapreduce``: read as ``map:`` and ``reduce:`` of today, every place as in the text."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.syntax.nodes import CommandItems, FileItems, ListedItems, templates_of, walk
from mmm_lang.syntax.older_filters import Refused, rewritten_filter, rewritten_sort
from mmm_lang.syntax.parser import parse_playbook
from tests.syntax.places import place_of, source_of

WHOLE = """
name: Debt
mode: mapreduce
env: {LANES: "4", DIR: .work, PROJECT: Tern}
setup:
  commands:
    - shell: "mkdir -p $DIR"
map:
  input: debt.json
  json_path: "$.items[*]"
  agent_template:
    commands:
      - claude: "/fix ${item.tags[0]} --of ${item_total} --in $PROJECT"
  max_parallel: ${LANES}
  timeout_per_agent: 600s
  filter: "score.final >= 5 && kind in ['lint', 'test']"
  sort_by: "score.final DESC, name"
  max_items: "10"
reduce:
  - shell: "echo ${map.successful} ${map.results_json}"
merge:
  commands:
    - shell: make
error_policy: {on_item_failure: stop, continue_on_failure: true}
"""


def read(text):
    return parse_playbook(source_of(text))


def of_map(rows, rest=""):
    """A playbook of the dialect with these lines in its map."""
    lines = "".join(f"  {row}\n" for row in rows.split("\n"))
    return f"mode: mapreduce\nmap:\n{lines}  max_parallel: 2\n  agent_template: [{{shell: make}}]\n{rest}"


def found(text):
    return [place_of(one) for one in read(text)[1] if one.rule != "deprecated-syntax"]


def advice(text):
    return " ".join(line for one in read(text)[1] for line in one.help)


# --- what it is read as ---


def test_one_warning_and_the_map_of_today():
    playbook, diagnostics = read(WHOLE)
    assert [place_of(one) for one in diagnostics] == ["deprecated-syntax 2:1 mode"]
    assert "mmm fmt --upgrade" in diagnostics[0].help[0]
    the_map = playbook.map
    assert isinstance(the_map.over, FileItems)
    assert (the_map.over.path.value, the_map.over.json.value) == ("debt.json", "$.items[*]")
    assert the_map.filter.raw == "${item.score.final} >= 5 && ${item.kind} in ['lint', 'test']"
    assert [(key.path, key.descending) for key in the_map.sort_by] == [
        (("score", "final"), True),
        (("name",), False),
    ]
    assert (the_map.max_items.value, the_map.parallel.value, the_map.fail_fast.value) == (10, 4, True)
    assert the_map.limits.duration.value == 600
    assert [step.action.script.raw for step in the_map.setup] == ["mkdir -p $DIR"]
    assert [step.action.prompt.raw for step in playbook.steps] == [
        "/fix ${item.tags.0} --of ${TOTAL} --in $PROJECT"
    ]
    assert [step.action.script.raw for step in playbook.reduce] == ["echo ${map.succeeded} ${map.results}"]
    assert [step.action.script.raw for step in playbook.merge] == ["make"]
    assert [(one.name.value, one.default.value) for one in playbook.inputs] == [("PROJECT", "Tern")]
    assert [one.name.value for one in playbook.env] == ["LANES", "DIR"]


def test_every_reference_stands_where_it_was_written():
    source = source_of(WHOLE)
    playbook, _ = parse_playbook(source)
    written = []
    for step in walk((*playbook.map.setup, *playbook.steps, *playbook.reduce)):
        for template in templates_of(step):
            written += [source.slice(hole.span) for hole in template.holes]
    assert written == [
        "$DIR", "${item.tags[0]}", "${item_total}", "$PROJECT", "${map.successful}", "${map.results_json}",
    ]  # fmt: skip
    assert [source.slice(hole.span) for hole in playbook.map.filter.holes] == ["score.final", "kind"]
    names = [source.slice(name.span) for hole in playbook.map.filter.holes for name in hole.names]
    assert names == ["", "score", "final", "", "kind"]


def test_a_map_without_a_mode_is_one_by_its_steps():
    playbook, diagnostics = read("map:\n  input: ls\n  max_parallel: 1\n  agent_template: [{shell: make}]\n")
    assert [place_of(one) for one in diagnostics] == ["deprecated-syntax 1:1 map"]
    assert isinstance(playbook.map.over, CommandItems)


def test_without_lanes_a_sentence_says_that_they_were_ten():
    _, diagnostics = read("mode: mapreduce\nmap: {input: ls, agent_template: [{shell: make}]}\n")
    assert "`parallel: 10`" in diagnostics[0].help[1]


@pytest.mark.parametrize(
    ("rows", "kind", "value", "json"),
    [
        ("input: a/b.json", FileItems, "a/b.json", "$[*]"),
        ("input: a.json\njson_path: ''", FileItems, "a.json", "$[*]"),
        ("input: a.json\njson_path: $.b", FileItems, "a.json", "$.b"),
        ("input: files.txt", FileItems, "files.txt", None),
        ("input: find . -name '*.rs' | head", CommandItems, "find . -name '*.rs' | head", None),
        ("input: jq . x.json\njson_path: $[*]", CommandItems, "jq . x.json", "$[*]"),
        ('input: "${DIR}/a.json"', CommandItems, 'cat "${DIR}/a.json"', "$[*]"),
    ],
)
def test_where_the_items_are(rows, kind, value, json):
    playbook, _ = read(of_map(rows))
    over = playbook.map.over
    assert isinstance(over, kind)
    assert (over.path.value if kind is FileItems else over.step.action.script.raw) == value
    assert (over.json.value if over.json else None) == json
    assert found(of_map(rows)) == []


def test_items_that_are_listed():
    playbook, _ = read(of_map("input: [a, b]"))
    assert isinstance(playbook.map.over, ListedItems)
    assert [one.value for one in playbook.map.over.values] == ['"a"', '"b"']


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("error_policy: {on_item_failure: dlq}", None),
        ("on_item_failure: stop", True),
        ("continue_on_failure: false", True),
        ("error_policy: {max_failures: 1}", True),
    ],
)
def test_what_a_failure_means(policy, expected):
    text = of_map("input: ls", policy)
    asked = read(text)[0].map.fail_fast
    assert (asked.value if asked else None) is expected
    assert found(text) == []


def test_secrets_are_names_of_the_environment():
    rows = (
        "env:\n  A: {secret: true, value: $FORGE}\n  B: x\n"
        "secrets:\n  C: {provider: env, key: OTHER}\n  SAME: ${env:SAME}\n"
    )
    playbook, diagnostics = read(of_map("input: ls", rows))
    assert [one.value for one in playbook.secrets] == ["OTHER", "SAME", "FORGE"]
    assert [(one.name.value, one.value.raw) for one in playbook.env] == [
        ("A", "${FORGE}"),
        ("B", "x"),
        ("C", "${OTHER}"),
    ]
    assert [one.rule for one in diagnostics] == ["deprecated-syntax"]


def test_what_is_wrong_with_a_secret_is_said_once():
    rows = "env: {A: {secret: true, value: s3cret-of-mine}}\nsecrets: {B: {provider: vault, key: b}}"
    assert found(of_map("input: ls", rows)) == [
        "invalid-value 6:32 s3cret-of-mine",
        "invalid-value 7:25 vault",
    ]


def test_a_variable_that_has_another_meaning_is_no_input():
    rows = "env: {FILE: a, NAME: b, OTHER: $HOME/c, SEEN: d}\ninputs: {NAME: x}\n"
    steps = '[{claude: "$FILE $NAME $SEEN"}, {shell: "echo $OTHER"}]'
    playbook, _ = read(
        f"mode: mapreduce\n{rows}map: {{input: ls, max_parallel: 1, agent_template: {steps}}}\n"
    )
    assert [one.name.value for one in playbook.env] == ["FILE", "NAME", "OTHER"]
    assert [(one.name.value, one.default.value) for one in playbook.inputs] == [("NAME", "x"), ("SEEN", "d")]


# --- what has no counterpart ---


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (of_map("input: ls\nretry_on_failure: 2"), "ignored-key 4:3 retry_on_failure", "mmm resume --failed"),
        (of_map("input: ls\noffset: 0"), "ignored-key 4:3 offset", "remove"),
        (of_map("input: ls", "error_policy: {max_failures: 3}"), "ignored-key 6:16 max_failures", "fail_fast"),
        (of_map("input: ls", "circuit_breaker: {timeout: 1}"), "ignored-key 6:1 circuit_breaker", "fail_fast"),
        (of_map("input: ls", "profiles: {dev: {A: b}}"), "ignored-key 6:1 profiles", "--set"),
        (of_map("input: ls", "setup: {commands: [{shell: a}], timeout: 3}"), "ignored-key 6:33 timeout", "timeout:"),
        (
            of_map("input: ls", "setup: {commands: [{shell: a}], capture_outputs: {n: 0}}"),
            "ignored-key 6:33 capture_outputs",
            "`id:`",
        ),
        (
            of_map("input: ls\ntimeout_config: {agent_timeout_secs: 5, timeout_policy: hybrid}"),
            "ignored-key 4:43 timeout_policy",
            "`timeout:`",
        ),
        (
            of_map("input: ls", 'merge: [{shell: a}, {claude: "/x-merge-worktree ${merge.source_branch}"}]'),
            "ignored-key 6:22 claude",
            "mmm merges",
        ),
        (of_map("input: ls\noffset: 3"), "unknown-key 4:3 offset", "jq"),
        (of_map("input: ls\ndistinct: item.id"), "unknown-key 4:3 distinct", "unique_by"),
        (
            of_map('input: ls\nfilter: "contains(path, \'a/\')"'),
            "condition-syntax 4:12 contains(path, 'a/')",
            "matches /a\\//",
        ),
        (of_map('input: ls\nfilter: "a == null"'), "condition-syntax 4:17 null", '== ""'),
        (of_map('input: ls\nfilter: "a == b.c"'), "condition-syntax 4:17 b.c", "${item.b.c}"),
        (of_map('input: ls\nfilter: "!a == 1 && b"'), "condition-syntax 4:12 !", "parentheses"),
        (of_map('input: ls\nfilter: "a ~ 1"'), "condition-syntax 4:14 ~", "${item.score} >= 5"),
        (of_map('input: ls\nsort_by: "a, b NULLS FIRST"'), "invalid-value 4:16 b NULLS FIRST", "-item.priority"),
        (of_map("input: ls", "error_policy: {on_item_failure: my-own}"), "invalid-value 6:33 my-own", "on_failure"),
        (of_map("input: ls", "secrets: {A: {provider: vault, key: b}}"), "invalid-value 6:25 vault", "secrets: [A]"),
        (
            of_map("input: ls", "env: {A: {secret: true, value: s3cret-of-mine}}"),
            "invalid-value 6:32 s3cret-of-mine",
            "secrets: [A]",
        ),
        (of_map("input: ls", "steps: [{shell: a}]"), "misplaced-key 6:1 steps", "setup:"),
        ("mode: mapreduce\nmap: {input: ls}\n", "missing-key 2:1 map", "steps:"),
        ("mode: mapreduce\nsteps: [{shell: a}]\n", "missing-key 1:1 mode", "remove `mode`"),
        (of_map("json_path: $.a"), "unknown-key 3:3 json_path", "over:"),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)  # fmt: skip
def test_what_cannot_be_said_today(text, place, said):
    assert place in found(text)
    assert said in advice(text)


def test_the_other_modes_have_no_effect():
    assert found("mode: sequential\nsteps: [{shell: a}]\n") == ["ignored-key 1:1 mode"]


# --- filters and sort keys ---


@pytest.mark.parametrize(
    ("older", "today"),
    [
        ("score >= 5", "${item.score} >= 5"),
        ("item.score >= 5.5", "${item.score} >= 5.5"),
        ("item == 'a'", "${item} == 'a'"),
        ("severity = high", '${item.severity} == "high"'),
        ("a.b.c != 'x$y\\z'", "${item.a.b.c} != 'x\\$y\\\\z'"),
        ("a == 1 AND b == 2 or c", "${item.a} == 1 && ${item.b} == 2 || ${item.c}"),
        ("tags[0].name in [a, 'b', 3]", "${item.tags.0.name} in [\"a\", 'b', 3]"),
        ("!(a > 1)", "!(${item.a} > 1)"),
        ("path matches '^src/.*\\.rs$'", "${item.path} matches /^src\\/.*\\.rs$/"),
        ("ok == true", "${item.ok} == true"),
        ("${item.a} == 'b' && c", "${item.a} == 'b' && c"),
        ("true", "true"),
    ],
)
def test_filters(older, today):
    rewritten = rewritten_filter(older)
    assert rewritten.text == today
    assert len(rewritten.origins) == len(today) + 1
    assert rewritten.origins == sorted(rewritten.origins)
    assert rewritten.origins[-1] == len(older)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("starts_with(path, '/usr')", "`${item.path} matches /^\\/usr/`"),
        ("ends_with(path, '.rs')", "`${item.path} matches /\\.rs$/`"),
        ("matches(path, 'a|b')", "`${item.path} matches /a|b/`"),
        ("!is_null(x)", '`${item.x:-} == ""`'),
        ("is_not_null(item.x)", '`${item.x:-} != ""`'),
        ("length(tags) == 3", "jq"),
    ],
)
def test_functions_are_refused_with_what_to_write(call, said):
    refused = rewritten_filter(call)
    assert isinstance(refused, Refused)
    assert said in refused.advice


@pytest.mark.parametrize(
    ("older", "today"),
    [
        ("priority", ("item.priority",)),
        ("item.priority DESC", ("-item.priority",)),
        ("a asc, b[0].c Descending NULLS LAST,", ("item.a", "-item.b.0.c")),
        ("-item.a", ("-item.a",)),
    ],
)
def test_sort_keys(older, today):
    assert rewritten_sort(older) == today


# --- other older habits ---


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("- goal_seek: {goal: x, validate: y}", "unknown-key 1:3 goal_seek", "`shell:`, with `on_failure:"),
        ("- {claude: x, validate: {claude: y}}", "unknown-key 1:15 validate", "`shell:` step below"),
        ("- write_file: {path: a, content: b}", "unknown-key 1:3 write_file", "cat > FILE"),
        ("- {shell: x, capture: y, capture_format: json}", "unknown-key 1:26 capture_format", "${id.json}"),
        ("- {shell: x, auto_commit: true}", "unknown-key 1:14 auto_commit", "`commit: false`"),
        ("- {shell: x, retry: {attempts: 2, jitter: true}}", "unknown-key 1:35 jitter", "backoff"),
        ("{steps: [{shell: x}], profiles: {a: {}}}", "unknown-key 1:23 profiles", "--set"),
        ("{steps: [{shell: x}], error_policy: {}}", "unknown-key 1:23 error_policy", "mmm resume --failed"),
    ],
)
def test_keys_of_the_family_say_what_to_write(text, place, said):
    assert place in found(text)
    assert said in advice(text)


def test_a_branch_to_merge_is_not_for_the_playbook():
    source = source_of('- claude: "/x"\n- claude: "/merge-it ${merge.source_branch}"\n')
    (problem,) = [one for one in analyse(source).diagnostics if one.severity == "error"]
    assert place_of(problem) == "undefined-step 2:24 merge"
    assert "mmm merges a worktree itself" in problem.help[0]
