"""Hover: what a word means."""

from __future__ import annotations

import pytest

from mmm_lang.editor.hover import hover
from mmm_lang.syntax.keys import KEYS
from tests.editor.cursor import Listed, at_cursor

PAGES = [
    ("- cla‸ude: x", ["**`claude`** in a step: a prompt or slash command", "text with references"]),
    ("- claude: x\n  on_failure: {max‸_attempts: 3}", ["in a handler", "at least 1"]),
    ("- claude: x\n  model‸: a", ["model for the agent", "on steps with `claude` or `name`"]),
    ("on_den‸ied: fail\nsteps: [{claude: x}]", ["`fail`, `warn`"]),
    ("- para‸llel: x", ["this version of mmm cannot run it"]),
    ("con‸fig: x", ["without effect: write `max_iterations`"]),
    ("inputs:\n  a: {def‸ault: b}\nsteps: [{claude: x}]", ["in an entry of `inputs`"]),
    ("- shell: x\n  on_exit_code:\n    3: {fail_work‸flow: true}", ["whether the session fails"]),
    (
        "- shell: make\n  id: b‸\n- claude: ${b.output} ${b.files}\n- claude: ${b.output}",
        ["step `b`, shell step in line 1: `make`", "used 3 times: lines 3, 4", "`exit_code`"],
    ),
    ("- steps: [{claude: x}]\n  id: g‸", ["group of 1 step", "not used", "`status`"]),
    (
        "- shell: make\n  id: b\n- claude: ${b.exit‸_code}",
        ["**`exit_code`**", "step `b`, shell step", "type: a number"],
    ),
    (
        "- shell: make\n  id: b\n- claude: ${b.sta‸tus}",
        ["type: one of a few words: `succeeded`, `failed`, `skipped`"],
    ),
    (
        "- shell: make\n- claude: ${la‸st.output:-none}",
        ["`last` here: the step just before", "default: `none`"],
    ),
    (
        "- shell: x\n  id: b\n  outputs: {score: {json: $.a}}\n- claude: ${b.sc‸ore}",
        ["output of the step, found by `json: $.a`"],
    ),
    ("- claude: $ITER‸ATION", ["the number of this iteration, from 1", "type: a number"]),
    (
        "inputs:\n  target: {default: src, description: folder to cover}\nsteps:\n  - claude: ${inputs.tar‸get}",
        ["input: folder to cover", "default: `src`"],
    ),
    ("inputs:\n  tar‸get: {}\nsteps:\n  - claude: $target", ["required", "used once: line 4"]),
    ("- shell: x\n  env: {A: $HO‸ME}", ["from the environment"]),
    ("- shell: make\n- claude: ${last.output | hea‸d(3)}", ["the first lines"]),
    ("- claude: /mmm-li‸nt --fix", ["**`/mmm-lint`** `[file]`", "keeps it clean", "/repo/mmm-lint.md"]),
    ("commands: [mmm-li‸nt]", ["keeps it clean"]),
    ("- claude: x # mmm: ignore[undefined-st‸ep] why", ["**undefined-step** (error)", "## What it does"]),
]


@pytest.mark.parametrize(("text", "parts"), PAGES, ids=[page[0] for page in PAGES])
def test_hover(text, parts):
    document, offset = at_cursor(text, Listed.of("mmm-lint", description="keeps it clean", hint="[file]"))
    found = hover(document, offset)
    assert found is not None
    for part in parts:
        assert part in found.markdown
    assert found.span.start <= offset <= found.span.end


@pytest.mark.parametrize(
    "text",
    [
        "- claude: plain ‸text",
        "- shell: make ${CI‸:-1}",
        "- claude: /unkn‸own",
        "nonsen‸se: 1",
        "‸",
        "# te‸xt",
    ],
)
def test_nothing_to_say(text):
    document, offset = at_cursor(text)
    assert hover(document, offset) is None


@pytest.mark.parametrize("row", KEYS["header"].values(), ids=lambda row: row.name)
def test_every_key_of_the_table_has_a_page(row):
    document, offset = at_cursor(f"other: 1\n‸{row.name}: 1\n")
    found = hover(document, offset)
    assert found is not None
    assert row.meaning in found.markdown
