"""Renaming, and the law that it changes nothing but the name."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.editor.document import open_document
from mmm_lang.editor.rename import CannotRename, rename, renameable
from mmm_lang.plan.lowering import lower
from mmm_lang.plan.serial import plan_to_json
from mmm_lang.source import Source
from mmm_lang.syntax.reading import read_source
from tests.editor.cursor import at_cursor
from tests.support.examples import example_playbooks
from tests.support.generate import playbooks

EVERYWHERE = """\
env: {WHO: "${%(it)s.status}"}
steps:
  - shell: make test
    id: %(id)s
    on_failure:
      claude: "/fix ${%(it)s.output} \\x41 ${%(it)s.exit_code}"
    on_success:
      - shell: echo '${%(it)s.output | head(3)}'
  - claude: >-
      fold ${%(it)s.output}
      and ${  %(it)s.files  } and $${%(it)s.output}
    when: ${%(it)s.exit_code} != 0 && ${%(it)s.status} in ["failed"]
    env:
      A: 'it''s $<%(it)s.stdout>'
  - shell: |
      cat <<END
      ${%(it)s.output:-none} "${%(it)s.output}"
      END
      tests=1; echo $tests ${tests} \\${tests.output}
    commit_message: "tests: ${%(it)s.output}"
  - name: mmm-tests
    args: ["${%(it)s.output}", tests]
until: {shell: "test ${%(it)s.exit_code} = 0"}
"""


def renamed(text, new, before=None):
    """The text after a renaming at its cursor."""
    document, offset = at_cursor(text)
    return apply_edits(document.text, rename(document, offset, new))


def refusal(text, new="fresh"):
    document, offset = at_cursor(text)
    with pytest.raises(CannotRename) as caught:
        rename(document, offset, new)
    return str(caught.value)


def test_an_id_changes_in_all_places_and_styles_and_nowhere_else():
    text = EVERYWHERE.replace('env: {WHO: "${%(it)s.status}"}\n', "")
    before, after = text % {"id": "te‸sts", "it": "tests"}, text % {"id": "cargo-tests", "it": "cargo-tests"}
    after = after.replace("$${cargo-tests.output}", "$${tests.output}")
    assert renamed(before, "cargo-tests") == after


def test_from_any_of_its_places():
    text = '- shell: x\n  id: tests\n- claude: "a ${tests.output} b ${tests.exit_code}"\n'
    expected = text.replace("tests", "fresh")
    for found in re.finditer("tests", text):
        for offset in (found.start(), found.start() + 2, found.end()):
            assert renamed(f"{text[:offset]}‸{text[offset:]}", "fresh") == expected


@pytest.mark.parametrize("written", ["tests", '"te\\x73ts"', "'tests'", ">-\n    tests"])
def test_an_id_in_any_style(written):
    text = f"- shell: x\n  id: {written}\n- claude: ${{te‸sts.output}}\n"
    after = renamed(text, "fresh")
    assert analyse(Source("a", after)).ok
    assert "${fresh.output}" in after
    assert "tests" not in after


def test_an_input_under_both_its_names_and_where_only_a_shell_reads_it():
    text = """\
        inputs:
          tar‸get: {default: src}
          targets: {default: other}
        steps:
          - shell: 'ls "$target" "${target%/}" ${#target} $targets \\$target ${inputs.target} target'
          - shell: "target=1; echo $target"
          - claude: ${target} $target ${inputs.target:-x} target
        """
    assert (
        renamed(text, "folder")
        == """\
inputs:
  folder: {default: src}
  targets: {default: other}
steps:
  - shell: 'ls "$folder" "${folder%/}" ${#folder} $targets \\$target ${inputs.folder} target'
  - shell: "target=1; echo $target"
  - claude: ${folder} $folder ${inputs.folder:-x} target
