"""Our values as those of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from attrs import frozen
from lsprotocol import types as lsp

from mmm_lang.diagnostics.model import Edit, Label, Severity
from mmm_lang.editor.completion_model import Completion, CompletionKind
from mmm_lang.editor.coordinates import Coordinate, Coordinates, Encoding, Range
from mmm_lang.editor.findings import Finding
from mmm_lang.editor.folding import Fold
from mmm_lang.editor.hints import Hint
from mmm_lang.editor.lsp.rule_pages import page_uri
from mmm_lang.editor.lsp.uris import uri_of
from mmm_lang.editor.outline import Symbol, SymbolKind
from mmm_lang.editor.tokens import TOKEN_KINDS, Token
from mmm_lang.source import Source, Span

SEVERITIES: Mapping[Severity, lsp.DiagnosticSeverity] = MappingProxyType(
    {
        "error": lsp.DiagnosticSeverity.Error,
        "warning": lsp.DiagnosticSeverity.Warning,
        "note": lsp.DiagnosticSeverity.Information,
    }
)
COMPLETIONS: Mapping[CompletionKind, lsp.CompletionItemKind] = MappingProxyType(
    {
        "key": lsp.CompletionItemKind.Property,
        "value": lsp.CompletionItemKind.EnumMember,
        "step": lsp.CompletionItemKind.Variable,
        "field": lsp.CompletionItemKind.Field,
        "variable": lsp.CompletionItemKind.Constant,
        "input": lsp.CompletionItemKind.Variable,
        "command": lsp.CompletionItemKind.Function,
        "filter": lsp.CompletionItemKind.Operator,
        "rule": lsp.CompletionItemKind.Reference,
        "playbook": lsp.CompletionItemKind.File,
    }
)
SYMBOLS: Mapping[SymbolKind, lsp.SymbolKind] = MappingProxyType(
    {
        "inputs": lsp.SymbolKind.Namespace,
        "input": lsp.SymbolKind.Constant,
        "agent": lsp.SymbolKind.Method,
        "shell": lsp.SymbolKind.Function,
        "group": lsp.SymbolKind.Namespace,
        "other": lsp.SymbolKind.Object,
        "handler": lsp.SymbolKind.Event,
        "output": lsp.SymbolKind.Field,
        "until": lsp.SymbolKind.Boolean,
    }
)
LEGEND = lsp.SemanticTokensLegend(token_types=list(TOKEN_KINDS), token_modifiers=["declaration"])


@frozen(eq=False)
class Converter:
    """Converts what is said about one source, whose document the client calls ``uri``."""

    source: Source
    encoding: Encoding
    uri: str

    @property
    def coordinates(self) -> Coordinates:
        return Coordinates(self.source, self.encoding)

    # --- what the client says ---

    def offset(self, position: lsp.Position) -> int:
        """The offset of a position."""
        return self.coordinates.offset(Coordinate(position.line, position.character))

    def span(self, range_: lsp.Range) -> Span:
        """The span of a range."""
        start, end = range_.start, range_.end
        return self.coordinates.span(
            Range(Coordinate(start.line, start.character), Coordinate(end.line, end.character))
        )

    # --- what it is told ---

    def position(self, offset: int) -> lsp.Position:
        """The position of an offset."""
        found = self.coordinates.of(offset)
        return lsp.Position(found.line, found.character)

    def range(self, span: Span) -> lsp.Range:
        """The range of a span."""
        return lsp.Range(self.position(span.start), self.position(span.end))

    def location(self, span: Span) -> lsp.Location:
        """The place of a span of this document."""
        return lsp.Location(self.uri, self.range(span))

    def diagnostic(self, finding: Finding) -> lsp.Diagnostic:
        """A diagnostic, with its further places and the page of its rule."""
        tags = []
        if finding.is_unnecessary:
            tags.append(lsp.DiagnosticTag.Unnecessary)
        if finding.is_deprecated:
            tags.append(lsp.DiagnosticTag.Deprecated)
        href = page_uri(finding.rule)
        return lsp.Diagnostic(
            range=self.range(finding.span),
            message=finding.message,
            severity=SEVERITIES[finding.severity],
            code=finding.rule,
            code_description=lsp.CodeDescription(href) if href is not None else None,
            source="mmm",
            tags=tags or None,
            related_information=[self._related(label) for label in finding.related] or None,
        )

    def _related(self, label: Label) -> lsp.DiagnosticRelatedInformation:
        if label.source is None or label.source is self.source:
            location = self.location(label.span)
        else:
            there = Converter(label.source, self.encoding, uri_of(label.source.path))
            location = there.location(label.span)
        return lsp.DiagnosticRelatedInformation(location, label.message or "see also")

    def text_edits(self, edits: Iterable[Edit]) -> list[lsp.TextEdit]:
        """Edits of this document."""
        return [lsp.TextEdit(self.range(edit.span), edit.text) for edit in edits]

    def workspace_edit(
        self, edits: Iterable[Edit], version: int | None, *, versioned: bool
    ) -> lsp.WorkspaceEdit:
        """Edits of this document alone; ``versioned``: the client can be told which version they are for."""
        changes = self.text_edits(edits)
        if not versioned:
            return lsp.WorkspaceEdit(changes={self.uri: changes})
        document = lsp.OptionalVersionedTextDocumentIdentifier(self.uri, version)
        return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, changes)])

    def completion(self, item: Completion, order: int) -> lsp.CompletionItem:
        """One thing that can be written; ``order`` is its place in the list."""
        page = item.documentation
        return lsp.CompletionItem(
            label=item.label,
            kind=COMPLETIONS[item.kind],
            detail=item.detail or None,
            documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, page) if page else None,
            sort_text=f"{order:05}",
            filter_text=item.typed or item.label,
            text_edit=lsp.TextEdit(self.range(item.span), item.text),
        )

    def symbol(self, symbol: Symbol) -> lsp.DocumentSymbol:
        """An entry of the outline with all that is inside."""
        return lsp.DocumentSymbol(
            name=symbol.name.strip() or "(no name)",
            kind=SYMBOLS[symbol.kind],
            range=self.range(symbol.span),
            selection_range=self.range(symbol.selection),
            detail=symbol.detail or None,
            children=[self.symbol(child) for child in symbol.children],
        )

    def hint(self, hint: Hint) -> lsp.InlayHint:
        """A few words behind a line."""
        return lsp.InlayHint(
            self.position(hint.offset), hint.text, tooltip=hint.explanation, padding_left=True
        )

    def selection(self, spans: Sequence[Span]) -> lsp.SelectionRange:
        """Spans, each inside the next, the smallest first."""
        found: lsp.SelectionRange | None = None
        for span in reversed(spans):
            found = lsp.SelectionRange(self.range(span), parent=found)
        return found if found is not None else lsp.SelectionRange(self.range(Span(0, 0)))

    def tokens(self, tokens: Iterable[Token]) -> list[int]:
        """Semantic tokens as the protocol packs them: five numbers each, places relative to the one before."""
        packed: list[int] = []
        line = character = 0
        for token in tokens:
            start, end = self.coordinates.range(token.span)
            if start.line != end.line:
                continue
            packed += (
                start.line - line,
                start.character - (character if start.line == line else 0),
                end.character - start.character,
                TOKEN_KINDS.index(token.kind),
                int(token.is_definition),
            )
            line, character = start
        return packed


def folding_range(fold: Fold) -> lsp.FoldingRange:
    """Lines that can be folded."""
    kind = lsp.FoldingRangeKind.Comment if fold.kind == "comment" else None
    return lsp.FoldingRange(fold.first - 1, fold.last - 1, kind=kind)
