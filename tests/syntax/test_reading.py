"""Reading files: what is a playbook's text, and the sentence for what is not."""

from __future__ import annotations

import os

import pytest

from mmm_lang.syntax import reading
from mmm_lang.syntax.reading import read_source


def test_line_ends_are_kept_and_a_byte_order_mark_is_not_text(tmp_path):
    path = tmp_path / "p.yml"
    path.write_bytes(b"\xef\xbb\xbf- a\r\n- \xc3\xa9\n")
    source = read_source(path)
    assert source.text == "- a\r\n- é\n"
    assert source.bom
    assert source.path == str(path)


def test_no_such_file(tmp_path):
    with pytest.raises(reading.NoSuchFile, match=r"none\.yml: there is no such file"):
        read_source(tmp_path / "none.yml")


def test_a_folder(tmp_path):
    with pytest.raises(reading.NotAFile, match="this is a folder"):
        read_source(tmp_path)


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(reading.NotAFile, match="not a regular file"):
        read_source(tmp_path / "pipe")


def test_a_loop_of_links_is_unreadable(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(reading.Unreadable, match="cannot be opened"):
        read_source(tmp_path / "loop")


def test_a_name_that_no_file_can_have():
    with pytest.raises(reading.Unreadable, match="cannot be opened"):
        read_source("a\0b")


def test_the_limit_of_size(tmp_path):
    path = tmp_path / "p.yml"
    path.write_bytes(b"#" * reading.MAX_BYTES)
    assert len(read_source(path).text) == reading.MAX_BYTES
    path.write_bytes(b"#" * (reading.MAX_BYTES + 1))
    with pytest.raises(reading.TooLarge, match="over 1 MiB"):
        read_source(path)


def test_not_utf8_says_where(tmp_path):
    path = tmp_path / "p.yml"
    path.write_bytes("- ok\n- é ".encode() + b"\xff")
    with pytest.raises(reading.NotText, match=r"line 2, column 5 is not UTF-8 \(byte 0xff\)"):
        read_source(path)


def test_a_nul_byte_says_where(tmp_path):
    path = tmp_path / "p.yml"
    path.write_bytes(b"- ok\n- a\0b")
    with pytest.raises(reading.NotText, match="line 2, column 4 holds a NUL byte"):
        read_source(path)