"""
    )


def test_an_output_of_one_step_and_not_of_another():
    text = """\
        - shell: x
          id: a
          outputs: {sc‸ore: {regex: "1"}}
        - shell: y
          id: b
          outputs: {score: {regex: "2"}}
        - claude: ${a.score} ${a.outputs.score} ${b.score}
        """
    after = renamed(text, "grade")
    assert 'outputs: {grade: {regex: "1"}}' in after
    assert 'outputs: {score: {regex: "2"}}' in after
    assert "${a.grade} ${a.outputs.grade} ${b.score}" in after


def test_the_id_of_a_step_with_outputs_inside():
    text = "- steps:\n    - shell: x\n      outputs: {o: {regex: a}}\n    - claude: ${last.o}\n  id: g‸roup\n"
    assert "id: fresh" in renamed(text, "fresh")


def test_an_anchor():
    text = "- claude: &ask |\n    Do it\n  id: ask\n- claude: *a‸sk\n- claude: [*ask, &ask]\n"
    assert "is defined in lines 1 and 5" in refusal(text)
    assert (
        renamed("- claude: &ask x\n  id: ask\n- claude: *a‸sk\n", "it")
        == "- claude: &it x\n  id: ask\n- claude: *it\n"
    )


def test_in_a_text_with_other_mistakes():
    assert renamed("- shell: x\n  id: a‸\n  nonsense: 1\n- claude: ${a.outptu}\n", "b").count("b") == 2


def test_the_same_name_is_no_edit():
    assert renamed("- shell: x\n  id: a‸\n", "a") == "- shell: x\n  id: a\n"


@pytest.mark.parametrize(
    ("text", "new", "sentence"),
    [
        (
            "- cla‸ude: x",
            "b",
            "there is no name here; put the cursor on the id of a step, an input or an output",
        ),
        ("- claude: $AR‸G", "b", "`ARG` is a variable of mmm itself"),
        ("- claude: /mmm-li‸nt", "b", "`/mmm-lint` is named after its file; rename the file"),
        (
            "- shell: x\n  id: a\n- claude: ${la‸st.output}",
            "b",
            "`last` is a word of the language; rename the step where its id `a` stands",
        ),
        (
            "- shell: x\n  id: a‸\n",
            "1x y",
            "`1x y` cannot be the id of a step: use letters, digits, `_` and `-`, and begin with a letter or `_`",
        ),
        (
            "- shell: x\n  id: a‸\n",
            "",
            "an empty text cannot be the id of a step: "
            "use letters, digits, `_` and `-`, and begin with a letter or `_`",
        ),
        ("- shell: x\n  id: a‸\n- shell: y\n  id: b\n", "b", "`b` is taken: line 4 defines it"),
        (
            "- shell: x\n  id: a\n- shell: y\n  id: a‸\n",
            "b",
            "`a` is defined in lines 2 and 4; give one of them another id first",
        ),
        (
            "- shell: x\n  id: a‸\n",
            "shell",
            "`shell` cannot be the name: `shell` cannot be the id of a step (has a meaning of its own in references)",
        ),
        (
            "inputs: {target‸: src}\nsteps:\n  - shell: ls $target\n",
            "the-target",
            "with the name `the-target` the playbook would not mean the same any more: "
            "some of its references would be read differently",
        ),
    ],
)
def test_refused_with_a_sentence(text, new, sentence):
    assert refusal(text, new) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "- shell: x\n  id: &n na‸me\n- claude: *n\n",
        "name: &n tests\nsteps:\n  - shell: x\n    id: *n\n  - claude: ${te‸sts.output}\n",
    ],
)
def test_refused_where_an_alias_would_carry_it_elsewhere(text):
    assert "an alias (`*`) stands for the text" in refusal(text)


def test_refused_where_a_script_has_that_name():
    text = "inputs: {tar‸get: src}\nsteps:\n  - shell: 'other=1; ls $target $other'\n"
    assert "would not mean the same" in refusal(text, "other")


def test_whether_it_can_be_renamed_is_told_before():
    document, offset = at_cursor("- shell: x\n  id: te‸sts\n")
    assert document.source.slice(renameable(document, offset)) == "tests"
    document, offset = at_cursor("- sh‸ell: x\n")
    with pytest.raises(CannotRename):
        renameable(document, offset)


# --- the law: the compiled plan is the same up to the name ---


def plan_of(text):
    analysis = analyse(Source("a.mmm.yml", text))
    assert analysis.ok, [one.message for one in analysis.diagnostics]
    return json.dumps(plan_to_json(lower(analysis)), sort_keys=True)


def ids_of(text):
    return [step.id for step in analyse(Source("a.mmm.yml", text)).facts.outline.steps if step.id is not None]


def check_law(text, offset, old):
    """Rename to a name of the same length that nothing else has, so that every place stays where it is."""
    new = "".join("zq"[index % 2] for index in range(len(old)))
    assert new not in text
    document = open_document(Source("a.mmm.yml", text))
    after = apply_edits(text, rename(document, offset, new))
    assert plan_of(after).replace(new, old) == plan_of(text)
    back = open_document(Source("a.mmm.yml", after))
    assert apply_edits(after, rename(back, offset, old)) == text


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(playbooks(), st.data())
def test_the_plan_is_the_same_up_to_the_name(text, data):
    ids = ids_of(text)
    assume(ids)
    one = data.draw(st.sampled_from(ids))
    check_law(text, one.span.start, one.value)


REAL = [path for path in example_playbooks() if ids_of(read_source(path).text)]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_the_law_on_the_examples(path):
    text = read_source(path).text
    for one in ids_of(text):
        check_law(text, one.span.start, one.value)


def test_there_are_examples_to_hold_the_law():
    assert REAL
