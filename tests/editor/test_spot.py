"""Where a cursor stands, told by indentation alone: the text need not be YAML."""

from __future__ import annotations

from textwrap import dedent

import pytest

from mmm_lang.editor.spot import spot_at
from mmm_lang.source import Source
from tests.editor.cursor import CURSOR

SPOTS = [
    ("‸", "key", "playbook", ""),
    ("na‸\nsteps:\n- claude: x", "key", "playbook", ""),
    ("steps:\n  - claude: x\n    ‸", "key", "step", ""),
    ("steps:\n  - cla‸", "key", "step", ""),
    ("steps:\n- cla‸", "key", "step", ""),
    ("steps:\n  ‸", "key", "steps", ""),
    ("steps:\n  - steps:\n    - claude: x\n      ‸\n  - shell: z", "key", "step", ""),
    ("- - cl‸", "key", "", ""),
    ("- claude: x\n  on_failure:\n    ‸\n    max_attempts: 3", "key", "handler", ""),
    ("- claude: x\n  on_failure:\n    - sh‸ell: y", "key", "step", ""),
    ("- claude: x\n  on_success:\n    ‸", "key", "step", ""),
    ("- shell: x\n  on_exit_code:\n    ‸", "key", "exit-handlers", ""),
    ("- shell: x\n  on_exit_code:\n    101:\n      cl‸", "key", "handler", ""),
    ("- {claude: x, ‸", "key", "step", ""),
    ("- claude: x\n  on_failure: {max_attempts: 3, fa‸}", "key", "handler", ""),
    ('- claude: x\n  on_failure: {steps: [{claude: "a}", ‸', "key", "step", ""),
    ("- claude: x\n  on_failure: {max_attempts: 3}\n  ‸", "key", "step", ""),
    ("inputs:\n  a:\n    de‸", "key", "input", ""),
    ("limits:\n  ‸", "key", "limits", ""),
    ("- test:\n    command: x\n    ‸", "key", "test", ""),
    ("# on\n\n- claude: x  # a: b\n\n  ‸", "key", "step", ""),
    ("- claude: /x ${a‸", "value", "step", "claude"),
    ("- name: x\n  args:\n    - ${‸", "value", "step", "args"),
    ("- name: x\n  args: [a, ‸", "value", "step", "args"),
    ("- name: x\n  args:\n  - ${‸", "value", "step", "args"),
    ("env:\n  A: ${‸", "value", "env", "A"),
    ("- claude: x\n  env: {A: ‸", "value", "env", "A"),
    ('until: {shell: "car‸', "value", "until", "shell"),
    ("- shell: |\n    for x:\n      ‸", "text", "step", "shell"),
    ("- shell: >-  # why\n    ‸", "text", "step", "shell"),
    ("- shell: |\n    a\n  ‸", "key", "step", ""),
    ("- shell: |\n    steps:\n      - cl‸", "text", "step", "shell"),
    ("- claude: some text\n    that goes ‸", "text", "step", "claude"),
    ("- claude: x\n  nonsense:\n    ‸", "key", "", ""),
]


@pytest.mark.parametrize(("text", "kind", "ground", "key"), SPOTS, ids=[spot[0] for spot in SPOTS])
def test_spot(text, kind, ground, key):
    spot = spot_at(Source("a", text.replace(CURSOR, "")), text.index(CURSOR))
    assert (spot.kind, spot.ground, spot.key) == (kind, ground, key)


def spot_of(text):
    text = dedent(text)
    return spot_at(Source("a", text.replace(CURSOR, "")), text.index(CURSOR))


def test_siblings_stand_above_and_below_and_in_the_same_mapping_alone():
    spot = spot_of(
        """\
        - claude: x
          id: other
        - shell: |
            not: a key
          when: true
          ‸
          on_failure:
            claude: y
          timeout: 5
        - name: z
        """
    )
    assert spot.siblings == {"shell", "when", "on_failure", "timeout"}


def test_siblings_of_the_first_key_of_an_item_stand_below_it():
    assert spot_of("- ‸\n  id: x\n  when: true\n- name: y\n").siblings == {"id", "when"}


def test_the_items_around_begin_behind_their_dashes():
    spot = spot_of("steps:\n  - steps:\n    - claude: x\n      on_failure:\n        ‸\n")
    assert spot.items == (25 - 1, 11)
    assert spot.inner == ("on_failure",)


def test_the_first_line_of_a_block_is_told_from_the_others():
    assert spot_of("- claude: |\n    /m‸").is_first
    assert not spot_of("- claude: |\n    /mmm\n    /m‸").is_first
    assert not spot_of("- claude: a\n    /m‸").is_first
