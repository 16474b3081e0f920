"""Prompts as a recording compares them: without what differs from run to run though nothing has changed.

Where the work tree lies and which session it is, object names of git, times and durations, names of temporary files. A
prompt that holds the output of a test run is so the same prompt again tomorrow, and on another machine.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256

_TEMPORARY = re.compile(r"(?:/private)?/(?:tmp|var/folders/\w+/\w+/T)/[\w.-]+")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b")
_DURATION = re.compile(r"\b\d+(?:[.,]\d+)? ?(?:ns|µs|us|ms|s|secs?|seconds?)\b")
_OBJECT = re.compile(r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b")


def comparable(prompt: str, root: str, folder: str) -> str:
    """A prompt for comparing. ``root`` is the top of the work tree, ``folder`` the session's (absolute; may be empty)."""
    text = placeless(prompt, root, folder)
    for pattern, word in (
        (_TEMPORARY, "<temporary>"),
        (_MOMENT, "<time>"),
        (_CLOCK, "<time>"),
        (_DURATION, "<duration>"),
        (_OBJECT, "<object>"),
    ):
        text = pattern.sub(word, text)
    return text


def placeless(text: str, root: str, folder: str) -> str:
    """A text without the machine's paths: ``<session>`` and ``<work tree>`` stand for them."""
    for path, word in ((folder, "<session>"), (root, "<work tree>")):
        for spelled in dict.fromkeys((path, os.path.realpath(path))) if path else ():
            text = re.sub(rf"{re.escape(spelled)}(?![\w.-])", lambda _, word=word: word, text)  # type: ignore[misc]  # mypy cannot infer a lambda's default
    return text


def placed(text: str, root: str, folder: str) -> str:
    """The text of `placeless` with the paths of this machine."""
    return text.replace("<session>", folder).replace("<work tree>", root)


def digest(asked: str) -> str:
    """The SHA-256 of a prompt, in hexadecimal."""
    return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()
