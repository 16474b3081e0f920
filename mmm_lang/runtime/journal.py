"""The journal: one file of events, appended and synced, that is the truth of a session (spec/journal.md).

A line is JSON with a sequence number, the time and a checksum of the rest. A half-written last line is what a crash
leaves; it is dropped when the journal is opened. Anything else that is wrong is damage, and said so.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import cast

from attrs import frozen

from mmm_lang.runtime.events import EVENT_NAMES, JOURNAL_VERSION, Base, Event, SessionStarted
from mmm_lang.tagged import Codec, Json, UnreadableValue

_LONGEST_LINE = 4000
"""Bytes; a longer event goes to a file of its own, the line holds its name and hash."""

CODEC = Codec({**{name: cls for cls, name in EVENT_NAMES.items()}, "base": Base}, tag="event")


@frozen
class Vocabulary:
    """What one kind of journal is about: its events by name, how they are written, and the ``version`` that its first
    event (``first``) has to have."""

    codec: Codec
    names: Mapping[type, str]
    first: str
    version: int


SESSIONS = Vocabulary(CODEC, EVENT_NAMES, EVENT_NAMES[SessionStarted], JOURNAL_VERSION)
"""The events of a session."""


class JournalDamaged(Exception):
    """A journal that cannot be trusted, or that another version wrote; the message says at which line and why."""


@frozen
class Entry:
    """One event with its number (from 1) and time (UNIX seconds)."""

    seq: int
    at: float
    event: Event

    def to_json(self) -> dict[str, Json]:
        """The entry as journal and `--format json` print it."""
        fields = cast(dict[str, Json], CODEC.encode(self.event))
        return {"seq": self.seq, "at": self.at, **fields}


class LineFile:
    """A journal of any vocabulary, open for its one writer. ``clock`` gives UNIX seconds."""

    def __init__(self, folder: str, clock: Callable[[], float], vocabulary: Vocabulary) -> None:
        """A new journal in an existing folder; the folder's entry is synced, so that it survives a crash."""
        self._folder = folder
        self._clock = clock
        self._vocabulary = vocabulary
        self._seq = 0
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.open(journal_path(folder), flags, 0o600)
        _sync_folder(folder)

    def open_again(
        self, folder: str, clock: Callable[[], float], vocabulary: Vocabulary, written: int
    ) -> None:
        """In stead of ``__init__``: the journal goes on after the lines that it has, ``written`` many.

        A half-written last line is cut off. Raises ``OSError``.
        """
        self._folder, self._clock, self._vocabulary, self._seq = folder, clock, vocabulary, written
        path = journal_path(folder)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            with open(path, "rb") as file:
                content = file.read()
            os.ftruncate(self._file, content.rfind(b"\n") + 1)
            os.fsync(self._file)
        except OSError as error:
            os.close(self._file)
            error.filename = path
            raise

    def write(self, event: object) -> tuple[int, float]:
        """Write one event of the vocabulary and sync it; its number (from 1) and time.

        Raises ``OSError`` where the disk refuses, or where the file is no longer in its place: its writer must stop.
        """
        seq, at = self._seq + 1, round(self._clock(), 3)
        fields = cast(dict[str, Json], self._vocabulary.codec.encode(event))
        line = _line({"seq": seq, "at": at, **fields})
        if len(line) > _LONGEST_LINE:
            line = _line(self._spill(seq, at, event))
        try:
            if not os.path.samestat(os.stat(journal_path(self._folder)), os.fstat(self._file)):
                raise FileNotFoundError(errno.ENOENT, "another file has taken its place")
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError(
                    errno.ENOSPC, f"only {written} of {len(line)} bytes of an event could be written"
                )
            (getattr(os, "fdatasync", None) or os.fsync)(self._file)
        except OSError as error:
            error.filename = journal_path(self._folder)
            raise
        self._seq = seq
        return seq, at

    def _spill(self, seq: int, at: float, event: object) -> dict[str, Json]:
        content = _json(self._vocabulary.codec.encode(event))
        name = f"event-{seq}.json"
        write_whole(os.path.join(self._folder, name), content)
        digest = sha256(content).hexdigest()
        return {
            "seq": seq,
            "at": at,
            "event": self._vocabulary.names[type(event)],
            "file": name,
            "sha256": digest,
        }

    def close(self) -> None:
        os.close(self._file)


