"""What a killed mmm, or a git of it, left beside the records: files and references that nobody needs, locks nobody holds.

All of it is called while no merge and no removal is under way: the caller holds ``record.alone``.
"""

from __future__ import annotations

import contextlib
import os
import time

from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.merging import HOLDS, hold_ref
from mmm_lang.worktrees.record import (
    RecordUnreadable,
    folder_of,
    read_record,
    record_names,
    record_path,
    records,
    records_held,
)


def clear_locks(repository: Repository) -> None:
    """Remove the locks that gits left which were killed while a work tree was made, merged or removed.

    Those of references that only mmm takes, and where a merge or a removal was cut off all that were made since. Locks
    that a living git may hold stay.
    """
    names = record_names(repository.common_dir)
    folders = ("refs/heads", HOLDS, "refs/mmm/rescue")
    repository.clear_locks_of_refs(f"{folder}/{name}" for name in names for folder in folders)
    for record in records(repository.common_dir):
        if record.cleaning or record.merging is not None:
            written = os.stat(record_path(repository.common_dir, record.name)).st_mtime
            since = written if record.merging is None else record.merging.at
            repository.clear_left_locks(since - 0.01, time.time())


def sweep(repository: Repository) -> None:
    """Remove what was held for merges that are over, and files that were never finished.

    Raises ``GitError`` and ``OSError``.
    """
    common = repository.common_dir
    held = {ref.split("/")[3] for ref in repository.refs_below(HOLDS) if ref.split("/")[4:5] == ["merge"]}
    over = [hold_ref(name) for name in sorted(held) if _is_over(common, name)]
    if over:
        repository.release(*over)
    with records_held(common):  # whoever writes one holds this, so that what lies there is nobody's
        for name in _beside(common, ".tmp"):
            _unlink(os.path.join(folder_of(common), name))
    for name in _beside(common, ".index"):
        if _is_over(common, name.partition(".")[0]):
            _unlink(os.path.join(folder_of(common), name))


def _is_over(common_dir: str, name: str) -> bool:
    """Whether no merge of ``name`` is under way, or waits to be mended."""
    try:
        record = read_record(common_dir, name)
    except RecordUnreadable:
        return False
    return name.startswith("mmm-") and (record is None or record.merging is None)


def _beside(common_dir: str, part: str) -> list[str]:
    """Files beside the records that have this in their names."""
    try:
        return [name for name in os.listdir(folder_of(common_dir)) if part in name]
    except FileNotFoundError:
        return []


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
