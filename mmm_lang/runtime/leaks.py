"""Secrets in what is to be committed: where they are, never what they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mmm_lang.git.contents import Written
from mmm_lang.masking import Found, Mask
from mmm_lang.token_shapes import MADE_UP

_ALLOWED = rb"gitleaks:allow|pragma: allowlist secret"
"""On its line, what other scanners take as a person's word that a token of known shape is none."""

_SHOWN = 3


class SecretLeft(Exception):
    """What is to be committed holds a secret; the message says where, as a sentence about the step."""


def leak_in(changes: Iterable[Written], mask: Mask) -> str | None:
    """A sentence about the secrets that changes bring in, ``None`` where they bring none.

    Those that were in the same file before are not brought in. Tokens of known shape that are made up, or whose line
    allows them, pass; the value of a declared secret never does.
    """
    places = {place: None for one in changes for place in _places(one, mask)}
    if not places:
        return None
    what = "a secret" if len(places) == 1 else "secrets"
    shown, more = list(places)[:_SHOWN], len(places) - _SHOWN
    return f"it left {what} in {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")


def _places(change: Written, mask: Mask) -> Iterator[str]:
    named = change.path is not None and next(mask.find(change.path.encode("utf-8", "surrogatepass")), None)
    if named:
        yield f"the name of a file ({named.title})"
    for found in mask.find(change.after):
        secret = change.after[found.start : found.end]
        if secret in change.before or _passes(change.after, found):
            continue
        if change.path is None:
            yield f"the message of a commit ({found.title})"
        else:
            line = change.after.count(b"\n", 0, found.start) + 1
            yield f"`{mask.text(change.path)}` (line {line}: {found.title})"


def _passes(content: bytes, found: Found) -> bool:
    if found.named:
        return False
    line_start = content.rfind(b"\n", 0, found.start) + 1
    line_end = content.find(b"\n", found.start)
    line = content[line_start : line_end if line_end >= 0 else len(content)]
    secret = content[found.start : found.end]
    if re.search(_ALLOWED, line) is not None:
        return True
    # a key is so long that any word turns up in it
    return not secret.startswith(b"-----") and re.search(MADE_UP.encode(), secret) is not None
