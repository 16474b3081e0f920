"""The SARIF log: valid against the schema of OASIS, and complete."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from hypothesis import given

from mmm_lang.analysis.registry import RulePage, all_rules
from mmm_lang.diagnostics import Edit, Fix
from mmm_lang.diagnostics.model import Label
from mmm_lang.diagnostics.ordering import in_order
from mmm_lang.diagnostics.render_sarif import render_sarif
from mmm_lang.source import Source
from tests.diagnostics.test_render_full import findings
from tests.diagnostics.writing import finding, label, through

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
"""The official one, of https://github.com/oasis-tcs/sarif-spec."""

VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
SOURCE = Source("a b.yml", "- shell: a\n- claude: 日${x.y}\n")
RULE = RulePage("some-rule", "error", "Title.\n\n## What it does\nReports\nthings.\n\n## Why\nSo.\n")


def run(*diagnostics, rules=(RULE,), **rest):
    text = render_sarif(diagnostics, rules, lambda path: path, "1.2.3", **rest)
    assert text.isascii()
    log = json.loads(text)
    VALIDATOR.validate(log)
    (only,) = log["runs"]
    return only


def result(*diagnostics):
    (only,) = run(*diagnostics)["results"]
    return only


def region(location):
    place = location["physicalLocation"]["region"]
    return tuple(place[name] for name in ("startLine", "startColumn", "endLine", "endColumn"))


def test_the_schema_can_say_no():
    assert not VALIDATOR.is_valid({"version": "2.1.0", "runs": [{"tool": {}}]})


def test_every_rule_is_listed():
    rules = all_rules()
    listed = run(rules=rules)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in listed] == [rule.name for rule in rules]
    assert all(rule["fullDescription"]["text"] for rule in listed)


def test_what_a_rule_is():
    (rule,) = run()["tool"]["driver"]["rules"]
    assert rule["name"] == "SomeRule"
    assert rule["shortDescription"]["text"] == "Title."
    assert rule["fullDescription"]["text"] == "Reports things."
    assert rule["defaultConfiguration"] == {"level": "error", "enabled": True}
    assert rule["properties"]["tags"] == ["default"]
    assert "security-severity" not in rule["properties"]


def test_a_rule_about_security_has_a_score():
    (rule,) = run(rules=[RulePage("a-b", "note", "T.\n", "audit", tags=("security",))])["tool"]["driver"][
        "rules"
    ]
    assert rule["properties"]["security-severity"] == "3.0"
    assert rule["defaultConfiguration"]["enabled"] is False


def test_places_count_code_points():
    found = result(finding(SOURCE, label(SOURCE, "x.y"), through(SOURCE, "shell", "claude", "both")))
    assert found["ruleIndex"] == 0
    assert region(found["locations"][0]) == (2, 14, 2, 17)
    artifact = found["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "a%20b.yml", "uriBaseId": "%SRCROOT%"}
    (related,) = found["relatedLocations"]
    assert (region(related), related["message"]["text"], related["id"]) == ((1, 3, 2, 9), "both", 1)


def test_advice_follows_the_message():
    found = result(finding(SOURCE, label(SOURCE, "x"), help=("do this",), notes=("so it is",)))
    assert found["message"]["text"] == "something is wrong\nhelp: do this\nnote: so it is"


def test_a_label_elsewhere_names_its_file():
    other = Source("/tmp/other.yml", "abc")
    found = result(finding(SOURCE, label(SOURCE, "x"), Label(label(other, "b").span, "here", other)))
    artifact = found["relatedLocations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///tmp/other.yml"}


def test_a_fix():
    fix = Fix("write `z`", "unsafe", (Edit(label(SOURCE, "x.y").span, "z"),))
    (one,) = result(finding(SOURCE, label(SOURCE, "x"), fix=fix))["fixes"]
    (change,) = one["artifactChanges"]
    (replacement,) = change["replacements"]
    assert one["properties"] == {"applicability": "unsafe"}
    assert replacement["insertedContent"] == {"text": "z"}
    assert (replacement["deletedRegion"]["charOffset"], replacement["deletedRegion"]["charLength"]) == (24, 3)


def test_a_flow():
    flow = (label(SOURCE, "shell", "from here"), label(SOURCE, "x.y", "to here"))
    (code_flow,) = result(finding(SOURCE, label(SOURCE, "x.y"), flow=flow))["codeFlows"]
    (thread,) = code_flow["threadFlows"]
    steps = [step["location"] for step in thread["locations"]]
    assert [step["message"]["text"] for step in steps] == ["from here", "to here"]
    assert [region(step)[0] for step in steps] == [1, 2]


def test_suppressions_say_by_whom():
    by = {
        kind: result(finding(SOURCE, label(SOURCE, "x"), suppressed=kind, justification=why))["suppressions"]
        for kind, why in (("comment", "known"), ("config", ""), ("baseline", ""))
    }
    assert [(one[0]["kind"], one[0]["justification"]) for one in by.values()] == [
        ("inSource", "known"),
        ("external", "by the config"),
        ("external", "by the baseline"),
    ]
    assert result(finding(SOURCE, label(SOURCE, "x")))["suppressions"] == []


def test_fingerprints_outlive_moved_lines():
    moved = Source(SOURCE.path, f"# a comment\n\n{SOURCE.text}")
    before, after = (
        result(finding(source, label(source, "x.y")))["partialFingerprints"] for source in (SOURCE, moved)
    )
    assert before == after


def test_same_places_differ_by_their_number():
    source = Source("a.yml", "x\nx\n")
    found = run(finding(source, label(source, "x")), finding(source, label(source, "x", nth=1)))["results"]
    assert len({one["partialFingerprints"]["mmm/v1"] for one in found}) == 2


def test_what_was_not_checked_is_said():
    (invocation,) = run(failures=["no file"], skipped=["no shellcheck"])["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]] == [
        ("error", "no file"),
        ("note", "no shellcheck"),
    ]


@given(findings())
def test_any_diagnostics_make_a_valid_log(diagnostics):
    assert len(run(*diagnostics)["results"]) == len(in_order(diagnostics))
