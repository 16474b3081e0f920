"""From files to facts: known ones from the store, the others read, over several processes where there are many."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import cast

from attrs import frozen

from mmm_lang.context.errors import ContextError
from mmm_lang.context.facts import Facts, Kept, Reason, keep, take
from mmm_lang.context.kinds import language_of, left_out
from mmm_lang.context.text import MOST_BYTES, not_written_by_hand
from mmm_lang.context.tree import Entry, Tree, read_content

_WORTH_A_PROCESS = 400 * 1024
"""Bytes of code, about half a second's reading; below it a process of its own takes longer to start than it saves."""
_MOST_PROCESSES = 4


@frozen
class Read:
    """What all files of code gave: facts by path, and why others are left out. ``anew`` files had to be read."""

    facts: Mapping[str, Facts]
    aside: Mapping[str, Reason]
    anew: int
    store: Mapping[str, Kept | Reason]
    """What is to be kept for the next time, by ``store_key``."""


def store_key(entry: Entry) -> str:
    """What facts are kept under: content, and the ending that says how to read it."""
    return entry.key + os.path.splitext(entry.path)[1]


def read_files(tree: Tree, known: Mapping[str, Kept | Reason], processes: int | None = None) -> Read:
    """The facts of every file of code. ``known`` is what an earlier reading kept.

    ``processes``: at most so many at once, by default one for each processor. Raises `ContextError`.
    """
    aside: dict[str, Reason] = dict(tree.aside)
    code: list[Entry] = []
    for entry in tree.files:
        if (reason := left_out(entry.path)) is not None:
            if language_of(entry.path) is not None:
                aside[entry.path] = reason
        elif language_of(entry.path) is not None:
            code.append(entry)
    store: dict[str, Kept | Reason] = {}
    facts: dict[str, Facts] = {}
    unknown: dict[str, Entry] = {}
    for entry in code:
        key = store_key(entry)
        found = known.get(key)
        if found is None:
            unknown.setdefault(key, entry)
            continue
        try:
            if isinstance(found, list):
                facts[entry.path] = take(found)
            else:
                aside[entry.path] = found
            store[key] = found
        except (TypeError, ValueError):
            unknown.setdefault(key, entry)
    new = _read_all(tree.root, sorted(unknown.items()), processes or _processors())
    for entry in code:
        if entry.path in facts or entry.path in aside:
            continue
        kept = new[store_key(entry)]
        if isinstance(kept, list):
            facts[entry.path] = take(kept)
        else:
            aside[entry.path] = kept
        if kept != "unreadable":
            store[store_key(entry)] = kept
    return Read(facts, dict(sorted(aside.items())), len(unknown), store)


def read_file(root: str, path: str) -> Kept | Reason:
    """The facts of one file of code as they are kept, or why it is left out."""
    content = read_content(root, path, MOST_BYTES + 1)
    if content is None:
        return "unreadable"
    if len(content) > MOST_BYTES:
        return "huge"
    reason = not_written_by_hand(content)
    return reason if reason is not None else keep(facts_of(path, content))


def facts_of(path: str, content: bytes) -> Facts:
    """The facts of a file of code, by its name and content. Grammars are loaded when the first of their files comes."""
    language = language_of(path)
    assert language is not None
    match os.path.splitext(path)[1], language.name:
        case _, "Python":
            from mmm_lang.context.grammar_python import python_grammar as grammar
        case _, "JavaScript":
            from mmm_lang.context.grammar_javascript import javascript_grammar as grammar
        case ".tsx", _:
            from mmm_lang.context.grammar_javascript import tsx_grammar as grammar
        case _, "TypeScript":
            from mmm_lang.context.grammar_javascript import typescript_grammar as grammar
        case _, "Go":
            from mmm_lang.context.grammar_go import go_grammar as grammar
        case _, "Rust":
            from mmm_lang.context.grammar_rust import rust_grammar as grammar
        case _:
            from mmm_lang.context.other_languages import read_other

            return read_other(language, path, content)
    from mmm_lang.context.parsing import read_parsed

    return read_parsed(language.name, grammar(), content)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return min(_MOST_PROCESSES, len(os.sched_getaffinity(0)))
    return min(_MOST_PROCESSES, os.cpu_count() or 1)


_Work = Sequence[tuple[str, Entry]]


def _read_all(root: str, work: _Work, processes: int) -> dict[str, Kept | Reason]:
    sizes = {key: _size(root, entry.path) for key, entry in work}
    processes = min(processes, sum(sizes.values()) // _WORTH_A_PROCESS + 1)
    if processes < 2:
        return _read_share(root, work)
    shares: list[list[tuple[str, Entry]]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for key, entry in sorted(work, key=lambda one: (-sizes[one[0]], one[0])):
        least = loads.index(min(loads))
        shares[least].append((key, entry))
        loads[least] += sizes[key]
    return _read_apart(root, shares)


def _size(root: str, path: str) -> int:
    try:
        return min(os.lstat(os.path.join(root, path)).st_size, MOST_BYTES)
    except OSError:
        return 0


def _read_share(root: str, work: _Work) -> dict[str, Kept | Reason]:
    return {key: read_file(root, entry.path) for key, entry in work}


def _read_apart(root: str, shares: Sequence[_Work]) -> dict[str, Kept | Reason]:
    """The first share is read here, each of the others in a process that ends with it."""
    running = []
    for share in shares[1:]:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=_send_share, args=(theirs, root, share), daemon=True)
        process.start()
        theirs.close()
        running.append((process, ours))
    found = _read_share(root, shares[0])
    try:
        for _, ours in running:
            found |= _received(ours)
    finally:
        for process, ours in running:
            ours.close()
            process.join()
            process.close()
    return found


def _received(ours: Connection[object, object]) -> dict[str, Kept | Reason]:
    try:
        content = ours.recv_bytes()
    except (EOFError, OSError):
        raise ContextError(
            "a process that read files for the analysis died; run `mmm analyze` again, with more memory free"
        ) from None
    return cast("dict[str, Kept | Reason]", json.loads(content))


def _send_share(theirs: Connection[object, object], root: str, share: _Work) -> None:
    """What a process of its own does. Where its parent is gone, nobody wants the result."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        theirs.send_bytes(json.dumps(_read_share(root, share)).encode("ascii"))
    except BrokenPipeError:
        os._exit(0)
    theirs.close()


def totals(facts: Iterable[Facts]) -> tuple[int, int]:
    """Lines and lines of code of several files."""
    every = tuple(facts)
    return sum(one.lines for one in every), sum(one.code_lines for one in every)
