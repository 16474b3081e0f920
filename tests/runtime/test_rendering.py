"""Prompts, arguments and environment: values put in as text."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.plan.ir import Filter, Template
from mmm_lang.plan.script import ValueTooLong
from mmm_lang.runtime.rendering import PROMPT_LIMIT, Missing, Renderer, filtered, quoted_argument, shortened
from mmm_lang.runtime.values import FileText, ValueProblem
from tests.support.happenings import begun, run, scope_of, skipped, wrote
from tests.support.plans import plan_of


def prompted(claude: str, folder: Path, *, strict: bool = True, **variables: str) -> str:
    """The prompt of a call after ``tests`` has run and ``gone`` was skipped."""
    plan = plan_of(
        "inputs: {a: {default: ''}, b: {default: ''}}\nsteps:\n"
        "  - {shell: make, id: tests}\n  - {claude: look, id: gone}\n"
        f"  - {{id: call, {claude}}}\n"
    )
    events = [
        *begun(variables={f"inputs.{name}": value for name, value in variables.items()}),
        *run("tests", 1, files=("x", "y z")),
        *skipped("gone"),
    ]
    return Renderer(scope_of(plan, events, folder), strict=strict).prompt(plan.step("call").action)  # type: ignore[arg-type]


def test_values_are_put_in_as_they_are_and_never_read_again(tmp_path: Path) -> None:
    value = "${tests.output} $ARG `rm -rf x` '\"\\"
    assert (
        prompted("claude: 'Fix ${inputs.a}, then ${inputs.b}.'", tmp_path, a=value, b="$$")
        == f"Fix {value}, then $$."
    )


def test_lists_are_one_a_line(tmp_path: Path) -> None:
    assert prompted("claude: 'Look at: ${tests.files}'", tmp_path) == "Look at: x\ny z"


def test_arguments_of_a_command_stay_one_each(tmp_path: Path) -> None:
    call = "name: mmm-fix, args: ['--error', '${inputs.a}', '--again=${inputs.b}', plain]"
    assert (
        prompted(call, tmp_path, a="it's broken", b="")
        == "/mmm-fix --error 'it'\"'\"'s broken' --again= plain"
    )
    assert prompted(call, tmp_path, a="", b="x y").split(" ", 2)[2] == "'' '--again=x y' plain"


def test_a_default_stands_for_what_is_unset_or_empty(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="\n")
    text = "claude: '[${gone.spec:-none}] [${inputs.a:-nothing}] [${tests.output | head(3) :-quiet}] [${inputs.b:-x}]'"
    assert prompted(text, tmp_path, b="set") == "[none] [nothing] [quiet] [set]"


def test_what_is_unset_is_missing_or_empty(tmp_path: Path) -> None:
    text = "claude: 'Implement [${gone.spec}]'"
    with pytest.raises(Missing, match="nothing to work on: `gone` was skipped"):
        prompted(text, tmp_path)
    assert prompted(text, tmp_path, strict=False) == "Implement []"


def test_a_long_value_is_cut_in_the_middle_and_the_whole_is_named(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="first\n" + "x" * 50_000 + "\nlast\n")
    prompt = prompted("claude: 'Fix: ${tests.output} Thanks.'", tmp_path)
    assert prompt.startswith("Fix: first\nxxx")
    assert prompt.endswith("xxx\nlast Thanks.")
    assert f"… 40,011 bytes left out; the whole is in {tmp_path}/steps/1/stdout …" in prompt
    assert len(prompt) < PROMPT_LIMIT + 250


def test_one_that_just_fits_is_whole(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="x" * PROMPT_LIMIT + "\n")
    assert prompted("claude: '${tests.output}'", tmp_path) == "x" * PROMPT_LIMIT


def test_a_cut_breaks_no_character(tmp_path: Path) -> None:
    for content in ("ü" * 6000, "a" + "ü" * 6000, "🌱" * 3001, "aa" + "🌱" * 3001):
        wrote(tmp_path, 1, stdout=content)
        prompt = prompted("claude: '${tests.output}'", tmp_path)
        assert "\ufffd" not in prompt
        assert len(prompt.encode()) < PROMPT_LIMIT + 250


@given(st.text(max_size=60), st.integers(2, 40))
def test_what_is_left_is_beginning_and_end(text: str, limit: int) -> None:
    shown = shortened(text, limit, "a.output", "/session")
    if len(text.encode()) <= limit:
        assert shown == text
    else:
        head, rest = shown.split("\n… ", 1)
        tail = rest.split(" …\n", 1)[1]
        assert text.startswith(head)
        assert text.removesuffix("\n").endswith(tail)
        assert len((head + tail).encode()) <= limit


# --- filters ---

HEAD, TAIL = Filter("head", 2), Filter("tail", 2)


@pytest.mark.parametrize(
    ("content", "head", "tail"),
    [
        ("a\nb\nc\n", "a\nb", "b\nc"),
        ("a\nb\nc", "a\nb", "b\nc"),
        ("a", "a", "a"),
        ("", "", ""),
        ("a\r\nb\r\nc\r\n", "a\nb", "b\nc"),
        ("a\u2028b\x0bc\nd\ne", "a\u2028b\x0bc\nd", "d\ne"),
    ],
)
def test_head_and_tail_are_the_same_of_a_text_and_of_a_file(
    tmp_path: Path, content: str, head: str, tail: str
) -> None:
    wrote(tmp_path, 1, stdout=content)
    for value in (content, FileText(str(tmp_path / "steps" / "1" / "stdout"))):
        assert (filtered(value, HEAD), filtered(value, TAIL)) == (head, tail)


def test_head_and_tail_of_a_list_and_of_nothing(tmp_path: Path) -> None:
    assert filtered(("a\nb", "c", "d"), HEAD) == "a\nb\nc"
    assert filtered(("a", "b"), Filter("tail", 0)) == filtered(("a", "b"), Filter("head", 0)) == ""
    assert filtered(FileText(str(tmp_path / "none")), HEAD) == ""


def test_lines_that_are_absurdly_long_are_refused(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="x" * 2_000_000)
    with pytest.raises(ValueProblem, match="2 lines of"):
        filtered(FileText(str(tmp_path / "steps" / "1" / "stdout")), TAIL)


def test_lines_json_words_and_raw() -> None:
    assert filtered("a\n\n  \nb\r\n", Filter("lines")) == ("a", "b")
    assert filtered(("a", "", "b c"), Filter("lines")) == ("a", "b c")
    assert filtered('say "ü"\n', Filter("json")) == '"say \\"ü\\"\\n"'
    assert filtered(("a", "b"), Filter("json")) == '["a", "b"]'
    assert filtered("a  b", Filter("words")) == filtered("a  b", Filter("raw")) == "a  b"


def test_filters_are_applied_from_left_to_right(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="a\nb\nc\nd\n")
    assert prompted("claude: '${tests.output | tail(3) | head(1) | json}'", tmp_path) == '"b"'
    assert prompted("claude: '${tests.output | head(3) | words}'", tmp_path) == "a b c"


# --- scripts and arguments ---


def test_values_of_a_script_are_measured_before_they_are_read(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="x" * 200_000)
    plan = plan_of("- {shell: make, id: tests}\n- {shell: 'echo ${tests.output}', id: say}\n")
    renderer = Renderer(scope_of(plan, [*begun(), *run("tests", 1)], tmp_path), strict=True)
    with pytest.raises(ValueTooLong, match="output_file"):
        renderer.script_values(plan.step("say").action.script)  # type: ignore[union-attr]


def test_text_without_holes_is_itself(tmp_path: Path) -> None:
    renderer = Renderer(scope_of(plan_of("- shell: x\n"), begun(), tmp_path), strict=True)
    assert renderer.text(Template(("$HOME is ", "text"))) == "$HOME is text"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
def test_an_argument_is_one_word_to_whoever_splits_it(text: str) -> None:
    quoted = quoted_argument(text)
    plain = text and not any(one.isspace() or one in "'\"\\" for one in text)
    assert quoted == text if plain else shlex.split(quoted) == [text]
