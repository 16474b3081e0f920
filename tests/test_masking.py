"""Masking: of a stream as of the whole text, all of every secret, and nothing else."""

from __future__ import annotations

import base64
import json
import random
import re
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.masking import Mask, MaskedStream, Secret
from mmm_lang.runtime.secrets import SHORTEST, secrets_of, spellings
from mmm_lang.token_shapes import LONGEST, SHAPES

BODY = "\n".join(["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"] * 20)
TOKENS = (
    "AKIA" + "Q2W3E4R5T6Y7U8I9",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2C3_d4E5" * 6,
    "glpat-" + "x9Y8-z7W6_v5U4" * 2,
    "xoxb-" + "123456789012-abcdefABCDEF",
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "AIza" + "SyA-1234567890_abcdefghijklmnopqrst",
    "sk-ant-" + "api03-" + "a1B2_c3-D4" * 4,
    "sk-proj-" + "a1B2_c3-D4" * 6,
    "sk-" + "a1B2C3d4E5" * 2 + "T3BlbkFJ" + "a1B2C3d4E5" * 2,
    "npm_" + "a1B2C3" * 6,
    "pypi-AgEI" + "cHlwaS5vcmc_" * 6,
    "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0T",
    f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{BODY}\n-----END PGP PRIVATE KEY BLOCK-----",
    json.dumps(f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----")[1:-1],
)

INNOCENT = (
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "disk-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "task-force-sk-eleton.md",
    "AKIA",
    "ghp_short",
    "npm_config_registry=https://registry.example",
    "eyJhbGciOiJub25lIn0",
    "pypi-upload-of-the-package",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PRIVATE KEY-----",
    "|-----|-----|",
    "hf_hub_download",
    "xoxo-",
    "123e4567-e89b-12d3-a456-426614174000",
)

secrets = st.lists(st.text("ab", min_size=SHORTEST, max_size=14).map(str.encode), min_size=1, max_size=4)
pieces = st.sampled_from(
    [*TOKENS, *INNOCENT, "ghp_", "eyJ", "-----BEGIN ", "sk-", "A", "g", "\n", " ", "\\n"]
)


def mask_of(texts: list[bytes]) -> Mask:
    return Mask(Secret(text, b"***X***", "x") for text in texts)


@st.composite
def streams(draw: st.DrawFn, texts: list[bytes]) -> list[bytes]:
    """Secrets, beginnings of secrets, and things that look a little like them, cut into chunks anywhere."""
    known = st.sampled_from(texts)
    cut = st.tuples(st.one_of(known, pieces.map(str.encode)), st.integers(0, 60)).map(
        lambda one: one[0][: one[1]]
    )
    parts = st.one_of(known, pieces.map(str.encode), cut, st.text("ab", max_size=6).map(str.encode))
    whole = b"".join(draw(st.lists(parts, max_size=8)))
    places = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    return [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]


def masked(mask: Mask, chunks: list[bytes]) -> bytes:
    stream = MaskedStream(mask)
    return b"".join([*map(stream.feed, chunks), stream.end()])


@given(st.data(), secrets)
def test_a_stream_is_masked_as_its_whole_text(data: st.DataObject, texts: list[bytes]) -> None:
    mask, chunks = mask_of(texts), data.draw(streams(texts))
    assert masked(mask, chunks) == mask.masked(b"".join(chunks))


@given(st.data(), secrets)
def test_every_byte_of_every_secret_goes_and_no_other(data: st.DataObject, texts: list[bytes]) -> None:
    whole = b"".join(data.draw(streams(texts)))
    mask = mask_of(texts)
    covered = set()
    for one in mask.find(whole):
        covered |= set(range(one.start, one.end))
    for text in texts:
        for found in re.finditer(b"(?=%s)" % re.escape(text), whole):
            assert set(range(found.start(), found.start() + len(text))) <= covered
    told = mask.masked(whole)
    assert not any(text in told for text in texts)
    assert re.sub(rb"\*\*\*(X\*\*\*)?", b"", told) == bytes(
        byte for place, byte in enumerate(whole) if place not in covered
    )


@given(st.data(), secrets)
def test_masking_twice_changes_nothing(data: st.DataObject, texts: list[bytes]) -> None:
    parts = st.one_of(st.sampled_from(texts), st.text("abc \n", max_size=6).map(str.encode))
    mask = mask_of(texts)
    once = mask.masked(b"".join(data.draw(st.lists(parts, max_size=8))))
    assert mask.masked(once) == once


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_other_bytes_stay_as_they_are(content: bytes, places: list[int]) -> None:
    mask = Mask()
    cuts = sorted(places)
    chunks = [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    assert masked(mask, chunks) == content
    assert mask.masked(content) is content


@given(st.text(max_size=50))
def test_text_stays_as_it_is(text: str) -> None:
    assert Mask().text(text) == text
    assert Mask().text(text + "\udc80\ud800") == text + "\udc80\ud800"


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:12])
@pytest.mark.parametrize(
    "around", ["{}", "x\n{}\n", '"\\n{}"', "%20{}%20", "\x1b[32m{}\x1b[0m", "token={}&", "'{}',"]
)
def test_tokens_of_known_shape(token: str, around: str) -> None:
    assert Mask().text(around.format(token)) == around.format("***")


