"""Writing the user's files: whole, as they were otherwise, or not at all."""

from __future__ import annotations

import os

import pytest

from mmm_lang.cli.rewriting import NotWritten, rewrite, write_whole
from mmm_lang.syntax.reading import read_source


def test_the_mode_stays_and_nothing_is_left_behind(tmp_path):
    path = tmp_path / "a.yml"
    path.write_text("old")
    path.chmod(0o604)
    rewrite(read_source(path), "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o604
    assert os.listdir(tmp_path) == ["a.yml"]


def test_a_byte_order_mark_stays(tmp_path):
    path = tmp_path / "a.yml"
    path.write_bytes(b"\xef\xbb\xbfold\r\n")
    rewrite(read_source(path), "new\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbfnew\r\n"


def test_what_somebody_else_wrote_meanwhile_is_not_lost(tmp_path):
    path = tmp_path / "a.yml"
    path.write_text("old")
    source = read_source(path)
    path.write_text("theirs")
    with pytest.raises(NotWritten, match="changed while mmm read it"):
        rewrite(source, "new")
    assert path.read_text() == "theirs"


def test_a_new_file_has_the_mode_of_new_files(tmp_path):
    mask = os.umask(0o027)
    try:
        write_whole(str(tmp_path / "new"), b"x")
    finally:
        os.umask(mask)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_where_nothing_can_be_written(tmp_path):
    with pytest.raises(NotWritten, match=r"the file cannot be written \(no such file or directory\)"):
        write_whole(str(tmp_path / "nowhere" / "a"), b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotWritten, match="is a directory"):
        write_whole(str(tmp_path / "folder"), b"x")
    assert os.listdir(tmp_path) == ["folder"]
