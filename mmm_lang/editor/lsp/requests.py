"""What is answered to each request: find the document, ask the feature, convert."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types as lsp

from mmm_lang.editor.actions import Action, fix_all, fixes, silencings
from mmm_lang.editor.completion import completion
from mmm_lang.editor.folding import folds
from mmm_lang.editor.formatting import formatting
from mmm_lang.editor.hints import hints
from mmm_lang.editor.hover import hover
from mmm_lang.editor.lsp.conversion import Converter, folding_range
from mmm_lang.editor.lsp.session import Refusal, Session
from mmm_lang.editor.lsp.uris import uri_of
from mmm_lang.editor.navigation import Place, definition, highlights, references
from mmm_lang.editor.outline import outline
from mmm_lang.editor.rename import CannotRename, rename, renameable
from mmm_lang.editor.selection import selections
from mmm_lang.editor.tokens import tokens

FIX_ALL = "source.fixAll.mmm"
_KINDS = {"fix": "quickfix", "silence": "quickfix", "fix-all": FIX_ALL}


def on_completion(session: Session, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    found = completion(document, converter.offset(params.position))
    return lsp.CompletionList(False, [converter.completion(item, order) for order, item in enumerate(found)])


def on_hover(session: Session, params: lsp.HoverParams) -> lsp.Hover | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    found = hover(document, converter.offset(params.position))
    if found is None:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, found.markdown), converter.range(found.span))


def on_definition(session: Session, params: lsp.DefinitionParams) -> list[lsp.Location] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened

    def location(place: Place) -> lsp.Location:
        if place.path is None:
            return converter.location(place.span)
        if place.source is not None:
            return Converter(place.source, session.encoding, uri_of(place.path)).location(place.span)
        top = lsp.Position(0, 0)
        return lsp.Location(uri_of(place.path), lsp.Range(top, top))

    return [location(place) for place in definition(document, converter.offset(params.position))]


def on_references(session: Session, params: lsp.ReferenceParams) -> list[lsp.Location] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    found = references(
        document, converter.offset(params.position), with_definition=params.context.include_declaration
    )
    return [converter.location(span) for span in found]


def on_highlight(session: Session, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    write, read = lsp.DocumentHighlightKind.Write, lsp.DocumentHighlightKind.Read
    return [
        lsp.DocumentHighlight(converter.range(one.span), write if one.is_definition else read)
        for one in highlights(document, converter.offset(params.position))
    ]


def on_prepare_rename(
    session: Session, params: lsp.PrepareRenameParams
) -> lsp.PrepareRenamePlaceholder | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    try:
        span = renameable(document, converter.offset(params.position))
    except CannotRename as reason:
        raise Refusal(str(reason)) from None
    return lsp.PrepareRenamePlaceholder(converter.range(span), document.source.slice(span))


def on_rename(session: Session, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    file, document, converter = opened
    try:
        edits = rename(document, converter.offset(params.position), params.new_name)
    except CannotRename as reason:
        raise Refusal(str(reason)) from None
    return converter.workspace_edit(edits, file.version, versioned=_takes_versions(session))


def on_code_action(session: Session, params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    file, document, converter = opened
    span = converter.span(params.range)
    only = params.context.only
    is_asked = params.context.trigger_kind != lsp.CodeActionTriggerKind.Automatic
    found: list[Action] = []
    if _wants(only, "quickfix"):
        found += fixes(document, span)
        # To find out where a comment helps takes a few checks: too many for every move of the cursor.
        found += silencings(document, span) if is_asked else ()
    if _wants(only, FIX_ALL) and (is_asked or only):
        everything = fix_all(document)
        found += [everything] if everything is not None else []
    return [
        lsp.CodeAction(
            title=one.title,
            kind=_KINDS[one.kind],
            diagnostics=[converter.diagnostic(one.finding)] if one.finding is not None else None,
            is_preferred=one.is_preferred or None,
            edit=converter.workspace_edit(one.edits, file.version, versioned=_takes_versions(session)),
        )
        for one in found
    ]


def _wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether actions of a kind are asked for: of none in particular, of that kind or of one above it."""
    return not only or any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in map(_plain, only))


def _plain(kind: object) -> str:
    return str(getattr(kind, "value", kind))


def _takes_versions(session: Session) -> bool:
    return session.can("workspace.workspace_edit.document_changes")


def on_symbols(session: Session, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    return [converter.symbol(symbol) for symbol in outline(document)]


def on_folding(session: Session, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange] | None:
    opened = session.opened(params.text_document.uri)
    return [folding_range(fold) for fold in folds(opened[1])] if opened is not None else None


def on_selection(session: Session, params: lsp.SelectionRangeParams) -> list[lsp.SelectionRange] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    offsets = [converter.offset(position) for position in params.positions]
    return [converter.selection(selections(document, offset)) for offset in offsets]


def on_formatting(session: Session, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    return converter.text_edits(formatting(document))


def on_hints(session: Session, params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    span = converter.span(params.range)
    return [converter.hint(hint) for hint in hints(document) if span.start <= hint.offset <= span.end]


def on_tokens(session: Session, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens | None:
    opened = session.opened(params.text_document.uri)
    if opened is None:
        return None
    _, document, converter = opened
    return lsp.SemanticTokens(converter.tokens(tokens(document)))
