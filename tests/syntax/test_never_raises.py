"""The front end's promise: any text gives a tree and diagnostics, with every place inside the text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.source import Source, Span
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.nodes import Playbook, Step, templates_of, walk
from mmm_lang.syntax.parser import parse_playbook
from mmm_lang.syntax.yaml_tree import read_tree
from tests.syntax.places import spans_inside

CORPUS = [path.read_text() for path in sorted((Path(__file__).parent.parent / "corpus").glob("*/*.yml"))]
NAMES = sorted({name for rows in KEYS.values() for name in rows})
PIECES = st.one_of(
    st.sampled_from(
        [
            *"-:?|>'\"[]{}&*!#%@`,~<",
            "\n",
            "\n  ",
            "\n- ",
            "\t",
            "\r\n",
            " ",
            ": ",
            "- ",
            "---\n",
            "...\n",
            "\\",
            "$",
        ]
    ),
    st.sampled_from(
        [
            "${a.b}",
            "$<a.b",
            "&a ",
            "*a",
            "<<: ",
            "!!str ",
            "|2-\n",
            "0",
            "yes",
            "\x85",
            "\u2028",
            "\x00",
            "😀",
            "\ud800",
        ]
    ),
    st.sampled_from(NAMES).map("{}: ".format),
    st.sampled_from(NAMES),
    st.text(max_size=3),
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join))


@st.composite
def mutated(draw) -> str:
    """A real playbook with pieces cut out, doubled and put in."""
    text = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(PIECES) + draw(st.sampled_from(["", text[start:end]])) + text[end:]
    return text


def spans(playbook: Playbook) -> list[Span]:
    found = [playbook.span, *playbook.keys.values()]
    for step in walk(playbook.steps):
        found += spans_of(step)
    return found


def spans_of(step: Step) -> list[Span]:
    found = [step.span, step.action.span, *step.keys.values()]
    for template in templates_of(step):
        found += [template.span, template.span_of(0, len(template.raw))]
        found += [hole.span for hole in template.holes]
    found += [handler.span for handler in (step.on_failure,) if handler is not None]
    return found


def check(text: str) -> None:
    playbook, diagnostics = parse_playbook(Source("p.yml", text))
    for diagnostic in diagnostics:
        assert all(span.end <= len(text) for span in spans_inside(diagnostic))
        assert diagnostic.message
        assert "\n" not in diagnostic.message
    assert all(span.end <= len(text) for span in spans(playbook))
    if not any(diagnostic.severity == "error" for diagnostic in diagnostics):
        assert playbook.steps


@settings(max_examples=250, deadline=None)
@given(TEXTS)
def test_any_text(text):
    check(text)


@settings(max_examples=250, deadline=None)
@given(mutated())
def test_a_broken_playbook(text):
    check(text)


@settings(max_examples=100, deadline=None)
@given(st.one_of(TEXTS, mutated()))
def test_the_pure_reader_never_raises_either(text):
    tree = read_tree(Source("p.yml", text), yaml.SafeLoader)
    for diagnostic in tree.diagnostics:
        assert all(span.end <= len(text) for span in spans_inside(diagnostic))


@settings(max_examples=40, deadline=None)
@given(mutated())
def test_the_same_text_gives_the_same_findings(text):
    source = Source("p.yml", text)
    first, second = (parse_playbook(source)[1] for _ in range(2))
    assert [diagnostic.sort_key for diagnostic in first] == [diagnostic.sort_key for diagnostic in second]


def test_steps_nested_as_deep_as_yaml_may_be():
    text = "- {shell: x, on_failure: " * 30 + "{claude: y}" + "}" * 30
    playbook, diagnostics = parse_playbook(Source("p.yml", text))
    assert [diagnostic.rule for diagnostic in diagnostics] == ["yaml-syntax"]
    flow = "- " + "{shell: x, on_failure: " * 62 + "{claude: y}" + "}" * 62
    playbook, diagnostics = parse_playbook(Source("p.yml", flow))
    assert diagnostics == ()
    assert len(list(walk(playbook.steps))) == 63


def test_importing_the_parser_is_cheap():
    script = (
        "import sys, mmm_lang.syntax.parser as p, mmm_lang.source as s\n"
        "p.parse_playbook(s.Source('p', '- shell: cargo test\\n- claude: /mmm-lint\\n'))\n"
        "print([n for n in ('lark', 'networkx', 'jinja2', 'rich', 'asyncio', 'tree_sitter', 'json') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
