"""Conditions: what they mean, where their parts stand, and what is said of other languages' habits."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mmm_lang.source import Source, Span
from mmm_lang.syntax.condition_operands import Operands
from mmm_lang.syntax.conditions import parse_condition, read_by_grammar, read_plain
from mmm_lang.syntax.nodes import Hole, Located, Template


def parsed(raw, base=0):
    source = Source("play.yml", "·" * base + raw)
    span = Span(base, base + len(raw))
    condition, diagnostics = parse_condition(raw, span, lambda index: base + index, source)
    return condition, diagnostics, source


def outline(node):
    """An expression as nested lists: the node's name and its fields, holes by what is written."""
    if isinstance(node, Hole):
        return node.written
    if isinstance(node, tuple):
        return [outline(each) for each in node]
    if attrs.has(type(node)):
        fields = [f.name for f in attrs.fields(type(node)) if f.name != "span"]
        return [type(node).__name__, *(outline(getattr(node, name)) for name in fields)]
    return node


def spans(node):
    """Every span of an expression, in order of its fields."""
    if isinstance(node, tuple):
        return [span for each in node for span in spans(each)]
    if isinstance(node, Located):
        return [node.span]
    if attrs.has(type(node)) and not isinstance(node, Span):
        inner = [span for f in attrs.fields(type(node)) for span in spans(getattr(node, f.name))]
        return [node.span, *inner]
    return []


def meaning(raw):
    condition, diagnostics, _ = parsed(raw)
    assert [d.message for d in diagnostics] == []
    return outline(condition.expression)


REF = ["Reference", "a.b"]
C = "Constant"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("true", [C, True]),
        ("false", [C, False]),
        ('"true"', [C, "true"]),
        ("${a.b}", REF),
        ("$<a.b>", REF),
        ("$ITERATION > 1", ["Comparison", ">", ["Reference", "ITERATION"], [C, 1.0]]),
        ("${a.b} == -1.5", ["Comparison", "==", REF, [C, -1.5]]),
        ("${a.b} <= 3", ["Comparison", "<=", REF, [C, 3.0]]),
        ("0 < ${a.b}", ["Comparison", "<", [C, 0.0], REF]),
        ("${a.b} == 'it'", ["Comparison", "==", REF, [C, "it"]]),
        (r'${a.b} == "a\"\\\n\t\$x"', ["Comparison", "==", REF, [C, 'a"\\\n\t$x']]),
        ("${a.b} in [1, 'x', true,]", ["Membership", REF, [[C, 1.0], [C, "x"], [C, True]]]),
        (r"${a.b} matches /^a\/b+$/", ["Comparison", "matches", REF, [C, r"^a\/b+$"]]),
        ("!${a.b}", ["Not", REF]),
        ("!${a.b} == 1", ["Not", ["Comparison", "==", REF, [C, 1.0]]]),
        ("true || false && true", ["Both", "||", [C, True], ["Both", "&&", [C, False], [C, True]]]),
        ("(true || false) && true", ["Both", "&&", ["Both", "||", [C, True], [C, False]], [C, True]]),
        ("\n true\n && false \n", ["Both", "&&", [C, True], [C, False]]),
        ("${a.b | lines | head(1)} == ''", ["Comparison", "==", REF, [C, ""]]),
    ],
)
def test_meaning(raw, expected):
    assert meaning(raw) == expected


def test_filters_of_a_reference():
    (hole,) = parsed("${a.b | lines | head(1)} == ''")[0].holes
    assert [(one.name, one.argument) for one in hole.filters] == [("lines", None), ("head", 1)]


def test_the_example_of_the_language():
    raw = '${tests.exit_code} != 0 && !(${review.spec} == "")'
    condition, diagnostics, source = parsed(raw, base=9)
    assert diagnostics == ()
    assert [hole.written for hole in condition.holes] == ["tests.exit_code", "review.spec"]
    assert [source.slice(hole.span) for hole in condition.holes] == ["${tests.exit_code}", "${review.spec}"]
    both = condition.expression
    assert source.slice(both.span) == raw
    assert source.slice(both.left.span) == "${tests.exit_code} != 0"
    assert source.slice(both.right.span) == '!(${review.spec} == "")'
    assert source.slice(both.right.operand.right.span) == '""'
    assert [source.slice(name.span) for name in condition.holes[1].names] == ["review", "spec"]


