"""A terminal's window, as far as a test needs one: what a person sees after these bytes were written to it."""

from __future__ import annotations

import re

from mmm_lang.report.wording import cells

_TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]")


class Window:
    """Rows of text, endlessly many, ``columns`` wide. An escape sequence that it does not know is an error."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._cells: list[list[str]] = [[]]
        """Row by row what is in each column; a wide letter has its second column empty."""
        self.row = 0
        self.column = 0
        self.cursor_is_shown = True

    def write(self, text: str) -> None:
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            assert token is not None, f"unknown escape sequence: {text[at : at + 20]!r}"
            at = token.end()
            if token[2] is not None:
                self._obey(token[1], token[2])
            elif token[0] == "\r":
                self.column = 0
            elif token[0] == "\n":
                self._go_down()
            else:
                self._put(token[0])

    @property
    def rows(self) -> list[str]:
        """The rows as they are."""
        return ["".join(row) for row in self._cells]

    @property
    def text(self) -> str:
        """What is on it, blank rows left out; a line that was wrapped is one row for each part."""
        return "\n".join(row.rstrip() for row in self.rows if row.strip())

    @property
    def lines(self) -> str:
        """What is on it, with the rows put together that are full to the edge."""
        joined = "".join(
            row if cells(row) >= self.columns - 1 and row.strip() else f"{row}\n" for row in self.rows
        )
        return joined.strip("\n")

    def _obey(self, argument: str, letter: str) -> None:
        match argument, letter:
            case _, "m":
                pass
            case "?25", "h" | "l":
                self.cursor_is_shown = letter == "h"
            case "2", "K":
                self._cells[self.row] = []
            case _, "A":
                self.row = max(0, self.row - int(argument or 1))
            case _:
                raise AssertionError(f"unknown escape sequence: {argument}{letter}")

    def _go_down(self) -> None:
        self.row += 1
        if self.row == len(self._cells):
            self._cells.append([])

    def _put(self, letter: str) -> None:
        size = cells(letter)
        if self.column + size > self.columns:
            self._go_down()
            self.column = 0
        row = self._cells[self.row]
        row += " " * (self.column - len(row))
        if size == 0 and self.column:
            row[self.column - 1] += letter
        else:
            row[self.column : self.column + size] = [letter, *[""] * (size - 1)]
        self.column += size
