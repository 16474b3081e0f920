"""The board on which several sessions at once are shown, for what the command line asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mmm_lang.cli.cook import View, person_looks_on, write_line

if TYPE_CHECKING:
    from mmm_lang.report.board import Board


@contextmanager
def board(sessions: str, view: View) -> Iterator[Board]:
    """JSON lines, moving lines where a person looks on, else plain lines. Session folders lie in ``sessions``."""
    from mmm_lang.report.board import JsonBoard, Lines, PlainBoard

    if view == "json":
        yield JsonBoard(Lines(write_line))
    elif view == "quiet" or not person_looks_on():
        yield PlainBoard(Lines(write_line), sessions, view)
    else:
        from mmm_lang.report.live_board import LiveBoard

        live = LiveBoard(sessions, verbose=view == "verbose")
        try:
            yield live
        finally:
            live.close()