@pytest.mark.parametrize(
    ("raw", "at", "help_"),
    [
        ("", "", "leave `when:` out"),
        ("  ", "  ", "leave `when:` out"),
        ("${a.b} and true", "and", "write `&&`"),
        ("${a.b} OR true", "OR", "write `||`"),
        ("not ${a.b}", "not", "write `!`"),
        ("${a.b} = 1", "=", "`==`"),
        ("${a.b} === 1", "===", "`==`"),
        ("${a.b} !== 1", "!==", "`!=`"),
        ("${a.b} <> 1", "<>", "`!=`"),
        ("${a.b} =~ /x/", "=~", "matches"),
        ("${a.b} & true", "&", "write `&&`"),
        ("${a.b} | true", "|", "write `||`"),
        ("${a.b} -eq 1", "-eq", "write `==`"),
        ("tests.exit_code == 0", "tests.exit_code", "write `${tests.exit_code}`"),
        ("$tests.exit_code == 0", "$tests.exit_code", "write `${tests.exit_code}`"),
        ("ARG == 1", "ARG", "write `$ARG`"),
        ("${a.b} == failed", "failed", '`"failed"`'),
        ("${a.b} == True", "True", "write `true`"),
        ("success()", "success", "`${id.status}`"),
        ("${a.b} contains 'x'", "contains", "matches"),
        ("${a.b} + 1 == 2", "+", "`shell:` step compute"),
        ("${a.b} matches 'x'", "'", "`matches /error/`"),
        ("${a.b} matches x", "x", "write `/x/`"),
        ("${a.b} in (1, 2)", "(", "`in [1, 2]`"),
        ("1 < 2 < 3", "<", "joined with `&&`"),
        ("(${a.b}", "(", "close it with `)`"),
        ("${a.b} in [1", "[", "close it with `]`"),
        ('${a.b} == "x', '"x', 'write `"`'),
        ('"${a.b}" == "x"', "${a.b}", "without the quotes"),
        ('${a.b} == "$ARG"', "$ARG", "without the quotes"),
        (r'${a.b} == "a\qb"', r"\q", r"`\\`"),
    ],
)
def test_foreign_habits_are_recognised_at_their_place(raw, at, help_):
    _, diagnostics, source = parsed(raw, base=5)
    assert [(d.rule, d.severity) for d in diagnostics] == [("condition-syntax", "error")]
    assert source.slice(diagnostics[0].primary.span) == at
    assert help_ in " ".join(diagnostics[0].help)


@pytest.mark.parametrize(
    ("raw", "message", "column"),
    [
        ("${a.b} ==", "expected a reference, text in quotes or a number, found the end", 9),
        ("${a.b} == ]", "expected a reference, text in quotes or a number, found `]`", 10),
        ("true true", "expected `&&`, `||`, a comparison, `in`, `matches` or the end, found `true`", 5),
        ("(true", "`(` is not closed", 0),
        ("${a.b} = 1", "a condition has no operator `=`", 7),
        ("failure()", "a condition has no functions such as `failure`", 0),
        ("a.b == 1", "`a.b` has no `${…}` around it", 0),
        ("${a.b} == c", "`c` is text without quotes", 10),
        ("${a.b} in 1", "expected `[`, found `1`", 10),
        ("true)", "found `)`", 4),
        ("${a.b} == $5", "found `$`", 10),
    ],
)
def test_errors_say_what_was_expected_and_where(raw, message, column):
    condition, (diagnostic,), _ = parsed(raw)
    assert condition.expression is None
    assert message in diagnostic.message
    assert diagnostic.primary.span.start == column


