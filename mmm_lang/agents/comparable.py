"""Prompts as a recording compares them: without what differs from run to run though nothing has changed.

Where the work tree lies and which session it is, object names of git and addresses of objects, dates, times and
durations, names of temporary files, numbers of processes. A prompt that holds the output of a test run is so the
same prompt again tomorrow, and on another machine.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ZONE = r"(?:UTC|GMT|[+-]\d{4}|[A-Z]{3,5}(?= 20\d\d\b))"
"""Other names of zones only before a year: `ERROR` comes after a time as well."""

_UNSTEADY = tuple(
    (re.compile(pattern, re.MULTILINE), word)
    for pattern, word in (
        (r"(?:/private)?/(?:tmp|var/folders/\w+/\w+/T)/[\w.-]+", "<temporary>"),
        (r"<temporary>/pytest-\d+(?![\w.-])", "<temporary>"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        # not in the name of a file: that one says something
        (r"(?<![\w./-])(?:19|20)\d\d-[01]\d-[0-3]\d(?![\w/-]|\.\w)", "<time>"),
        (r"(?:\b\d\d|(?<![\w:.])\d):[0-5]\d:[0-5]\d(?:[.,]\d+)?\b", "<time>"),
        (
            rf"\b(?:{_DAY} )?(?:{_MONTH} +\d\d?|\d\d? {_MONTH}(?: 20\d\d)?) <time>"
            rf"(?: [AP]M\b)?(?: {_ZONE})?(?: 20\d\d\b)?",
            "<time>",
        ),
        (r"\b\d+(?:[.,]\d+)? ?(?:ns|µs|us|ms|s|secs?|seconds?)\b", "<duration>"),
        # `0m1.` is what the line above leaves of `0m1.234s`
        (r"\b(?:\d+ ?h ?)?\d+ ?m(?:in)? ?(?:\d+[.,])?<duration>", "<duration>"),
        (r"\b\d+m\d+(?:[.,]\d+)?s\b", "<duration>"),
        (r"<duration> \(<time>\)", "<duration>"),
        (r"\b0x[0-9A-Fa-f]{7,16}\b", "<object>"),
        (r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", "<object>"),
        (r"\b(thread '[^'\n]*') \(\d+\)", r"\1 (<process>)"),
        (r"\b((?:[Pp]id|PID|[Tt]id|TID)\"?[ =:]{1,2})\d+\b", r"\1<process>"),
    )
)
"""In this order: later ones find what earlier ones have left."""

_PADDED = re.compile(r"^([ \t]*)([=_*~-])\2* (.*) \2+(?=\r?$)", re.MULTILINE)


def comparable(prompt: str, root: str, folder: str) -> str:
    """A prompt for comparing. ``root`` is the top of the work tree, ``folder`` the session's (absolute; may be empty)."""
    return steady(placeless(prompt, root, folder))


def steady(text: str) -> str:
    """A text without what differs from run to run. One that is steady by the rules of an earlier version becomes so by
    today's."""
    for pattern, word in _UNSTEADY:
        text = pattern.sub(word, text)
    return _PADDED.sub(_unpadded, text)


def _unpadded(line: re.Match[str]) -> str:
    """A heading without what fills it up to the width of the terminal, where that depends on a time within."""
    timed = "<duration>" in line[3] or "<time>" in line[3]
    return f"{line[1]}{line[2]} {line[3]} {line[2]}" if timed else line[0]


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
