"""Where the context is kept: the documents in `.mmm/context`, and the facts of files in the git folder.

Facts hang on content alone, so all work trees of a repository share them, and a fresh one starts warm.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from mmm_lang.commands.folder import table
from mmm_lang.context.document import Document
from mmm_lang.context.errors import ContextError
from mmm_lang.context.facts import FACTS_VERSION, Kept, Reason
from mmm_lang.process.file_lock import in_turn

NAMES = (
    "analysis",
    "architecture",
    "conventions",
    "dependency_graph",
    "technical_debt",
    "test_coverage",
    "metadata",
)
"""The documents. The last says what the others were made from, and is written after them."""

FOLDER = os.path.join(".mmm", "context")
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_STRANGE = re.compile("[\udc80-\udcff]")


def read_documents(root: str) -> Mapping[str, Document] | None:
    """The documents of a work tree; ``None`` where they are not all there and whole."""
    found: dict[str, Document] = {}
    for name in NAMES:
        read = _read(os.path.join(root, FOLDER, f"{name}.json"))
        if read is None or read.get("version") != 1:
            return None
        found[name] = read
    return found


def read_score(root: str) -> float | None:
    """The score as the context of a work tree has it; ``None`` where there is none."""
    analysis = _read(os.path.join(root, FOLDER, "analysis.json"))
    value = None if analysis is None else table(analysis.get("score")).get("value")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _read(path: str) -> Document | None:
    try:
        with open(path, encoding="utf-8") as file:
            read = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def document_text(document: Document) -> str:
    """A document as it is written: an entry of a list, a line. Of a name that is not UTF-8 the strange bytes are written
    as `\\xff`."""
    text = (
        "{\n"
        + ",\n".join(f" {_ENCODE(name)}: {_laid_out(value)}" for name, value in document.items())
        + "\n}"
    )
    return _STRANGE.sub(lambda found: f"\\\\x{ord(found[0]) - 0xDC00:02x}", text) + "\n"


def _laid_out(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _ENCODE(value)
    return "[\n" + ",\n".join(f"  {_ENCODE(one)}" for one in value) + "\n ]"


def write_documents(root: str, common_dir: str, documents: Mapping[str, Document]) -> None:
    """Write all documents, so that a reader finds all of one time or none. Raises `ContextError`."""
    folder = os.path.join(root, FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
        if os.path.realpath(folder) != os.path.join(os.path.realpath(root), FOLDER):
            raise ContextError(
                f"`{folder}` is a link to somewhere else; remove it, so that mmm can make a folder"
            )
        with _alone(common_dir):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, "metadata.json"))
            # whatever the rules around it are: this folder is for reading, never for a commit
            _write(os.path.join(folder, ".gitignore"), "*\n")
            for name in NAMES:
                _write(os.path.join(folder, f"{name}.json"), document_text(documents[name]))
    except OSError as error:
        raise _refused(folder, error) from None


def read_facts(common_dir: str) -> Mapping[str, Kept | Reason]:
    """What earlier readings kept of files, by ``store_key``; nothing where that is of another version or broken."""
    kept = _read(_facts_path(common_dir))
    if kept is None or kept.get("version") != FACTS_VERSION:
        return {}
    facts = kept.get("facts")
    return facts if isinstance(facts, dict) else {}


def write_facts(common_dir: str, facts: Mapping[str, Kept | Reason]) -> None:
    """Keep the facts of files. Raises `ContextError`."""
    path = _facts_path(common_dir)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        text = json.dumps({"version": FACTS_VERSION, "facts": facts}, separators=(",", ":"))
        _write(path, text, mode=0o600)
    except OSError as error:
        raise _refused(path, error) from None


def _facts_path(common_dir: str) -> str:
    return os.path.join(common_dir, "mmm", "facts.json")


@contextmanager
def _alone(common_dir: str) -> Iterator[None]:
    """Hold the lock under which documents are written; two refreshes at once would mix theirs."""
    folder = os.path.join(common_dir, "mmm")
    os.makedirs(folder, exist_ok=True)
    with in_turn(os.path.join(folder, "context.lock")):
        yield


def _write(path: str, text: str, mode: int = 0o644) -> None:
    """Write a file by a temporary name, so that it is there whole or not at all."""
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _refused(path: str, error: OSError) -> ContextError:
    why = (error.strerror or str(error)).lower()
    return ContextError(
        f"`{error.filename or path}` cannot be written: {why}; make room, or make it writable"
    )
