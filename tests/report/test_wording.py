"""Words for people, and texts of programs made fit to be shown."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.report import wording
from mmm_lang.report.screen import screen


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0 s"), (9.99, "9 s"), (10, "10 s"), (125, "2 min 5 s")])
def test_elapsed_is_in_whole_seconds(seconds: float, text: str) -> None:
    assert wording.elapsed(seconds) == text


@settings(deadline=None)
@given(st.text(), st.integers(2, 100))
def test_cut_fits_and_keeps_the_beginning(text: str, room: int) -> None:
    cut = wording.cut(text, room)
    assert wording.cells(cut) <= room
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


@settings(deadline=None)
@given(st.text())
def test_printable_is_what_a_terminal_only_shows(text: str) -> None:
    shown = wording.printable(text)
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") for one in shown)
    assert wording.printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("a\tb", "a    b"),
        ("bell\x07", "bell"),
        ("\x1b(Bplain", "plain"),
        ("half\x1b[3", "half"),
    ],
)
def test_escape_sequences_go_whole(text: str, shown: str) -> None:
    assert wording.printable(text) == shown


def test_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\n\n\x1b[1mtwo\x1b[0m\r\n10%\r20%\r100%\r\nthree \xff\n")
    assert wording.last_lines(str(path), 2) == ["100%", "three \ufffd"]
    assert wording.last_lines(str(path), 10) == ["one", "two", "100%", "three \ufffd"]
    assert wording.last_lines(str(tmp_path / "nothing"), 2) == []


def test_the_last_lines_of_a_long_file_are_not_begun_in_the_middle_of_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("x" * 100 + "\nlast\n")
    assert wording.last_lines(str(path), 5, limit=20) == ["…" + "x" * 14, "last"]


class Gone(io.StringIO):
    """A terminal whose window was closed after some writes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = path.open("w")
        self.left = 1

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        return super().write(text)

    def fileno(self) -> int:
        return self.file.fileno()


def test_a_screen_that_goes_away_disturbs_nobody(tmp_path: Path) -> None:
    gone = Gone(tmp_path / "out")
    shown = screen(gone)
    for word in ("one", "two", "three"):
        shown.write(word)
        shown.flush()
    assert gone.getvalue() == "one"
    gone.file.close()
