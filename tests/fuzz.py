"""Two doors that must hold whatever is thrown at them: text to the checker, bytes to the journal.

    python -m tests.fuzz check --seconds 60

With `atheris` installed (an optional package) the inputs are guided by coverage; without it hypothesis draws them. The
same two functions are run for a moment by `tests/test_fuzz.py`. An input that breaks one is written to a file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

CORPUS = sorted((Path(__file__).parent / "playbooks").glob("*/*.yml"))
JOURNAL = Path(__file__).parent.parent / "spec" / "journal.md"
LONGEST = 5.0
"""Seconds of processor time that one small input may take: more is as bad as an endless loop."""


def check(content: bytes) -> None:
    """Any text is checked to its end, and every place that is named lies inside of it."""
    from mmm_lang.analysis.check import analyse  # here, so that atheris can prepare it first
    from mmm_lang.source import Source

    text = content.decode("utf-8", "replace")
    for diagnostic in analyse(Source("fuzz.yml", text)).diagnostics:
        assert 0 <= diagnostic.primary.span.start <= diagnostic.primary.span.end <= len(text)


def journal(content: bytes) -> None:
    """Any file is read and folded, or refused as damaged."""
    from mmm_lang.runtime.fold import fold
    from mmm_lang.runtime.journal import JournalDamaged, journal_path, read_journal

    with tempfile.TemporaryDirectory() as folder:
        Path(journal_path(folder)).write_bytes(content)
        try:
            entries = read_journal(folder)
        except JournalDamaged:
            return
        fold(entry.event for entry in entries)


TARGETS: dict[str, Callable[[bytes], None]] = {"check": check, "journal": journal}


def seeds(target: str) -> list[bytes]:
    """What to begin with: the playbooks of the tests, the journal of the document."""
    if target == "check":
        return [path.read_bytes() for path in CORPUS]
    lines = [line for line in JOURNAL.read_bytes().splitlines(keepends=True) if line.startswith(b'{"seq"')]
    return [b"".join(lines[:length]) for length in range(1, len(lines) + 1)]


@st.composite
def mutants(draw: st.DrawFn, target: str) -> bytes:
    """A seed of which pieces were cut out, doubled, swapped for those of another, or written over."""
    known = st.sampled_from(seeds(target))
    content = draw(known)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 40)))
        other = draw(known)
        place = draw(st.integers(0, len(other)))
        piece = draw(
            st.sampled_from(
                [b"", content[start:end] * 2, other[place : place + 60], b"\n", b"\0", b"{", b": "]
            )
        )
        content = content[:start] + piece + draw(st.binary(max_size=3)) + content[end:]
    return content


def within_time(target: Callable[[bytes], None], content: bytes) -> None:
    began = time.process_time()
    target(content)
    assert time.process_time() - began < LONGEST, "it took too long"


def drawn(name: str, seconds: float) -> None:
    """Inputs by hypothesis, until the time is over."""
    ends = time.monotonic() + seconds
    count = 0

    @settings(
        max_examples=500,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutants(name))
    def run(content: bytes) -> None:
        nonlocal count
        if time.monotonic() < ends:
            tried(name, content)
            count += 1

    while time.monotonic() < ends:
        run()
    print(f"{name}: {count} inputs by hypothesis")


def tried(name: str, content: bytes) -> None:
    """Run one input; the file of one that fails is named."""
    try:
        within_time(TARGETS[name], content)
    except BaseException:
        descriptor, path = tempfile.mkstemp(prefix=f"mmm-fuzz-{name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        print(f"failed; the input is in {path}: python -m tests.fuzz {name} {path}", file=sys.stderr)
        raise


def guided(name: str, seconds: float) -> bool:
    """Inputs by atheris; false where it is not installed."""
    try:
        import atheris
    except ImportError:
        return False
    with atheris.instrument_imports(include=["mmm_lang"]):
        TARGETS[name](seeds(name)[0])
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(name)):
            Path(corpus, str(number)).write_bytes(seed)
        arguments = [
            "fuzz",
            f"-max_total_time={int(seconds)}",
            f"-timeout={int(4 * LONGEST)}",
            "-max_len=4096",
            corpus,
        ]
        atheris.Setup(arguments, lambda content: tried(name, content))
        atheris.Fuzz()
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("file", nargs="*", help="inputs to run again, instead of new ones")
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    for path in arguments.file:
        within_time(TARGETS[arguments.target], Path(path).read_bytes())
    if not arguments.file and not guided(arguments.target, arguments.seconds):
        drawn(arguments.target, arguments.seconds)


if __name__ == "__main__":
    main()
