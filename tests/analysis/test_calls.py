"""Playbooks that call each other: what is found about the call, with places in both files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.callees import MOST_DEEP, MOST_STEPS, Callee
from mmm_lang.analysis.check import analyse
from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.render_full import render_full
from mmm_lang.diagnostics.render_json import as_json
from mmm_lang.diagnostics.render_sarif import render_sarif
from mmm_lang.source import Source
from tests.support.library import Shelf, checked

LEAF = """
    inputs:
      target: {type: path}
      level: {type: number, default: 1}
      names: {type: list, default: [a]}
      deep: {type: boolean, default: false}
      data: {type: json, default: {}}
    outputs:
      report: "${tests.output}"
      code: "${tests.exit_code}"
      both: "${tests.output} and ${inputs.level}"
    steps:
      - shell: echo "${inputs.target}" ${inputs.level} "${inputs.names}" "${inputs.deep}" "${inputs.data}"
        id: tests
"""


def call(inputs: str, after: str = "") -> dict[str, str]:
    """A playbook that calls the leaf with these inputs, and that leaf."""
    return {
        "main.yml": f"- {{id: leaf, playbook: lib/leaf.yml, inputs: {inputs}}}\n{after}",
        "lib/leaf.yml": LEAF,
    }


def said(texts: dict[str, str], path: str = "") -> list[tuple[str, str]]:
    return [(one.rule, one.message) for one in checked(texts, path).diagnostics]


def rules(texts: dict[str, str], path: str = "") -> list[str]:
    return [rule for rule, _ in said(texts, path)]


class TestInputs:
    def test_a_sound_call_is_silent(self):
        assert said(call("{target: src, level: 2, names: [a, b], deep: true, data: {a: [1]}}")) == []

    def test_a_required_input_is_missing(self):
        ((rule, message),) = said(call("{level: 2}"))
        assert (rule, message) == ("missing-input", "`lib/leaf.yml` needs its input `target`")

    def test_an_input_that_is_not_there(self):
        found = checked(call("{targets: src}")).diagnostics
        assert [one.rule for one in found] == ["unknown-input"], "what is missing was likely meant by it"
        (fix,) = (one.fix for one in found)
        assert fix.title == "replace with `target`"
        (other,) = found[0].secondary
        assert other.source.path == "lib/leaf.yml"
        assert other.source.slice(other.span) == "target"

    @pytest.mark.parametrize(
        ("value", "ok"),
        [
            ("level: 3", True),
            ('level: "-0.5e3"', True),
            ("level: high", False),
            ("level: [1]", False),
            ("level: '${first.exit_code}'", True),
            ("level: '${first.output}'", True),
            ("level: '${first.files}'", False),
            ("level: '${first.status}'", False),
            ("deep: yes", False),
            ("deep: 'true'", True),
            ("names: a", True),
            ("names: '[a'", False),
            ("names: '${first.files}'", True),
            ("names: '${first.exit_code}'", False),
            ("data: '{'", False),
            ("data: '[1, {}]'", True),
            ("data: {a: 1}", True),
            ("target: ''", False),
            ("target: '${first.files}'", False),
        ],
    )
    def test_the_type_of_a_value(self, value, ok):
        target = "" if value.startswith("target") else "target: src, "
        texts = {
            "main.yml": f"""
                - {{id: first, shell: make}}
                - playbook: lib/leaf.yml
                  inputs: {{{target}{value}}}
            """,
            "lib/leaf.yml": LEAF,
        }
        assert rules(texts) == ([] if ok else ["wrong-input"])

    def test_a_default_has_its_type_too(self):
        found = said(
            {"a.yml": 'inputs: {n: {type: number, default: x}}\nsteps: [{shell: "echo ${inputs.n}"}]'}
        )
        assert found == [("wrong-input", "the input `n` is a number, and `x` is none")]

    def test_references_in_inputs_are_the_callers(self):
        assert rules(call("{target: '${nobody.output}'}")) == ["undefined-step"]
        assert rules(call("{target: '${inputs.level}'}")) == ["undefined-input"]

    def test_the_session_knows_the_type_of_an_input_where_a_number_is_computed_with(self):
        text = "inputs: {n: {type: TYPE, default: '1'}}\nsteps: [{shell: 'echo $((${inputs.n} + 1))'}]"
        assert rules({"a.yml": text.replace("TYPE", "number")}) == []
        assert rules({"a.yml": text.replace("TYPE", "text")}) == ["text-in-arithmetic"]


class TestOutputs:
    def test_declared_ones_are_seen_by_the_caller(self):
        after = "- claude: '/fix ${leaf.outputs.report} ${leaf.both} ${leaf.status}'"
        assert said(call("{target: src}", after)) == []

    def test_nothing_else_is(self):
        for reference in (
            "leaf.outputs.reprot",
            "leaf.tests",
            "leaf.output",
            "tests.output",
            "leaf.outputs.report.x",
        ):
            found = rules(call("{target: src}", f"- claude: '/fix ${{{reference}}}'"))
            assert found in (["unknown-field"], ["undefined-step"]), reference

    def test_an_output_has_the_type_of_what_it_is(self):
        after = "- shell: 'echo $((${leaf.outputs.code})) $((${leaf.outputs.both}))'"
        ((rule, message),) = said(call("{target: src}", after))
        assert rule == "text-in-arithmetic"
        assert "both" in message

    def test_under_a_condition_they_may_be_unset(self):
        texts = call("{target: src}", "- claude: '/fix ${leaf.outputs.report}'")
        texts["main.yml"] = texts["main.yml"].replace("{id: leaf", "{when: $ITERATION == 1, id: leaf")
        assert rules(texts) == ["maybe-undefined"]

    def test_what_they_say_is_checked_where_it_is_written(self):
        text = 'outputs: {a: "${nobody.output}", b: "${last.output}"}\nsteps: [{shell: make}]'
        assert rules({"a.yml": text}) == ["undefined-step"]


class TestTheOtherFile:
    def test_that_is_missing(self):
        found = checked({"main.yml": "- playbook: lib/laef.yml", "lib/leaf.yml": LEAF}).diagnostics
        assert [one.rule for one in found] == ["missing-playbook"]

    def test_with_errors(self):
        texts = {
            "main.yml": "- playbook: b.yml",
            "b.yml": '- claude: "${a.x}"\n- claude: "${b.y}"\n- shell:\n- {}\n',
        }
        (found,) = checked(texts).diagnostics
        assert (found.rule, found.message) == (
            "playbook-with-errors",
            "the playbook that is called here has 4 errors",
        )
        assert len(found.secondary) == 3
        assert found.notes == ("1 error more in that file",)
        assert {label.source.path for label in found.secondary} == {"b.yml"}

    def test_whose_header_has_no_effect(self):
        texts = {
            "main.yml": "- playbook: b.yml",
            "b.yml": "max_iterations: 3\nuntil: {shell: make}\nsteps: [{shell: make}]",
        }
        (found,) = checked(texts).diagnostics
        assert (found.rule, found.severity) == ("ignored-in-call", "warning")
        assert [label.source.slice(label.span) for label in found.secondary] == ["max_iterations", "until"]

    def test_without_a_library_nothing_is_said(self):
        assert analyse(Source("a.yml", "- playbook: nowhere.yml")).diagnostics == ()

    def test_every_form_of_output_names_both_files(self):
        (found,) = checked(call("{targets: src}")).diagnostics
        assert " ::: lib/leaf.yml:3:" in render_full([found], PLAIN)
        labels = as_json(found)["labels"]
        assert [label.get("path") for label in labels] == [None, "lib/leaf.yml"]
        log = json.loads(render_sarif([found], (), str, "1"))
        (result,) = log["runs"][0]["results"]
        places = [one["physicalLocation"]["artifactLocation"]["uri"] for one in result["relatedLocations"]]
        assert places == ["lib/leaf.yml"]


class TestCycles:
    def test_of_one(self):
        assert said({"a.yml": "- playbook: ./a.yml"}) == [
            ("recursive-playbook", "this playbook calls itself")
        ]

    def test_of_three_with_the_whole_way(self):
        texts = {
            "a.yml": "- playbook: x/b.yml",
            "x/b.yml": "- playbook: c.yml",
            "x/c.yml": "- playbook: ../a.yml",
        }
        (found,) = checked(texts).diagnostics
        assert found.message == "this playbook leads back to itself, by way of 2 others"
        places = [(label.source.path, label.source.slice(label.span)) for label in found.secondary]
        assert places == [("x/b.yml", "c.yml"), ("x/c.yml", "../a.yml")]

    def test_that_this_file_is_no_part_of(self):
        texts = {"a.yml": "- playbook: b.yml", "b.yml": "- playbook: c.yml", "c.yml": "- playbook: b.yml"}
        assert rules(texts) == ["playbook-with-errors"]
        assert rules(texts, "b.yml") == ["recursive-playbook"]

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
    def test_a_file_is_sound_just_where_no_way_leads_round(self, calls):
        files = {number: [to for source, to in calls if source == number] for number in range(6)}
        texts = {
            f"{number}.yml": "\n".join(["- shell: make", *(f"- playbook: {to}.yml" for to in called)])
            for number, called in files.items()
        }
        for number in files:
            seen: set[int] = set()
            waiting = [number]
            while waiting:
                one = waiting.pop()
                if one not in seen:
                    seen.add(one)
                    waiting += files[one]
            cyclic = any(_leads_back(files, one) for one in seen)
            analysis = checked(texts, f"{number}.yml")
            assert analysis.ok is not cyclic
            assert ("recursive-playbook" in {one.rule for one in analysis.diagnostics}) is _leads_back(
                files, number
            )


def _leads_back(files: dict[int, list[int]], start: int) -> bool:
    seen: set[int] = set()
    waiting = [*files[start]]
    while waiting:
        one = waiting.pop()
        if one == start:
            return True
        if one not in seen:
            seen.add(one)
            waiting += files[one]
    return False


class TestBounds:
    @pytest.mark.parametrize(("files", "ok"), [(MOST_DEEP, True), (MOST_DEEP + 1, False)])
    def test_so_many_files_deep(self, files, ok):
        texts = {f"{number}.yml": f"- playbook: {number + 1}.yml" for number in range(files - 1)}
        texts[f"{files - 1}.yml"] = "- shell: make"
        assert rules(texts) == ([] if ok else ["too-many-calls"])

    def test_a_chain_without_end_is_not_read_to_its_end(self):
        class Endless(Shelf):
            def find(self, caller, written):
                number = int(written.partition(".")[0])
                self.sources[written] = Source(written, f"- playbook: {number + 1}.yml")
                return super().find(caller, written)

        shelf = Endless({"0.yml": "- playbook: 1.yml"})
        found = analyse(shelf.sources["0.yml"], library=shelf).diagnostics
        assert [one.rule for one in found] == ["too-many-calls"]
        assert len(shelf.sources) < 250

    def test_calls_that_multiply_are_refused_before_anything_is_made_of_them(self):
        texts = {f"{n}.yml": "\n".join([f"- playbook: {n + 1}.yml"] * 30) for n in range(5)}
        texts["5.yml"] = "- shell: make"
        assert rules(texts)[0] == "too-many-calls"
        assert MOST_STEPS < 30**5

    def test_a_file_that_many_call_is_judged_once(self):
        texts = {
            "a.yml": "- playbook: b.yml\n- playbook: c.yml",
            "b.yml": "- playbook: c.yml",
            "c.yml": "- shell: x",
        }
        analysis = checked(texts)
        first, second = analysis.facts.calls.values()
        assert isinstance(first, Callee)
        assert isinstance(second, Callee)
        (inner,) = first.analysis.facts.calls.values()
        assert isinstance(inner, Callee)
        assert inner.analysis is second.analysis


class TestWhatACallMayDo:
    def test_a_wrong_output_is_told_with_those_there_are(self):
        found = checked(call("{target: src}", "- claude: '/fix ${leaf.outputs.reprot}'")).diagnostics
        assert found[0].help == ("replace with `report`",)
        found = checked(call("{target: src}", "- claude: '/fix ${leaf.outputs.verdict}'")).diagnostics
        assert found[0].help == ("declare `verdict` under `outputs:` at the top of `lib/leaf.yml`",)

    def test_it_may_capture_an_output_or_make_a_spec(self):
        after = "- claude: 'look at $CAPTURED_OUTPUT'\n- claude: /mmm-implement-spec"
        assert said(call("{target: src}", after)) == []

    def test_a_call_in_another_part_is_told_once(self):
        texts = {"a.yml": "steps: [{shell: make}]\nmerge: [{playbook: nowhere.yml}]"}
        assert rules(texts) == ["missing-playbook"]


def test_only_an_input_of_json_has_something_inside():
    text = 'inputs: {cfg: {type: json}, word: {}}\nsteps: [{claude: "${inputs.cfg.a.0} ${inputs.word.a}"}]'
    assert said({"main.yml": text}) == [("undefined-input", "no input named `word.a` is declared")]


def test_a_path_with_a_reference_in_it_is_none():
    texts = {"main.yml": '- playbook: "lib/${inputs.name}.yml"\n'}
    [found] = [one for one in checked(texts).diagnostics if one.rule == "missing-playbook"]
    assert found.help[0].startswith("the path is a fixed text")


@pytest.mark.parametrize(
    ("given", "called"), [('""', "an empty text"), ('"a\\nb"', "a text of several lines")]
)
def test_a_value_that_cannot_be_shown_has_words(given, called):
    assert said(call(f"{{target: {given}}}")) == [
        ("wrong-input", f"the input `target` is a path, and {called} is none")
    ]


def test_an_output_of_the_header_hides_a_field_of_the_call():
    text = 'outputs: {status: "${a.output}", output: "${a.output}"}\nsteps: [{shell: ls, id: a}]'
    assert said({"main.yml": text}) == [
        ("shadowed-field", "output `status` hides the field `status` of a step that calls this playbook")
    ]


class TestLimits:
    def test_calls_of_the_other_file_count(self):
        texts = {
            "main.yml": "limits: {agent_calls: 1}\nsteps: [{playbook: other.yml}]\n",
            "other.yml": "[{claude: a}, {claude: b}, {claude: c, when: $ITERATION == 1}]\n",
        }
        assert rules(texts) == ["limit-too-low"]
        assert rules({**texts, "other.yml": "[{claude: a}, {claude: c, when: $ITERATION == 1}]\n"}) == []
        assert rules({"main.yml": texts["main.yml"].replace("1", "2"), "other.yml": texts["other.yml"]}) == []
