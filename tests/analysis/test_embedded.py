"""Scripts as other programs read them, and their remarks at the exact place."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.embedded import (
    EmbeddedScript,
    Remark,
    Replacement,
    embedded_diagnostics,
    embedded_scripts,
    is_plain,
)
from mmm_lang.analysis.script_syntax import syntax_diagnostics
from mmm_lang.analysis.shellcheck import NoAnswer, file_of, read_answer
from mmm_lang.source import Source
from tests.analysis.verdict import mended

STEP = '- {claude: "/a", id: a}\n'


def facts(text: str):
    return analyse(Source("playbook.yml", text)).facts


def texts(script: str, program: str = "sh") -> list[str]:
    """What is read in place of a script; none where it is not worth it."""
    lines = "".join(f"    {line}\n" for line in script.splitlines())
    text = f"{STEP}- shell_program: {program}\n  shell: |\n{lines}"
    return [embedded.text for _, embedded in embedded_scripts(facts(text))]


def said(text: str, *remarks: Remark, notes: bool = False):
    """What becomes of remarks on the only script of a playbook."""
    return [*embedded_diagnostics(facts(text), lambda scripts: [remarks] * len(scripts), notes=notes)]


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("script", "read"),
        [
            ("ls ${a.output}; x", 'ls "$a_output"; x'),
            ('ls "${a.output}"', 'ls "${a_output}"'),
            ("ls '${a.output}' $x", "ls 'MMMMMMMMMMM' $x"),
            ("for f in ${a.output | words}; do x; done", "for f in ${a_output________}; do x; done"),
            ("echo $(( ${a.exit_code} + 1 ))", "echo $(( ${a_exit_code} + 1 ))"),
            ("cat <<EOF\n${a.output}\nEOF", "cat <<EOF\n${a_output}\nEOF"),
            ("echo $ARG | x", "echo $ARG | x"),
            ("echo ${HOME} ${x%.md}", "echo ${HOME} ${x%.md}"),
            ("x=$<a.output>", 'x="$a_output"'),
        ],
    )
    def test_have_the_length_of_the_reference(self, script: str, read: str):
        (text,) = texts(script)
        assert text.strip("\n") == read
        assert len(read) == len(script)

    @pytest.mark.parametrize("program", ["python3", "zsh", "fish"])
    def test_other_programs_are_left_alone(self, program: str):
        assert texts("if x; then y; fi", program) == []

    def test_the_dialect_is_that_of_the_program(self):
        text = "shell_program: /bin/bash\nsteps: [{shell: 'a | b'}]\nuntil: {shell: 'c | d'}"
        found = [embedded for _, embedded in embedded_scripts(facts(text))]
        assert found == [EmbeddedScript("a | b", "bash"), EmbeddedScript("c | d", "bash")]


@pytest.mark.parametrize("script", ["cargo test", "make -j4 a=b", 'git commit -m "a: b"', "./x --y=1,2"])
def test_plain_words_need_no_reader(script: str):
    assert is_plain(script)


@pytest.mark.parametrize(
    "script",
    ["a; b", "a\nb", "if x", "echo $x", "a 'b'", "x (y)", "a > b", "a && b", "a `b`", 'echo "', "! a"],
)
def test_others_do(script: str):
    assert not is_plain(script)


class TestPlaces:
    @pytest.mark.parametrize(
        "text",
        [
            "- shell: |\n    echo ä\n    日本 x | bad y\n",
            "- shell: >-\n    echo ä\n\n    日本 x | bad y\n",
            '- shell: "echo ä\\n日本 x | bad y"\n',
            "- shell: 'echo ä\n\n    日本 x | bad y'\n",
            "- shell: echo ä\n\n    日本 x | bad y\n",
        ],
    )
    def test_are_exact_in_every_style_of_scalar(self, text: str):
        (found,) = said(text, Remark((2, 8), (2, 11), "warning", 2000, "So."))
        assert found.source.slice(found.primary.span) == "bad"
        assert (found.message, found.severity) == ("So (SC2000)", "warning")

    def test_nothing_marked_is_the_word_there(self):
        (found,) = said("- shell: 'if x; then y'\n", Remark((1, 1), (1, 1), "error", 1046, "No fi."))
        assert (found.source.slice(found.primary.span), found.severity) == ("if", "error")

    def test_past_the_end_is_the_end(self):
        (found,) = said("- shell: 'a | b'\n", Remark((9, 9), (9, 9), "error", 1046, "No fi."))
        assert found.primary.span.start == 15


class TestFixes:
    QUOTES = (Replacement((1, 5), (1, 5), '"'), Replacement((1, 7), (1, 7), '"'))

    @pytest.mark.parametrize(
        ("text", "after"),
        [
            ("- shell: |\n    rm; $x\n", '- shell: |\n    rm; "$x"\n'),
            ("- shell: 'rm; $x'\n", "- shell: 'rm; \"$x\"'\n"),
            ('- shell: "rm; $x"\n', '- shell: "rm; \\"$x\\""\n'),
        ],
    )
    def test_are_written_as_the_scalar_is(self, text: str, after: str):
        (found,) = said(text, Remark((1, 5), (1, 7), "warning", 2086, "Quote.", self.QUOTES))
        assert mended(found) == after
        assert found.fix is not None
        assert found.fix.applicability == "unsafe"

    def test_are_left_out_in_plain_scalars(self):
        (found,) = said("- shell: rm; $x\n", Remark((1, 5), (1, 7), "warning", 2086, "Quote.", self.QUOTES))
        assert found.fix is None

    def test_are_left_out_where_a_reference_is_written_over(self):
        remark = Remark((1, 1), (1, 3), "warning", 2000, "A.", (Replacement((1, 4), (1, 8), "x"),))
        (found,) = said(f"{STEP}- shell: 'rm ${{a.output}} | x'\n", remark)
        assert found.fix is None


class TestWhatIsLeftOut:
    TEXT = STEP + "- shell: 'ls ${a.output} | x'\n"

    def test_what_a_placeholder_causes(self):
        about = Remark((1, 4), (1, 15), "warning", 2046, "Quote this.")
        around = Remark((1, 1), (1, 15), "warning", 2050, "Constant.")
        other = Remark((1, 1), (1, 15), "warning", 2012, "Use find.")
        assert [one.message for one in said(self.TEXT, about, around, other)] == ["Use find (SC2012)"]

    def test_names_from_outside(self):
        assert said(self.TEXT, Remark((1, 18), (1, 19), "warning", 2154, "x is not assigned.")) == []

    def test_hints_unless_they_are_asked_for(self):
        hint = Remark((1, 1), (1, 3), "info", 2012, "Use find.")
        assert said(self.TEXT, hint) == []
        assert [one.severity for one in said(self.TEXT, hint, notes=True)] == ["note"]

    def test_consequences(self):
        remarks = [Remark((1, 1), (1, 1), "error", code, f"{code}.") for code in (1046, 1047, 1072, 1073)]
        assert [one.message for one in said("- shell: 'if x; y'\n", *remarks)] == ["1046 (SC1046)"]
        assert [one.message for one in said("- shell: 'if x; y'\n", *remarks[2:])] == ["1072 (SC1072)"]

    def test_what_a_value_may_complete(self):
        broken = Remark((1, 1), (1, 1), "error", 1046, "No fi.")
        assert said(STEP + "- shell: 'if x; then ${a.output | raw}'\n", broken) == []

    def test_errors_that_may_run_are_warnings(self):
        (found,) = said(self.TEXT, Remark((1, 1), (1, 3), "error", 2045, "Fragile."))
        assert found.severity == "warning"

    def test_what_only_bash_has_says_so(self):
        (found,) = said(
            self.TEXT, Remark((1, 1), (1, 3), "warning", 3030, "In POSIX sh, arrays are undefined.")
        )
        assert found.help == ("write `shell_program: bash`",)


class TestAnswers:
    def test_lines_are_those_of_the_script(self):
        comment = {
            "file": "1.sh", "line": 3, "endLine": 3, "column": 4, "endColumn": 6, "level": "info", "code": 2086,
            "message": "Quote.",
            "fix": {"replacements": [{"line": 3, "endLine": 3, "column": 4, "endColumn": 4, "replacement": '"'}]},
        }  # fmt: skip
        answer = json.dumps({"comments": [comment]}).encode()
        expected = Remark((2, 4), (2, 6), "info", 2086, "Quote.", (Replacement((2, 4), (2, 4), '"'),))
        assert read_answer(answer, ["1.sh", "2.sh"]) == ((expected,), ())

    @pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"comments": [{"file": "x"}]}', b"\xff"])
    def test_what_is_none_is_said_so(self, answer: bytes):
        with pytest.raises(NoAnswer):
            read_answer(answer, ["1.sh"])

    def test_the_dialect_stands_above_the_script(self):
        assert file_of(EmbeddedScript("a\nb", "dash")) == b"# shellcheck shell=dash\na\nb\n"


# --- syntax, without shellcheck ---


def refused(text: str, answer: str | None = "so"):
    return [*syntax_diagnostics(facts(text), lambda script: answer)]


class TestSyntax:
    @pytest.mark.parametrize(
        ("script", "marked"),
        [
            ("if true; then echo a", "if"),
            ('echo "a', '"a'),
            ("for x in a b; do echo $x", "do"),
            ("echo a )", ")"),
        ],
    )
    def test_the_place_is_the_first_that_cannot_be_read(self, script: str, marked: str):
        (found,) = refused(f"- shell: |\n    {script}\n")
        assert found.rule == "script-syntax"
        assert found.source.slice(found.primary.span) == marked
        assert found.notes == ("`sh` says: so",)

    @pytest.mark.parametrize(
        ("script", "marked"),
        [
            ("arr=(1 2)", "(1 2)"),
            ("diff <(git show HEAD:ä) a", "<(git show HEAD:ä)"),
            ('cat <<< "$HOME"', '<<< "$HOME"'),
            ("for ((i = 0; i < 3; i++)); do echo; done", "for ((i = 0; i < 3; i++)); do echo; done"),
            ("function f { echo; }", "function"),
            ("make |& tee log", "|&"),
        ],
    )
    def test_what_only_bash_reads(self, script: str, marked: str):
        (found,) = refused(f"- shell: |\n    {script}\n    echo $HOME\n")
        assert found.source.slice(found.primary.span) == marked
        assert found.help == ("write `shell_program: bash`",)
        assert refused(f"- shell: |\n    {script}\n", None) == []
        assert refused(f"- shell: |\n    {script}\n  shell_program: bash\n") == []

    def test_the_shell_has_the_last_word(self):
        assert refused("- shell: 'if true; then echo a'\n", None) == []

    def test_what_a_value_may_complete_is_not_judged(self):
        assert refused(STEP + "- shell: 'if x; then ${a.output | raw}'\n") == []


WORDS = st.sampled_from(
    ["a", '"b c"', "'d $e'", "$f", "${g:-h}", "$(i j)", "`k`", "${a.output}", "$ARG", "l*", "$((1 + 2))"]
)
COMMANDS = st.lists(WORDS, min_size=1, max_size=3).map(lambda words: " ".join(["echo", *words]))


def wrapped(inner):
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(" && ".join),
        pairs.map(" | ".join),
        pairs.map("\n".join),
        inner.map("( {} )".format),
        inner.map("{{ {}; }}".format),
        inner.map("if true; then\n{}\nfi".format),
        inner.map("for x in 1 2; do {}; done".format),
        inner.map("while read -r y; do\n  {}\ndone < f".format),
        inner.map("case $z in\n  a|b) {} ;;\n  *) : ;;\nesac".format),
        inner.map("f() {{\n{}\n}}".format),
        inner.map("cat > o <<EOF\n$HOME ${{a.output}}\nEOF\n{}".format),
        inner.map("{} > out 2>&1".format),
    )


SCRIPTS = st.recursive(COMMANDS, wrapped, max_leaves=5)


@settings(max_examples=200)
@given(SCRIPTS)
def test_sound_scripts_are_never_refused(script: str):
    """The shell says no to everything here, so what keeps the peace is the grammar."""
    lines = "".join(f"    {line}\n" for line in script.split("\n"))
    assert refused(f"{STEP}- shell: |\n{lines}") == []


@given(SCRIPTS)
def test_the_text_that_is_read_is_as_long_as_what_is_written(script: str):
    for text in texts(script):
        assert [len(line) for line in text.split("\n")][:-1] == [len(line) for line in script.split("\n")]


def test_dedented_examples_are_read_once():
    text = dedent("""
        - {shell: 'a | b', id: x}
        - {shell: 'a | b', id: y}
    """)
    assert len({embedded for _, embedded in embedded_scripts(facts(text))}) == 1
