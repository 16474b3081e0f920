"""Templates: what is a reference in each kind of text, where it stands, and what is said of mistakes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mmm_lang.source import Source, Span
from mmm_lang.syntax.hole_scanner import shell_may_mean
from mmm_lang.syntax.interiors import Interior, read_by_grammar, read_plain
from mmm_lang.syntax.names import SESSION_VARIABLES
from mmm_lang.syntax.nodes import Hole, Text
from mmm_lang.syntax.templates import parse_template

KINDS = ("prompt", "shell", "env", "text")


def parsed(raw, kind="prompt", base=0):
    source = Source("play.yml", "·" * base + raw)
    span = Span(base, base + len(raw))
    template, diagnostics = parse_template(raw, span, lambda index: base + index, source, kind)
    return template, diagnostics, source


def outline(raw, kind="prompt"):
    """Texts as they are, holes as tuples of their names."""
    template, diagnostics, _ = parsed(raw, kind)
    assert [d.message for d in diagnostics if d.severity == "error"] == []
    return [part.value if isinstance(part, Text) else part.path for part in template.parts]


def complaints(raw, kind="prompt"):
    """Rule, severity and the text that each diagnostic points at."""
    _, diagnostics, source = parsed(raw, kind, base=7)
    return [(d.rule, d.severity, source.slice(d.primary.span)) for d in diagnostics]


def only(raw, kind="prompt"):
    _, diagnostics, _ = parsed(raw, kind)
    assert len(diagnostics) == 1
    return diagnostics[0]


# --- the table of the language ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("raw", "path", "spelling"),
    [
        ("${coverage.spec}", ("coverage", "spec"), "braced"),
        ("${x.outputs.score}", ("x", "outputs", "score"), "braced"),
        ("${x.json.items.0.name}", ("x", "json", "items", "0", "name"), "braced"),
        ("${my-step.exit_code}", ("my-step", "exit_code"), "braced"),
        ("${ coverage.spec }", ("coverage", "spec"), "braced"),
        ("${inputs.target}", ("inputs", "target"), "braced"),
        ("$<coverage.spec>", ("coverage", "spec"), "angled"),
        *((f"${name}", (name,), "bare") for name in SESSION_VARIABLES),
        *((f"${{{name}}}", (name,), "braced") for name in SESSION_VARIABLES),
        ("${target}", ("target",), "braced"),
        ("$target", ("target",), "bare"),
    ],
)
def test_references_in_every_kind_of_text(raw, path, spelling, kind):
    template, diagnostics, source = parsed(f"a {raw} b", kind, base=3)
    assert diagnostics == ()
    before, hole, after = template.parts
    assert (before.value, after.value, after.start) == ("a ", " b", 2 + len(raw))
    assert isinstance(hole, Hole)
    assert (hole.path, hole.spelling, hole.default, hole.filters) == (path, spelling, None, ())
    assert (hole.start, hole.end) == (2, 2 + len(raw))
    assert source.slice(hole.span) == raw
    assert [source.slice(name.span) for name in hole.names] == list(path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_name_wins(kind):
    assert outline("$ARGUMENTS $FILE_NAME $FILES", kind) == [
        ("ARGUMENTS",),
        " ",
        ("FILE_NAME",),
        " ",
        ("FILES",),
    ]
    assert outline("$ARG.md ${FILE}_x", kind) == [("ARG",), ".md ", ("FILE",), "_x"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("raw", "default", "filters"),
    [
        ("${ARG:-src}", "src", []),
        ("${a.b:-}", "", []),
        ("${a.b:- two words}", " two words", []),
        ("${a.b | json}", None, [("json", None)]),
        ("${a.b|lines|head(3)}", None, [("lines", None), ("head", 3)]),
        ("${ a.b | tail( 20 ) :-none}", "none", [("tail", 20)]),
        ("${ARG | words}", None, [("words", None)]),
        ("$<a.b | raw>", None, [("raw", None)]),
        ("$<a.b:-x>", "x", []),
    ],
)
def test_defaults_and_filters(raw, default, filters, kind):
    template, diagnostics, source = parsed(raw, kind, base=2)
    assert diagnostics == ()
    (hole,) = template.parts
    assert hole.default == default
    assert [(part.name, part.argument) for part in hole.filters] == filters
    for part in hole.filters:
        assert source.slice(part.span).startswith(part.name)


@pytest.mark.parametrize("kind", ["prompt", "env", "text"])
@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("costs $5 or $", "costs $5 or $"),
        ("$$ARG", "$ARG"),
        ("$${ARG}", "${ARG}"),
        ("$$$$", "$$"),
        ("a $$ b $$c", "a $ b $c"),
        ("$(ls) $? $! $<5", "$(ls) $? $! $<5"),
        ("{{.Names}} {% x %}", "{{.Names}} {% x %}"),
    ],
)
def test_plain_dollars_outside_scripts(raw, value, kind):
    template, diagnostics, source = parsed(raw, kind, base=4)
    assert diagnostics == ()
    (text,) = template.parts
    assert (text.value, text.start) == (value, 0)
    assert source.slice(text.span) == raw


def test_text_after_a_doubled_dollar_keeps_its_place():
    template, _, source = parsed("$$5 for ${a.b}: $$")
    assert [getattr(part, "value", None) for part in template.parts] == ["$5 for ", None, ": $"]
    assert [source.slice(part.span) for part in template.parts] == ["$$5 for ", "${a.b}", ": $$"]
    assert [part.start for part in template.parts] == [0, 8, 14]


@pytest.mark.parametrize(
    "script",
    [
        "${file%.md} ${CI:-1.0} ${#x} ${FILE%.md} ${arr[0]} ${x/a/b} ${!x} ${x-1} ${x:?no}",
        "$(ls) $((1 + 2)) `ls` $$ $1 $? $# $@ $* $! $- $0 $",
        "$$ARG $${ARG}",
        r"\$ARG \${a.b} \\\$ARG",
        '${ARG:-$(pwd)} ${ARG:-"a b"} ${ARG:-`pwd`}',
        "docker ps --format '{{.Names}}' $'a' $\"b\"",
        "cat $<in.txt",
        "${VERSION-1.} ${ name }",
        "${ARG",
        "${",
    ],
)
def test_what_scripts_keep_for_the_shell(script):
    assert outline(script, "shell") == [script]


def test_references_inside_what_is_the_shells():
    assert outline("${x:-${a.b}} $(cat ${FILE}) \\\\$ARG", "shell") == [
        "${x:-",
        ("a", "b"),
        "} $(cat ",
        ("FILE",),
        ") \\\\",
        ("ARG",),
    ]
    assert outline("${ARG:-${HOME}}", "shell") == ["${ARG:-", ("HOME",), "}"]


@pytest.mark.parametrize(
    ("path", "may"),
    [
        (("name",), True),
        (("ARG",), False),
        (("a", "b"), False),
        (("x-foo", "bar"), True),
        (("x", "foo-bar"), False),
    ],
)
def test_holes_that_a_shell_could_mean(path, may):
    assert shell_may_mean(path) is may


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_text_has_no_parts(kind):
    assert parsed("", kind)[0].parts == ()


# --- mistakes ---


@pytest.mark.parametrize(
    ("raw", "rule", "at"),
    [
        ("see ${}", "malformed-reference", "${}"),
        ("see ${ }", "malformed-reference", "${ }"),
        ("${a..b}", "malformed-reference", "."),
        ("${.b}", "malformed-reference", "."),
        ("${a.}", "malformed-reference", "}"),
        ("${a.b!}", "malformed-reference", "!"),
        ("${a.b[0]}", "malformed-reference", "["),
        ("${a.b:=x}", "malformed-reference", ":"),
        ("${a.b | }", "malformed-reference", "}"),
        ("${a.b || c}", "malformed-reference", "|"),
        ("${a.b | head 3}", "malformed-reference", "3"),
        ("${a.b | head(x)}", "malformed-reference", "x"),
        ("${a.b | head}", "malformed-reference", "head"),
        ("${a.b | head(0)}", "malformed-reference", "head(0)"),
        ("${a.b | json(3)}", "malformed-reference", "json(3)"),
        ("${a.b | lines | linez}", "unknown-filter", "linez"),
        ("${a.b and more", "malformed-reference", "${a.b"),
        ("${a.b\nmore}", "malformed-reference", "${a.b"),
        ("$<a.b", "malformed-reference", "$<a.b"),
        ("$<a..b>", "malformed-reference", "."),
        ("$<ARG>", "malformed-reference", "$<ARG>"),
        ("${{ a.b }}", "malformed-reference", "${{ a.b }}"),
        ("${{ a + b }}", "malformed-reference", "${{ a + b }}"),
        ("${a.b:-${c.d}}", "malformed-reference", "${"),
    ],
)
@pytest.mark.parametrize("kind", ["prompt", "env", "text"])
def test_mistakes_are_errors_at_their_exact_place(raw, rule, at, kind):
    assert complaints(raw, kind) == [(rule, "error", at)]


@pytest.mark.parametrize(
    ("raw", "at"),
    [("${a..b}", "."), ("${a.b!}", "!"), ("echo ${a.b", "${a.b"), ("${a.b | head}", "head")],
)
def test_a_malformed_dotted_name_is_an_error_in_scripts_too(raw, at):
    assert complaints(raw, "shell") == [("malformed-reference", "error", at)]


@pytest.mark.parametrize(
    ("raw", "kind", "rule", "at"),
    [
        ("use {{ a.b }}", "prompt", "foreign-template", "{{ a.b }}"),
        ("echo ${{ a.b }}", "shell", "foreign-template", "${{ a.b }}"),
        ("${a.b:-$HOME}", "prompt", "default-is-text", "$HOME"),
        ("${a.b:-$(pwd)}", "shell", "default-is-text", "$("),
        ("${a.b:-x | json}", "prompt", "default-is-text", "| json"),
        ("${a.b:-{}}", "prompt", "default-is-text", "{"),
    ],
)
def test_what_is_only_doubtful_is_a_warning(raw, kind, rule, at):
    assert complaints(raw, kind) == [(rule, "warning", at)]


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        ("${a.b | linse}", "prompt", "replace with `lines`"),
        ("${a.b | qqqqqq}", "prompt", "`head(n)`"),
        ("${a.b | head 3}", "prompt", "write `${a.b | head(3)}`"),
        ("${a.b | tail:20}", "prompt", "write `${a.b | tail(20)}`"),
        ("${a.b | head}", "prompt", "write `head(20)`"),
        ("${a.b || c}", "prompt", "write `${a.b:-c}`"),
        ("${a..b}", "prompt", "write `${a.b}`"),
        ("${a.b | }", "prompt", "write `${a.b}`, or name a filter"),
        ("${a b}", "prompt", "write `${a.b}`"),
        ("${a.}", "prompt", "name a field after the dot"),
        ("${.b}", "prompt", "name a step before the dot"),
        ("${9.b}", "prompt", "begins with a letter or `_`"),
        ("${a.b | first 3}", "prompt", "the filters are"),
        ("${a.b and", "prompt", "write `${a.b}`"),
        ("${{ a.b }}", "prompt", "write `${a.b}`"),
        ("$<ARG>", "text", "write `${ARG}`"),
    ],
)
def test_help_says_what_to_write(raw, kind, words):
    assert words in " ".join(only(raw, kind).help)


def test_one_mistake_does_not_hide_the_next():
    raw = "${a..b} ${c.d | nope} ${e.f and ${g.h}"
    template, diagnostics, source = parsed(raw)
    assert [source.slice(d.primary.span) for d in diagnostics] == [".", "nope", "${e.f"]
    assert [hole.written for hole in template.holes] == ["c.d", "g.h"]


# --- laws ---


def marks(step):
    """A monotone map from indexes to offsets, as a scalar with escapes and folded lines has."""
    return list(itertools.accumulate(step, initial=11))


TEXTS = st.text(st.sampled_from("$${}<>|:-.()ab_ARG 3\\\n'\"`é𝕏"), max_size=40)


@given(TEXTS, st.sampled_from(KINDS), st.data())
@example("$$${a.b}$<c.d>", "prompt", None)
def test_the_parts_cover_the_text_at_any_source_map(raw, kind, data):
    steps = [1] * len(raw)
    if data is not None:
        steps = data.draw(st.lists(st.integers(0, 4), min_size=len(raw), max_size=len(raw)))
    offsets = marks(steps)
    source = Source("play.yml", "x" * (offsets[-1] + 1))
    whole = Span(offsets[0], offsets[-1])
    template, diagnostics = parse_template(raw, whole, offsets.__getitem__, source, kind)
    at = 0
    for part in template.parts:
        assert part.start == at
        following = [other.start for other in template.parts if other.start > at]
        end = part.end if isinstance(part, Hole) else min(following, default=len(raw))
        assert part.span == Span(offsets[at], offsets[end])
        if isinstance(part, Text):
            written = raw[at:end]
            assert part.value == written or (kind != "shell" and "$$" in written)
        else:
            for name in part.names:
                index = raw.index(name.value, at)
                assert offsets[index] <= name.span.end
        at = end
    assert at == len(raw)
    for diagnostic in diagnostics:
        assert whole.start <= diagnostic.primary.span.start <= diagnostic.primary.span.end <= whole.end


@given(TEXTS)
def test_a_text_whose_dollars_are_doubled_is_itself(raw):
    template, diagnostics, _ = parsed(raw.replace("$", "$$").replace("{{", "{ {"))
    assert diagnostics == ()
    assert "".join(part.value for part in template.parts) == raw.replace("{{", "{ {")


INTERIORS = st.one_of(
    st.text(st.sampled_from("ab_-.:|()0 \t}\n"), max_size=12),
    st.from_regex(r"[ \t]?[a-c][a-c0_-]{0,2}(\.[a-c0-]{1,2}){0,3}[ \t]?(:-[^}]{0,4})?", fullmatch=True),
)


@given(INTERIORS)
@example("a.b")
@example(" a.0 :- x")
@example("a-:-b")
@example("")
def test_the_fast_path_reads_what_the_grammar_reads(text):
    by_grammar = read_by_grammar(text)
    plain = read_plain(text)
    if plain is not None:
        assert plain == by_grammar
    elif isinstance(by_grammar, Interior):
        assert by_grammar.filters != ()
    else:
        assert 0 <= by_grammar.at <= len(text)
        assert by_grammar.expected != ()


def test_plain_references_do_not_load_the_grammar(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from mmm_lang.source import Source, Span\n"
        "from mmm_lang.syntax.templates import parse_template\n"
        "from mmm_lang.syntax.conditions import parse_condition\n"
        "raw = 'x ${a.b} $ARG $<c.d> ${ARG:-src} $$'\n"
        "for kind in ('prompt', 'shell', 'env', 'text'):\n"
        "    parse_template(raw, Span(0, len(raw)), lambda i: i, Source('p', raw), kind)\n"
        "for when in ('true', '${a.b}', '${a.b} != 0'):\n"
        "    parse_condition(when, Span(0, len(when)), lambda i: i, Source('p', when))\n"
        "sys.exit('lark' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
