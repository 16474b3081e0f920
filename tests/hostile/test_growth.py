"""Whatever a text repeats or nests, checking and formatting it takes time in proportion to its length."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.render_full import render_full
from mmm_lang.formatting.playbook import NotYaml, format_playbook
from mmm_lang.source import Source
from mmm_lang.syntax.reading import SourceError, source_of_bytes
from tests.hostile.texts import GROUPS, TEXTS

SIZE = 6_000
"""Small enough for a test of all texts; `python -m tests.hostile` takes the largest that there may be."""
LARGE = 40_000
GREW = (
    "filters",
    "near misses of ids",
    "open references",
    "references in a script that hold",
    "references in steps",
    "suppressions in a row",
    "suppressions of a file that hold",
    "suppressions that hold",
)
"""What once took time with the square of its length."""
SECONDS = 4
"""Of processor time for one text: the dearest takes a fourth of it on a machine that others use too."""
LEAST = 0.05
"""Seconds of processor time that are as good as none: what is loaded on the way costs as much."""
MEMORY = 2 << 30
PATIENCE = 120


def checked(source: Source) -> None:
    found = analyse(source).diagnostics
    assert all(0 <= one.primary.span.start <= one.primary.span.end <= len(source.text) for one in found)
    render_full(found, PLAIN)


def formatted(source: Source) -> None:
    with suppress(NotYaml):
        format_playbook(source)


def bounded(task: Callable[[Source], None], text: str, seconds: int | None = None) -> tuple[str, float]:
    """How a task ends that has so many seconds (`SECONDS`) and `MEMORY`: nothing where it ends well; and the processor
    time that it took, in seconds. It has a process of its own."""
    most = SECONDS if seconds is None else seconds
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        said, began = "", time.process_time()
        try:
            limit = int(began) + most + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            task(source_of_bytes("p.yml", text.encode("utf-8", "surrogatepass")))
        except SourceError:
            pass
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"[:500]
        os.write(write, f"{time.process_time() - began} {said}".encode())
        os._exit(0)
    os.close(write)
    try:
        if not select.select([read], [], [], PATIENCE)[0]:
            os.kill(process, signal.SIGKILL)
        said = os.read(read, 4096).decode()
    finally:
        os.close(read)
        os.waitpid(process, 0)
    took, _, complaint = said.partition(" ")
    return (complaint, float(took)) if said else (f"it took more than {most} s", float(most))


def both(source: Source) -> None:
    checked(source)
    formatted(source)


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_every_text_is_done_in_time(group):
    ends = {name: bounded(both, text(SIZE))[0] for name, text in GROUPS[group].items()}
    assert {name: end for name, end in ends.items() if end} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", GREW)
def test_long_texts_take_their_length(name):
    (failed, less), (also, more) = (bounded(checked, TEXTS[name](size), 60) for size in (LARGE // 4, LARGE))
    assert (failed, also) == ("", "")
    assert more < 8 * max(less, LEAST)  # with the length it would be 4 times, with its square 16


def test_a_task_that_takes_too_long_is_noticed(monkeypatch):
    def endless(source: Source) -> None:
        while True:
            pass

    monkeypatch.setattr(sys.modules[__name__], "SECONDS", 0)
    assert "more than" in bounded(endless, "- shell: a\n")[0]


def test_a_task_that_raises_is_noticed():
    def raising(source: Source) -> None:
        raise ValueError(source.text)

    assert bounded(raising, "- a")[0] == "ValueError: - a"