@pytest.mark.parametrize(
    ("raw", "rule", "at"),
    [
        ("${{ a.b }} == 1", "malformed-reference", "${{ a.b }}"),
        ("${a..b} == 1", "malformed-reference", "."),
        ("${a.b == 1", "malformed-reference", "${a.b"),
        ("${a.b != 0 && ${c.d}", "malformed-reference", "${a.b"),
        ("${a.b | nope} == 1", "unknown-filter", "nope"),
        ("${a.b} matches /x(/", "invalid-regex", "("),
        ("${a.b} matches /[z-a]/", "invalid-regex", "z"),
        ("${a.b} matches /a{99999999999999999999}/", "invalid-regex", "a{99999999999999999999}"),
        ('${a.b == "c"}', "malformed-reference", '${a.b == "c"}'),
        ("${{ a.b == 1 }}", "malformed-reference", "${{ a.b == 1 }}"),
    ],
)
def test_mistakes_inside_operands(raw, rule, at):
    _, diagnostics, source = parsed(raw, base=3)
    assert [(d.rule, d.severity) for d in diagnostics] == [(rule, "error")]
    assert source.slice(diagnostics[0].primary.span) == at


def test_references_of_a_broken_condition_are_still_known():
    condition, _, _ = parsed("${a.b} and ${c.d}")
    assert condition.expression is None
    assert [hole.written for hole in condition.holes] == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "raw", ["(" * 2000 + "1", "!" * 3000 + "true", "true" + " && true" * 400, "x" * 9999]
)
def test_a_condition_is_bounded(raw):
    condition, (diagnostic,), _ = parsed(raw)
    assert condition.expression is None
    assert diagnostic.rule == "condition-syntax"


# --- laws ---

PIECES = st.one_of(
    st.sampled_from(
        ["${a.b}", "${a.b:-x}", "${c}", "${a..b}", "${", "$ARG", "$<a.b>", "'x'", '"y"', '"$"', "'"]
    ),
    st.sampled_from(
        ["==", "!=", "<", "<=", ">", ">=", "=", "!", "&&", "||", "&", "(", ")", "[", "]", ",", "é"]
    ),
    st.sampled_from(
        ["in", "matches", "/a+/", "/(", "true", "false", "0", "-1", "2.5", "1e3", "and", "x.y", "\\"]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).flatmap(
    lambda words: st.sampled_from([" ", "", "\n"]).map(lambda gap: gap.join(words))
)


@given(TEXTS, st.data())
def test_any_text_gets_an_expression_or_an_error(raw, data):
    steps = data.draw(st.lists(st.integers(0, 3), min_size=len(raw) + 1, max_size=len(raw) + 1))
    offsets = [sum(steps[: index + 1]) for index in range(len(raw) + 1)]
    source = Source("play.yml", "x" * (offsets[-1] + 1))
    whole = Span(offsets[0], offsets[-1])
    condition, diagnostics = parse_condition(raw, whole, offsets.__getitem__, source)
    assert condition.expression is not None or any(d.severity == "error" for d in diagnostics)
    for span in [d.primary.span for d in diagnostics] + spans(condition.expression):
        assert whole.start <= span.start <= span.end <= whole.end


PLAIN = st.tuples(
    st.sampled_from(
        ["true", "false", "${a.b}", "${a.b:-x y}", "${ a }", "${a..b}", "${a.b|json}", "$ARG", ""]
    ),
    st.sampled_from(["", " ", "\n"]),
    st.sampled_from(["", "==", "!=", "<", "<=", ">", ">=", "=", "in"]),
    st.sampled_from(["", " "]),
    st.sampled_from(["", "0", "-1.5", "1.", "''", '"x y"', '"$A"', r'"\n"', "true", "truex", "x", "1x"]),
    st.sampled_from(["", " ", "\r\n"]),
).map("".join)


@given(PLAIN)
@example("${a.b} == 0")
@example("true")
def test_the_fast_path_reads_what_the_grammar_reads(raw):
    template = Template((), raw, Span(0, len(raw)), lambda index: index)
    fast, slow = Operands(template), Operands(template)
    plain = read_plain(fast)
    if plain is None:
        assert (fast.holes, fast.troubles) == ([], [])
        return
    by_grammar = read_by_grammar(slow)
    assert outline(plain) == outline(by_grammar)
    assert spans(plain) == spans(by_grammar)
    assert fast.troubles == slow.troubles
    assert outline(tuple(fast.holes)) == outline(tuple(slow.holes))
