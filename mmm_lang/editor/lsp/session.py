"""One connection to an editor: what it can do, what is open, and how a request finds its document."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from attrs import define, field
from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from mmm_lang.analysis.policy import ScriptReader
from mmm_lang.editor.coordinates import Encoding
from mmm_lang.editor.document import Document
from mmm_lang.editor.lsp.conversion import Converter
from mmm_lang.editor.lsp.open_files import OpenFile, OpenFiles

P = TypeVar("P")


class Refusal(JsonRpcException):
    """A request that cannot be served for a reason that people should read."""

    CODE = lsp.LSPErrorCodes.RequestFailed.value


@define(eq=False)
class Session:
    """A client and its open files. ``scripts`` has their scripts read by other programs."""

    server: LanguageServer
    scripts: ScriptReader | None = None
    files: OpenFiles = field(factory=OpenFiles)
    was_shut_down: bool = False

    @property
    def encoding(self) -> Encoding:
        """What both sides have agreed to count characters in."""
        found = self.server.workspace.position_encoding
        agreed = str(getattr(found, "value", found))
        return cast(Encoding, agreed) if agreed in ("utf-8", "utf-16", "utf-32") else "utf-16"

    def can(self, capability: str) -> bool:
        """Whether the client declares a capability, such as ``text_document.diagnostic``."""
        found: object = get_capability(self.server.client_capabilities, capability, None)
        return found is not None and found is not False

    def opened(self, uri: str) -> tuple[OpenFile, Document, Converter] | None:
        """An open playbook with its document; ``None`` for any other file."""
        file = self.files.get(uri)
        document = file.document if file is not None else None
        if file is None or document is None:
            return None
        return file, document, Converter(document.source, self.encoding, uri)

    def log(self, what: str) -> None:
        """Write the exception that is being handled to the client's log."""
        message = f"mmm {what}: {traceback.format_exc()}"
        self.server.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    def answer(
        self, method: str, answer: Callable[[Session, P], object], options: object | None = None
    ) -> None:
        """Let a function answer a method. Where it fails the answer is ``None``, and the log says why; a `Refusal`
        goes to the client as it is."""

        def guarded(params: P) -> object:
            try:
                return answer(self, params)
            except Refusal:
                raise
            except Exception:
                self.log(method)
                return None

        self.server.feature(method, options)(guarded)

    def answer_later(
        self, method: str, answer: Callable[[Session, P], Awaitable[object]], options: object | None = None
    ) -> None:
        """The same for a function that waits for something."""

        async def guarded(params: P) -> object:
            try:
                return await answer(self, params)
            except Exception:
                self.log(method)
                return None

        self.server.feature(method, options)(guarded)
