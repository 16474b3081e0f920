"""What holds for every feature on every text, however broken: nothing raises, and every span lies in the text."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.editor.actions import fix_all, fixes, silencings
from mmm_lang.editor.completion import completion
from mmm_lang.editor.document import open_document
from mmm_lang.editor.findings import findings
from mmm_lang.editor.folding import folds
from mmm_lang.editor.formatting import formatting
from mmm_lang.editor.hints import hints
from mmm_lang.editor.hover import hover
from mmm_lang.editor.navigation import definition, highlights, references
from mmm_lang.editor.outline import outline
from mmm_lang.editor.rename import CannotRename, rename, renameable
from mmm_lang.editor.selection import selections
from mmm_lang.editor.tokens import tokens
from mmm_lang.source import Source, Span
from tests.cli.processes import environment
from tests.support.generate import playbooks, wild_playbooks

LAW = settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
_NOISE = st.text("abc:-#'\"{}[]|>&*!%@`$<. \t\n\r\ufeff\u2028😀é", max_size=8)


@st.composite
def texts(draw):
    """Playbooks, sound and wild, cut off or with something typed into them, as they are while people write."""
    text = draw(st.one_of(playbooks(), wild_playbooks(), _NOISE))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(_NOISE) + text[at + draw(st.integers(0, 3)) :]
    if draw(st.booleans()):
        text = text[: draw(st.integers(0, len(text)))]
    return text


@LAW
@given(texts(), texts(), st.data())
def test_no_feature_raises_and_every_span_is_in_the_text(earlier, text, data):
    document = open_document(Source("a.mmm.yml", text), open_document(Source("a.mmm.yml", earlier)))
    offset = data.draw(st.integers(0, len(text)))
    spans = [one.span for one in completion(document, offset)]
    assert all(span.start <= offset <= span.end for span in spans)
    spans += [one.span for one in findings(document)]
    spans += [one.span for one in definition(document, offset) if one.path is None]
    spans += references(document, offset, with_definition=True)
    spans += [one.span for one in highlights(document, offset)]
    spans += [one.span for one in tokens(document)]
    spans += [edit.span for edit in formatting(document)]
    spans += [edit.span for action in fixes(document, Span(0, len(text))) for edit in action.edits]
    found = hover(document, offset)
    if found is not None:
        spans.append(found.span)
        assert found.markdown.strip()
    everything = fix_all(document)
    if everything is not None:
        spans += [edit.span for edit in everything.edits]
    with suppress(CannotRename):
        spans.append(renameable(document, offset))
        spans += [edit.span for edit in rename(document, offset, "another-name")]
    assert all(span.end <= len(text) for span in spans)
    assert all(hint.offset <= len(text) for hint in hints(document))
    lines = len(document.source.line_starts)
    assert all(1 <= fold.first < fold.last <= lines for fold in folds(document))
    around = selections(document, offset)
    assert around[-1] == Span(0, len(text))
    assert all(outer.start <= inner.start and inner.end <= outer.end for inner, outer in pairwise(around))


def _check_symbols(symbols, outer):
    for one in symbols:
        assert outer.start <= one.span.start <= one.selection.start
        assert one.selection.end <= one.span.end <= outer.end
        _check_symbols(one.children, Span(0, outer.end))


@LAW
@given(texts())
def test_the_outline_has_its_selections_inside(text):
    _check_symbols(outline(open_document(Source("a.mmm.yml", text))), Span(0, len(text)))


@LAW
@given(texts())
def test_a_comment_that_silences_leaves_nothing_new_to_say(text):
    document = open_document(Source("a.mmm.yml", text))
    for action in silencings(document, Span(0, len(text)))[:2]:
        assert len(action.edits) == 1


def test_the_features_know_nothing_of_the_protocol():
    program = "import mmm_lang.editor.actions, mmm_lang.editor.completion, mmm_lang.editor.rename, sys; "
    program += (
        "print([name for name in ('lsprotocol', 'pygls', 'asyncio', 'networkx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", env=environment(), check=True
    )
    assert done.stdout.strip() == "[]"
