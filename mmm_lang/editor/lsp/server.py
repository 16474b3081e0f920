"""The language server: which method is answered by what, and the streams that it speaks through."""

from __future__ import annotations

import logging

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from mmm_lang import __version__
from mmm_lang.analysis.policy import ScriptReader
from mmm_lang.editor.completion import TRIGGERS
from mmm_lang.editor.lsp import requests
from mmm_lang.editor.lsp.conversion import LEGEND
from mmm_lang.editor.lsp.publishing import Publisher
from mmm_lang.editor.lsp.session import Session
from mmm_lang.editor.lsp.streams import private_streams


def serve(scripts: ScriptReader | None) -> int:
    """Speak to one editor over standard input and output until it leaves. Returns 0 where it said good-bye, else 1.

    ``scripts`` has the scripts of playbooks read by other programs.
    """
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # what matters goes to the client's log
    with private_streams() as (reader, writer):
        session = Session(make_server(), scripts)
        publisher = Publisher(session)
        answer_all(session, publisher)
        try:
            session.server.start_io(reader, writer)
        finally:
            publisher.stop()
    return 0 if session.was_shut_down else 1


def make_server() -> LanguageServer:
    """A server that answers nothing yet."""
    # Clients send the whole text with each change: playbooks are small, and no place can be misunderstood.
    return LanguageServer("mmm", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)


def answer_all(session: Session, publisher: Publisher) -> None:
    """Have every method answered."""

    def initialize(_: Session, params: lsp.InitializeParams) -> None:
        if publisher.is_fetched:
            options = lsp.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False)
            session.answer_later(lsp.TEXT_DOCUMENT_DIAGNOSTIC, publisher.fetch, options)

    def shutdown(_: Session, params: None) -> None:
        session.was_shut_down = True

    session.answer(lsp.INITIALIZE, initialize)
    session.answer(lsp.INITIALIZED, publisher.watch)
    session.answer(lsp.SHUTDOWN, shutdown)
    session.answer(lsp.TEXT_DOCUMENT_DID_OPEN, publisher.open)
    session.answer(lsp.TEXT_DOCUMENT_DID_CHANGE, publisher.change)
    session.answer(lsp.TEXT_DOCUMENT_DID_CLOSE, publisher.close)
    session.answer(lsp.TEXT_DOCUMENT_DID_SAVE, publisher.look_again)
    session.answer(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, publisher.look_again)
    session.answer(
        lsp.TEXT_DOCUMENT_COMPLETION,
        requests.on_completion,
        lsp.CompletionOptions(trigger_characters=list(TRIGGERS)),
    )
    session.answer(lsp.TEXT_DOCUMENT_HOVER, requests.on_hover)
    session.answer(lsp.TEXT_DOCUMENT_DEFINITION, requests.on_definition)
    session.answer(lsp.TEXT_DOCUMENT_REFERENCES, requests.on_references)
    session.answer(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, requests.on_highlight)
    session.answer(lsp.TEXT_DOCUMENT_PREPARE_RENAME, requests.on_prepare_rename)
    session.answer(lsp.TEXT_DOCUMENT_RENAME, requests.on_rename)
    session.answer(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        requests.on_code_action,
        lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, requests.FIX_ALL]),
    )
    session.answer(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, requests.on_symbols)
    session.answer(lsp.TEXT_DOCUMENT_FOLDING_RANGE, requests.on_folding)
    session.answer(lsp.TEXT_DOCUMENT_SELECTION_RANGE, requests.on_selection)
    session.answer(lsp.TEXT_DOCUMENT_FORMATTING, requests.on_formatting)
    session.answer(lsp.TEXT_DOCUMENT_INLAY_HINT, requests.on_hints)
    session.answer(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, requests.on_tokens, LEGEND)
