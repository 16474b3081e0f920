"""The older dialect ``mode: mapreduce``: what an upgrade writes, and that it means the same."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from mmm_lang.analysis.check import analyse
from mmm_lang.formatting.playbook import format_playbook
from mmm_lang.formatting.upgrade import upgrade_playbook
from mmm_lang.plan.lowering import lower, lower_merge, lower_opening, lower_reduce
from mmm_lang.plan.serial import plan_to_json
from mmm_lang.source import Source
from tests.formatting.older_maps import older_maps, wild_older_maps
from tests.formatting.plans import spelled

OLDER = sorted((Path(__file__).parent / "mapreduce").glob("*.yml"))
LAW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def source_of(text):
    return Source("playbook.yml", text)


def plans(source):
    """All that is compiled from a playbook, without lines and places."""
    analysis = analyse(source)
    errors = [(one.rule, one.message) for one in analysis.diagnostics if one.severity == "error"]
    assert errors == []
    found = []
    for plan in (lower(analysis), lower_opening(analysis), lower_reduce(analysis), lower_merge(analysis)):
        found.append(None if plan is None else plan_to_json(plan))
        for node in found[-1]["nodes"] if found[-1] else ():
            node["node"].pop("line", None)
    return spelled(json.dumps(found, indent=1, sort_keys=True))


@LAW
@given(older_maps())
def test_an_upgrade_means_the_same(case):
    _, text, comments = case
    before = plans(source_of(text))
    assert plans(format_playbook(source_of(text))) == before
    once = upgrade_playbook(source_of(text))
    assert plans(once.source) == before
    assert upgrade_playbook(once.source).source.text == once.source.text
    assert all(once.source.text.count(comment) == 1 for comment in comments)


@pytest.mark.parametrize("path", OLDER, ids=lambda path: path.stem)
def test_playbooks_as_they_were_written(path):
    source = Source(path.name, path.read_text(encoding="utf-8"))
    before = plans(source)
    once = upgrade_playbook(source)
    assert plans(once.source) == before
    assert upgrade_playbook(once.source).source.text == once.source.text
    comments = [line.partition("#")[2] for line in source.text.splitlines() if "# " in line]
    assert all(once.source.text.count(f"#{comment}") == 1 for comment in comments)
    left = {one.rule for one in analyse(once.source).diagnostics}
    assert not left & {"deprecated-syntax", "ignored-key"}


def upgraded(text):
    """The text, and the remarks as ``line: text``."""
    found = upgrade_playbook(source_of(textwrap.dedent(text)))
    return found.source.text, [f"{remark.line}: {remark.text}" for remark in found.remarks]


def test_what_is_written_and_what_is_said():
    text, remarks = upgraded(
        """\
        # debt, item by item
        name: Debt
        mode: mapreduce
        env:
          # who it is
          PROJECT: Tern
          DIR: work

        # once
        setup:
          commands:
            - shell: "scan > $DIR/debt.json" # slow
          timeout: 600

        map:
          # from the scan
          input: "${DIR}/debt.json"
          json_path: "$.items[*]" # all of them

          # for each
          agent_template:
            commands:
              # repair
              - claude: "/mmm-debug '${item}' --in $PROJECT"
          timeout_per_agent: 600s # ten minutes
          filter: "score >= 5"

        reduce:
          - shell: |
              echo ${map.successful}
        error_policy:
          on_item_failure: stop
          error_collection: aggregate # all at once
        """
    )
    assert text == textwrap.dedent(
        """\
        # debt, item by item
        name: Debt
        inputs:
          # who it is
          PROJECT: Tern

        env:
          DIR: work

        map:
          # from the scan
          over:
            shell: 'cat "${DIR}/debt.json"'
            json: "$.items[*]" # all of them

          limits: {duration: 600s} # ten minutes
          filter: "${item.score} >= 5"
          fail_fast: true
          # once
          setup:
            - shell: "scan > $DIR/debt.json" # slow

        # for each
        steps:
          # repair
          - claude: "/mmm-debug '${item}' --in $PROJECT"

        reduce:
          - shell: |
              echo ${map.succeeded}
        # all at once
        """
    )
    assert remarks == [
        "3: `mode: mapreduce` is gone: `map:`, `steps:` and `reduce:` say it",
        "6: `PROJECT` is an input now: prompts name it, and `--set` can give it",
        "10: `setup: {commands: …}` is `setup: …` now",
        "13: `timeout: 600` had no effect; it is gone",
        '17: `input: "${DIR}/debt.json"` is `over: {shell: …}` now',
        "21: `agent_template: {commands: …}` is `agent_template: …` now",
        "25: `timeout_per_agent: 600s` is `limits: {duration: 600s}` now",
        '26: `filter: "score >= 5"` is `filter: "${item.score} >= 5"` now',
        "30: `map.successful` is `map.succeeded` now",
        "31: `error_policy: {on_item_failure: stop, error_collection: agg…` is gone",
        "32: `on_item_failure` is `fail_fast: true` in `map:` now",
        "33: `error_policy.error_collection: aggregate` had no effect; it is gone",
    ]


def test_in_brackets():
    text, _ = upgraded(
        '{"mode": "mapreduce", "setup": [{"shell": "ls"}], "map": {"input": "a.json", "json_path": "$.a", '
        '"agent_template": [{"shell": "wc ${item.b}"}], "max_parallel": 3}, "reduce": {"commands": [{"shell": "ls"}]}}\n'
    )
    assert yaml.safe_load(text) == {
        "map": {"over": {"file": "a.json", "json": "$.a"}, "parallel": 3, "setup": [{"shell": "ls"}]},
        "steps": [{"shell": "wc ${item.b}"}],
        "reduce": [{"shell": "ls"}],
    }


def test_the_step_that_merged_goes():
    head = "mode: mapreduce\nmap:\n  input: ls\n  agent_template: [{shell: a}]\n"
    text, remarks = upgraded(
        f"{head}merge:\n  - shell: make # build\n"
        "  - claude: |-\n      /x-merge-worktree ${merge.source_branch}\n    # done\n"
    )
    assert text.endswith("merge:\n  - shell: make # build\n    # done\n")
    assert [one for one in remarks if "merges the worktree itself" in one]
    text, _ = upgraded(
        "mode: mapreduce\nmap:\n  input: ls\n  agent_template: [{shell: a}]\n"
        'merge:\n  - claude: "/merge-worktree ${merge.source_branch}"\n'
    )
    assert "merge" not in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("filter: contains(a, 'b')", "`${item.a} matches /b/`"),
        ("offset: 3", "jq"),
        ("sort_by: a NULLS FIRST", "-item.priority"),
    ],
)
def test_what_cannot_be_said_leaves_all_as_it_is(line, said):
    before = f"mode: mapreduce\nmap:\n  input: ls\n  max_parallel: 2\n  {line}\n  agent_template:\n    - shell: a\n"
    text, remarks = upgraded(before)
    assert text == before
    assert [remark.partition(":")[0] for remark in remarks] == ["5"]
    assert said in remarks[0]


def test_what_aliases_lead_to_is_not_moved():
    before = "mode: mapreduce\nmap:\n  input: ls\n  agent_template: &steps\n    - shell: a\nreduce: *steps\n"
    text, remarks = upgraded(before)
    assert "mode: mapreduce" in text
    assert plans(source_of(text)) == plans(source_of(before))
    assert "1: `mode: mapreduce` stays" in remarks[0]


def test_lines_end_as_they_did():
    before = "mode: mapreduce\r\nmap:\r\n  input: ls\r\n  agent_template:\r\n    - shell: a"
    text, _ = upgraded(before)
    assert text == "map:\r\n  over:\r\n    shell: ls\r\n\r\nsteps:\r\n  - shell: a\r\n"


@LAW
@given(wild_older_maps())
def test_whatever_stands_there_nothing_raises_and_twice_is_once(text):
    source = source_of(text)
    for one in analyse(source).diagnostics:
        assert one.primary.span.end <= len(source.text)
    once = upgrade_playbook(source).source
    assert upgrade_playbook(once).source.text == once.text
    assert analyse(once).ok == analyse(source).ok
