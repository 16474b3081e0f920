"""What a formatted playbook looks like: one table row a habit."""

from __future__ import annotations

import pytest

from mmm_lang.formatting.playbook import NotYaml, format_playbook
from mmm_lang.source import Source


def formatted(text, *, bom=False):
    return format_playbook(Source("playbook.yml", text, bom)).text


CASES = {
    "two columns a level": (
        "name: x\nsteps:\n    - claude: a\n      on_failure:\n           shell: b\n",
        "name: x\nsteps:\n  - claude: a\n    on_failure:\n      shell: b\n",
    ),
    "dashes stand right of the key that owns them": (
        "steps:\n- claude: a\n  outputs:\n     spec: {regex: x}\n- steps:\n  - shell: b\n",
        "steps:\n  - claude: a\n    outputs:\n      spec: {regex: x}\n  - steps:\n      - shell: b\n",
    ),
    "a file that is indented as a whole": ("   - shell: a\n   - shell: b\n", "- shell: a\n- shell: b\n"),
    "one blank after dash and colon": (
        "-   shell  :   a\n    id:  b\n",
        "- shell: a\n  id: b\n",
    ),
    "brackets": (
        'protect: [ a,"b" ,c ]\nlimits: { agent_calls:   3 , duration: 2h}\nsteps: [{shell : a}, ]\n',
        'protect: [a, "b", c]\nlimits: {agent_calls: 3, duration: 2h}\nsteps: [{shell: a}, ]\n',
    ),
    "JSON stays JSON": (
        '{"steps":[{"shell":"a","ok_exit_codes":[0,1]}]}',
        '{"steps": [{"shell": "a", "ok_exit_codes": [0, 1]}]}\n',
    ),
    "brackets over several lines move together": (
        "steps:\n      - shell: a\n        ok_exit_codes: [\n          0,\n            1\n        ]\n",
        "steps:\n  - shell: a\n    ok_exit_codes: [\n      0,\n        1\n    ]\n",
    ),
    "a script moves with its key and stays as it is": (
        "- shell:   |  \n        if true; then   \n          echo\n\n\n        fi\n",
        "- shell: |\n    if true; then   \n      echo\n\n\n    fi\n",
    ),
    "an indentation in numbers is respected": (
        "- steps:\n    -   shell: |1\n            x\n",
        "- steps:\n    - shell: |1\n          x\n",
    ),
    "empty lines that count": ("- shell: |+\n   a\n\n\n- shell: b\n", "- shell: |+\n    a\n\n\n- shell: b\n"),
    "empty lines that do not": ("- shell: |\n   a\n\n\n- shell: b\n", "- shell: |\n    a\n\n- shell: b\n"),
    "a script without a line end keeps having none": ("- shell: |\n   a", "- shell: |-\n    a\n"),
    "text over several lines": (
        'steps:\n - claude: one\n    two\n   commit_message: "a\n\n\n  b"\n',
        'steps:\n  - claude: one\n      two\n    commit_message: "a\n\n\n      b"\n',
    ),
    "a blank that is escaped": ('- claude: "a\\ \n    b"\n', '- claude: "a\\ \n    b"\n'),
    "blank lines": ("\n\n- shell: a\n\n\n\n- shell: b   \n\n\n", "- shell: a\n\n- shell: b\n"),
    "a final line end": ("- shell: a", "- shell: a\n"),
    "comments go with what follows": (
        "# head\nsteps:\n# one\n- shell: a # same line\n  # inside\n  id: x\n# two\n- shell: b\n# end\n",
        "# head\nsteps:\n  # one\n  - shell: a # same line\n    # inside\n    id: x\n  # two\n  - shell: b\n# end\n",
    ),
    "a comment below a script does not become part of it": (
        "- shell: |\n        a\n     # not the script's\n- shell: b\n",
        "- shell: |\n    a\n  # not the script's\n- shell: b\n",
    ),
    "what is commented out stays in its column": (
        "steps:\n  - shell: a\n#  - shell: b\n  - shell: c\n",
        "steps:\n  - shell: a\n#  - shell: b\n  - shell: c\n",
    ),
    "aligned comments stay": (
        "limits:\n  agent_calls: 3   # a\n  duration: 1h     # b\nsteps: [a]\n",
        "limits:\n  agent_calls: 3   # a\n  duration: 1h     # b\nsteps: [a]\n",
    ),
    "anchors and aliases": (
        "- shell:   &a   x\n  env:  &e\n       A: b\n- shell:  *a\n  env:  *e\n",
        "- shell: &a x\n  env: &e\n    A: b\n- shell: *a\n  env: *e\n",
    ),
    "a key in its long form": ("- ?   shell\n  :   a\n", "- ? shell\n  : a\n"),
    "document marks": ("%YAML 1.2\n---\n   - shell: a\n...\n", "%YAML 1.2\n---\n- shell: a\n...\n"),
    "line ends of Windows": ("-  shell: a\r\n\r\n\r\n-  shell: b", "- shell: a\r\n\r\n- shell: b\r\n"),
    "action, arguments, id, then the rest": (
        '- timeout: 3 # t\n  id: x\n  args: [a]\n  name: b # n\n  when: "1 == 1"\n',
        '- name: b # n\n  args: [a]\n  id: x\n  timeout: 3 # t\n  when: "1 == 1"\n',
    ),
    "the keys of a handler": (
        "- shell: a\n  on_failure:\n    max_attempts: 2\n    claude: b\n",
        "- shell: a\n  on_failure:\n    claude: b\n    max_attempts: 2\n",
    ),
    "a group keeps its condition before its steps": (
        "- when: 1 == 1\n  id: g\n  steps:\n    - shell: a\n",
        "- id: g\n  when: 1 == 1\n  steps:\n    - shell: a\n",
    ),
    "a script moves whole": (
        "- id: x\n  shell: |\n    a\n     # text\n  timeout: 3\n",
        "- shell: |\n    a\n     # text\n  id: x\n  timeout: 3\n",
    ),
    "keys stay where a comment could not go with them": (
        "- id: x\n  # about the script\n  shell: a\n",
        "- id: x\n  # about the script\n  shell: a\n",
    ),
    "keys stay where an alias would come before its anchor": (
        "- id: x\n  env: &e {A: b}\n  shell: a\n- env: *e\n  shell: b\n",
        "- id: x\n  env: &e {A: b}\n  shell: a\n- env: *e\n  shell: b\n",
    ),
    "keys stay where empty lines at the end would move": (
        "- id: x\n  shell: |+\n    a\n\n- shell: b\n",
        "- id: x\n  shell: |+\n    a\n\n- shell: b\n",
    ),
    "references": (
        "- shell: a\n  id: x\n- claude: /b $<x.output> ${x.json.a} $<x.output:-no> $<5\n- {claude: $<x.output>}\n",
        "- shell: a\n  id: x\n- claude: /b ${x.output} ${x.json.a} ${x.output:-no} $<5\n- {claude: $<x.output>}\n",
    ),
    "references in scripts and conditions": (
        "- shell: a\n  id: x\n- shell: |\n    echo $<x.output> \\$<x.output>\n  when: $<x.exit_code> == 0\n",
        "- shell: a\n  id: x\n- shell: |\n    echo ${x.output} \\$<x.output>\n  when: ${x.exit_code} == 0\n",
    ),
    "a text that is a reference in one place alone stays": (
        "description: &d see $<x.output>\nname: *d\nsteps:\n  - shell: a\n    id: x\n  - claude: *d\n",
        "description: &d see $<x.output>\nname: *d\nsteps:\n  - shell: a\n    id: x\n  - claude: *d\n",
    ),
    "quotes, where nothing in between changes": (
        "- claude: '/a b'\n- claude: 'it''s'\n- claude: 'say \"x\"'\n- shell: 'a\\b'\n",
        "- claude: \"/a b\"\n- claude: 'it''s'\n- claude: 'say \"x\"'\n- shell: 'a\\b'\n",
    ),
    "nothing": ("", ""),
    "only comments": ("\n  # a  \n\n\n# b", "  # a\n\n# b\n"),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_layout(text, expected):
    assert formatted(text) == expected
    assert formatted(expected) == expected


@pytest.mark.parametrize(
    "text",
    ["- shell: [a\n", "\t- shell: a\n", "- shell: a\nsteps: b\n", "- &a x\n- *b\n", "- <<: {shell: a}\n"],
)
def test_what_is_not_yaml_is_refused(text):
    with pytest.raises(NotYaml) as caught:
        formatted(text)
    assert any(one.severity == "error" for one in caught.value.diagnostics)


def test_other_mistakes_do_not_keep_it_from_formatting():
    assert formatted("-   cladue:  ${nobody.output}\n") == "- cladue: ${nobody.output}\n"


def test_a_byte_order_mark_stays():
    assert format_playbook(Source("x", "-  shell: a", bom=True)).bom
