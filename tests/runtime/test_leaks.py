"""Where a secret is in what is to be committed: told, and never shown."""

from __future__ import annotations

import pytest

from mmm_lang.git.contents import Written
from mmm_lang.masking import Mask
from mmm_lang.runtime.leaks import leak_in
from mmm_lang.runtime.secrets import secrets_of

MASK = Mask(secrets_of(["TOKEN"], {"TOKEN": "hunter2hunter2"}))
GITHUB = b"ghp_" + b"a1B2" * 9


def leak(path: str | None, before: bytes, after: bytes) -> str | None:
    return leak_in([Written(path, before, after)], MASK)


def test_file_and_line_are_named() -> None:
    assert leak("a.py", b"", b"one\ntwo\nhunter2hunter2") == (
        "it left a secret in `a.py` (line 3: the value of `TOKEN`)"
    )
    assert leak(None, b"", GITHUB) == "it left a secret in the message of a commit (a token of GitHub)"


def test_a_name_with_a_secret_is_not_shown() -> None:
    said = leak("hunter2hunter2.txt", b"", GITHUB)
    assert said == (
        "it left secrets in the name of a file (the value of `TOKEN`), `***TOKEN***.txt` (line 1: a token of GitHub)"
    )


def test_many_places_are_counted() -> None:
    said = leak("a", b"", b"hunter2hunter2\n" * 9)
    assert said is not None
    assert said.endswith("(line 3: the value of `TOKEN`) and 6 more")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GITHUB, b"moved " + GITHUB),
        (b"", b"AKIAIOSFODNN7EXAMPLE"),
        (b"", GITHUB + b"  # gitleaks:allow\n"),
        (b"", b"x = '" + GITHUB + b"'  # pragma: allowlist secret"),
        (b"", b"nothing"),
    ],
)
def test_what_passes(before: bytes, after: bytes) -> None:
    assert leak("a", before, after) is None


def test_no_word_lets_a_declared_secret_pass() -> None:
    assert leak("a", b"", b"hunter2hunter2 # gitleaks:allow") is not None


def test_the_word_must_stand_on_its_line() -> None:
    assert leak("a", b"", b"# gitleaks:allow\n" + GITHUB) is not None
