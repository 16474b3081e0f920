"""Streams of any size and shape."""

from __future__ import annotations

import json
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.agents.activity import activity
from mmm_lang.agents.outcome import read_result
from mmm_lang.agents.stream import LONGEST_LINE, read_stream
from tests.agents.streams import INIT, REQUEST, RESULT, read

ENDINGS = {"succeeded", "failed", "quota", "auth", "transient", "budget"}


def test_broken_lines_are_passed_by(tmp_path):
    broken = [
        b"\n",
        b"not json \xff\xfe\n",
        b'{"type": "result", \n',
        b'["result"]\n',
        b'"result"\n',
        b"[" * 100_000 + b'"result"\n',
    ]
    result = read(tmp_path, INIT, *broken, RESULT, b'{"type": "result", "subtype": "succ')
    assert (result.ending, result.text) == ("succeeded", "done")


def test_the_last_line_needs_no_end(tmp_path):
    assert read(tmp_path, INIT, json.dumps(RESULT).encode()).ending == "succeeded"


def test_fields_of_wrong_types_are_not_believed(tmp_path):
    line = {**RESULT, "result": ["x"], "session_id": 5, "permission_denials": {"a": 1}}
    result = read(tmp_path, {**INIT, "slash_commands": "mmm-code-review", "session_id": None}, line)
    assert (result.ending, result.text, result.session, result.denied) == ("succeeded", "", None, ())


def test_lone_surrogates_become_text_that_a_file_can_hold(tmp_path):
    result = read(
        tmp_path, INIT, json.dumps({**RESULT, "result": "x"}).replace('"x"', '"a\\ud800b"').encode()
    )
    assert result.text.encode() == b"a?b"


def test_memory_stays_flat(tmp_path):
    """50 MB of lines, then one endless line, then the result: far less than the file is held at any time."""
    path = tmp_path / "stdout"
    filler = json.dumps({"type": "user", "message": {"content": "x" * 60_000}}).encode() + b"\n"
    with open(path, "wb") as file:
        for _ in range(50_000_000 // len(filler)):
            file.write(filler)
        for _ in range(40):
            file.write(b'"result"' * (128 * 1024))
        file.write(b"\n" + json.dumps(RESULT).encode() + b"\n")
    tracemalloc.start()
    try:
        stream = read_stream(str(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stream.result is not None
    assert stream.overlong == 1
    assert peak < 3 * LONGEST_LINE


def test_only_an_endless_line(tmp_path):
    path = tmp_path / "stdout"
    with open(path, "wb") as file:
        file.truncate(LONGEST_LINE + 10)
    result = read_result(REQUEST, str(path), str(tmp_path / "none"), 0)
    assert result.ending == "failed"
    assert "too long to read" in result.reason


@given(st.binary(max_size=2000), st.sampled_from([0, 1, 143, None]))
def test_any_bytes_give_a_result(tmp_path_factory, content, exit_code):
    folder = tmp_path_factory.mktemp("any")
    (folder / "stdout").write_bytes(content)
    (folder / "stderr").write_bytes(content)
    result = read_result(REQUEST, str(folder / "stdout"), str(folder / "stderr"), exit_code)
    assert result.ending in ENDINGS
    assert result.ending == "succeeded" or result.reason


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from([*RESULT, *INIT, "errors", "api_error_status", "api_error", "structured_output"]), VALUES
)


@given(
    st.lists(st.tuples(st.sampled_from([RESULT, INIT]), FIELDS), max_size=3), st.sampled_from([0, 1, None])
)
def test_any_values_in_the_lines_give_a_result(tmp_path_factory, lines, exit_code):
    folder = tmp_path_factory.mktemp("values")
    result = read(folder, *({**base, **fields} for base, fields in lines), exit_code=exit_code)
    assert result.ending in ENDINGS
    json.dumps(result.text).encode()
    result.text.encode()
    assert result.cost_usd is None or 0 <= result.cost_usd < float("inf")
    if result.ending == "succeeded":
        assert exit_code == 0
        assert result.reason is None
    else:
        assert result.reason.isprintable()


@given(
    st.binary(max_size=500) | FIELDS.map(lambda fields: json.dumps({"type": "assistant", **fields}).encode())
)
def test_activity_of_any_line_is_short_and_plain(line):
    said = activity(line)
    assert said is None or (said.isprintable() and len(said) <= 100)
