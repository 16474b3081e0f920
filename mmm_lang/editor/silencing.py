"""Where to write the comment that silences a diagnostic, found by trying.

Behind the line is the usual place; inside a script or a long text it would be part of the text, so then the comment
goes to the line of the key, or above. A place counts where the text, read again, has nothing new to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from attrs import evolve

from mmm_lang.analysis.registry import COMMENT_RULES, YAML_RULES
from mmm_lang.analysis.suppression_comments import Suppression, read_suppression
from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Diagnostic, Edit
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.editor.document import Document
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_comments import Comment, comments_of
from mmm_lang.syntax.yaml_nodes import Mapping, Node, Sequence

_MOST_TRIED = 8


def silencing(document: Document, diagnostic: Diagnostic) -> tuple[Edit, ...]:
    """The edits that silence one diagnostic by a comment; none where no comment can."""
    if diagnostic.rule in YAML_RULES | COMMENT_RULES:
        return ()
    before = _said(document.diagnostics)
    best: tuple[Edit, ...] = ()
    for tried, edit in enumerate(_candidates(document, diagnostic)):
        if tried >= _MOST_TRIED:
            break
        source = evolve(document.source, text=apply_edits(document.text, (edit,)))
        after = _said(document.judge(source).diagnostics)
        gone = before - after
        if after - before or not gone or set(gone) - {one for one in gone if one[0] == diagnostic.rule}:
            continue
        if (diagnostic.rule, diagnostic.message) not in gone:
            continue
        if sum(gone.values()) == 1:
            return (edit,)
        best = best or (edit,)
    return best


def _said(diagnostics: tuple[Diagnostic, ...]) -> Counter[tuple[str, str]]:
    return Counter((one.rule, one.message) for one in unsuppressed(diagnostics))


def _candidates(document: Document, diagnostic: Diagnostic) -> Iterator[Edit]:
    """Comments on the diagnostic's line, then on the lines where what is around it begins, innermost first."""
    source = document.source
    start = diagnostic.primary.span.start
    offsets = [start, *(one for one in _beginnings(document, start))]
    comments = {source.position(one.span.start).line: one for one in comments_of(document.tree)}
    text = f"# mmm: ignore[{diagnostic.rule}]"
    for number in dict.fromkeys(source.position(offset).line for offset in offsets):
        line = source.line_span(number)
        for there in (number, number - 1):
            comment = comments.get(there)
            if comment is not None and (there == number or comment.is_alone):
                yield from _joined(document, comment, diagnostic.rule)
        if number not in comments:
            yield Edit(Span(line.end, line.end), f"  {text}")
        written = source.slice(line)
        indent = written[: len(written) - len(written.lstrip(" "))]
        yield Edit(Span(line.start, line.start), f"{indent}{text}{_line_end(document)}")


def _joined(document: Document, comment: Comment, rule: str) -> Iterator[Edit]:
    """The rule added to a comment that silences others already."""
    read = read_suppression(comment, document.tree.text)
    if isinstance(read, Suppression) and read.kind == "ignore":
        yield Edit(Span(read.names_span.end, read.names_span.end), f", {rule}")


def _beginnings(document: Document, offset: int) -> list[int]:
    """Where the entries and items around an offset begin, innermost first."""
    found: list[int] = []
    node: Node | None = document.tree.root
    while node is not None:
        inner: Node | None = None
        if isinstance(node, Mapping):
            for entry in node.entries:
                if entry.key.span.start <= offset <= max(entry.key.span.end, entry.place.end):
                    found.append(entry.key.span.start)
                    inner = entry.value
        elif isinstance(node, Sequence):
            for item in node.items:
                if item.place.start <= offset <= item.place.end:
                    found.append(item.place.start)
                    inner = item.node
        node = inner
    return found[::-1]


def _line_end(document: Document) -> str:
    return "\r\n" if "\r\n" in document.text else "\n"