@pytest.mark.parametrize("text", INNOCENT, ids=lambda text: text[:20])
def test_what_only_looks_like_a_token(text: str) -> None:
    assert Mask().text(f" {text}\n") == f" {text}\n"


def test_every_shape_is_tested() -> None:
    seen = {found.title for token in TOKENS for found in Mask().find(token.encode())}
    assert seen == {shape.title for shape in SHAPES}


def test_a_private_key_whose_end_is_missing() -> None:
    assert Mask().text(f"-----BEGIN PRIVATE KEY-----\n{BODY}\nand then") == "***\nand then"


def test_what_is_no_secret_is_not_held_back() -> None:
    stream = MaskedStream(mask_of([b"hunter2hunter2"]))
    for chunk in (b"Downloading ... ", b"done.\n", b"-----BEGIN CERTIFICATE-----\n", b"eyJ "):
        assert stream.feed(chunk) == chunk
    assert stream.feed(b"hunter2") == b""
    assert stream.feed(b".") == b"hunter2."


@pytest.mark.parametrize(
    "evil",
    [
        b"eyJ",
        b"a",
        b"ghp_",
        b"-----BEGIN PRIVATE KEY-----",
        b"-----BEGIN RSA PRIVATE KEY-----" + b"A" * 14000,
    ],
)
def test_no_stream_takes_long_or_is_held_for_long(evil: bytes) -> None:
    size = 1 << 17
    stream = MaskedStream(mask_of([b"a" * 8]))
    began = time.process_time()
    for _ in range(size // (1 << 14)):
        stream.feed((evil * ((1 << 14) // len(evil) + 1))[: 1 << 14])
        assert len(stream.held) <= LONGEST
    assert time.process_time() - began < 10


# --- the spellings of a declared secret ---

WHITE = " \t\n\r\x0b\x0c"
values = st.text(
    st.characters(codec="utf-8", exclude_characters="*\0"), min_size=SHORTEST, max_size=40
).filter(lambda text: len(text.strip(WHITE).encode()) >= SHORTEST)


@given(values, st.binary(max_size=5), st.binary(max_size=5))
def test_forms_in_which_programs_print_a_value(value: str, before: bytes, after: bytes) -> None:
    mask = Mask(secrets_of(["TOKEN"], {"TOKEN": value}))
    bare = value.strip(WHITE)
    forms = [
        bare,
        json.dumps(bare)[1:-1],
        json.dumps(bare, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(bare)[1:-1])[1:-1],
        quote(bare, safe=""),
        quote_plus(bare),
        quote(bare),
        base64.b64encode(bare.encode()).decode(),
    ]
    for form in forms:
        told = mask.text(f"<{form}>")
        assert form not in told
        assert re.fullmatch(r"<(\*\*\*|TOKEN|=)+>", told)
    inside = base64.b64encode(before + bare.encode() + after)
    told = mask.masked(inside)
    assert b"***" in told
    assert (
        len(told.replace(b"***TOKEN***", b"").replace(b"***", b""))
        <= 4 * (len(before) + len(after)) // 3 + 12
    )


@pytest.mark.parametrize("value", ["short", "a\nb", "       x", ""])
def test_a_value_that_is_too_short_has_no_spelling(value: str) -> None:
    assert secrets_of(["TOKEN"], {"TOKEN": value}) == ()


def test_the_lines_of_a_key_are_masked_alone() -> None:
    key = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"
    line = BODY.splitlines()[0].encode()
    assert line in spellings(key.encode())
    assert b"-----BEGIN PRIVATE KEY-----" not in spellings(key.encode())


def test_a_name_that_would_tell_its_value() -> None:
    mask = Mask(secrets_of(["PASSWORD"], {"PASSWORD": "PASSWORD"}))
    assert mask.text("the PASSWORD") == "the ***"


def test_random_words_do_not_look_like_tokens() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/="
    text = "".join(random.Random(1).choices(letters, k=1_000_000))
    assert Mask().text(text) == text