class Journal(LineFile):
    """The journal of one session."""

    def __init__(self, folder: str, clock: Callable[[], float]) -> None:
        """A new journal in an existing folder. Raises ``OSError``."""
        super().__init__(folder, clock, SESSIONS)

    @classmethod
    def reopen(cls, folder: str, clock: Callable[[], float], entries: Sequence[Entry]) -> Journal:
        """The journal of a session that goes on, after these ``entries``, which are all that it has.

        A half-written last line is cut off. Raises ``OSError``.
        """
        journal = cls.__new__(cls)
        journal.open_again(folder, clock, SESSIONS, len(entries))
        return journal

    def append(self, event: Event) -> Entry:
        """Write one event and sync it. Raises ``OSError`` where the disk refuses, or where the file is no longer in its
        place: the session must stop."""
        seq, at = self.write(event)
        return Entry(seq, at, event)


def journal_path(folder: str) -> str:
    return os.path.join(folder, "journal.jsonl")


def read_journal(folder: str) -> list[Entry]:
    """The entries of a session's journal. Raises `JournalDamaged`, ``OSError``."""
    with open(journal_path(folder), "rb") as file:
        return list(_entries(file.read(), folder))


def read_lines(folder: str, vocabulary: Vocabulary) -> Iterator[tuple[int, float, object]]:
    """Number, time and event of each line of a journal of this vocabulary. Raises `JournalDamaged`, ``OSError``."""
    with open(journal_path(folder), "rb") as file:
        content = file.read()
    yield from _lines(content, folder, vocabulary)


def read_sound(folder: str) -> tuple[list[Entry], JournalDamaged | None]:
    """The entries before the first line that cannot be read, and what is wrong with that line. Raises ``OSError``."""
    sound: list[Entry] = []
    with open(journal_path(folder), "rb") as file:
        content = file.read()
    try:
        for entry in _entries(content, folder):
            sound.append(entry)  # noqa: PERF402  what was read before the damage is kept
    except JournalDamaged as damage:
        return sound, damage
    return sound, None


def write_whole(path: str, content: bytes) -> None:
    """Write a file so that it is there whole or not at all: temporary name, sync, rename."""
    temporary = f"{path}.{os.getpid()}.{threading.get_native_id()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    os.replace(temporary, path)
    _sync_folder(os.path.dirname(path) or ".")


def _entries(content: bytes, folder: str) -> Iterator[Entry]:
    for seq, at, event in _lines(content, folder, SESSIONS):
        yield Entry(seq, at, cast(Event, event))


def _lines(content: bytes, folder: str, vocabulary: Vocabulary) -> Iterator[tuple[int, float, object]]:
    lines = content.split(b"\n")
    whole, rest = lines[:-1], lines[-1]
    del rest  # a half-written last line: the event was not yet the truth
    for number, line in enumerate(whole, start=1):
        try:
            yield _entry(line, number, folder, vocabulary)
        except (ValueError, OSError, UnreadableValue) as error:
            where = f"line {number} of {journal_path(folder)}"
            raise JournalDamaged(f"{where} cannot be read: {error}") from None


def _entry(line: bytes, number: int, folder: str, vocabulary: Vocabulary) -> tuple[int, float, object]:
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("it is not an object")
    if data.pop("check", None) != _checksum(data):
        raise ValueError("its checksum does not match")
    seq, at = data.pop("seq", None), data.pop("at", None)
    if seq != number or not isinstance(at, int | float):
        raise ValueError(f"it has number {seq} and time {at} where number {number} should be")
    if "sha256" in data:
        data = _spilled(data, folder)
    version = data.get("version")
    if data.get("event") == vocabulary.first and version != vocabulary.version:
        raise ValueError(
            f"the journal has version {version}, this mmm reads version {vocabulary.version}; "
            "read it with the mmm that wrote it"
        )
    if data.get("event") not in vocabulary.names.values():
        raise ValueError(f"it has no event that this mmm knows: {data.get('event')!r}")
    return number, at, vocabulary.codec.decode(data)


def _spilled(data: dict[str, Json], folder: str) -> dict[str, Json]:
    path = os.path.join(folder, os.path.basename(str(data.get("file"))))
    with open(path, "rb") as file:
        content = file.read()
    if sha256(content).hexdigest() != data["sha256"]:
        raise ValueError(f"{path} is not what the journal says it is")
    return cast(dict[str, Json], json.loads(content))


def _line(data: dict[str, Json]) -> bytes:
    return _json({**data, "check": _checksum(data)}) + b"\n"


def _checksum(data: dict[str, Json]) -> str:
    return f"{zlib.crc32(_json(data)):08x}"


def _json(data: Json) -> bytes:
    """One line of ASCII, keys in order. File names that are not UTF-8 are lone surrogates, and come back as they were."""
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
