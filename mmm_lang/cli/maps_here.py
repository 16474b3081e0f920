"""What the commands about sessions do where a map is meant, or one of its sessions."""

from __future__ import annotations

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.repositories import folders_of
from mmm_lang.git.repository import Repository
from mmm_lang.maps.folders import map_of
from mmm_lang.maps.record import MapRecord, map_records, read_map_record
from mmm_lang.sessions.folders import SessionFolder, map_folders


def maps_here(repository: Repository) -> tuple[MapRecord, ...]:
    """All maps of the repository, read, the newest first. Raises `UsageFailure`."""
    try:
        return map_records(repository.common_dir)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UsageFailure(f"`{error.filename}` cannot be read: {why}") from None


def map_meant(repository: Repository, name: str | None) -> MapRecord | None:
    """The map of that id, or the only one whose id begins so while that of no other session does; without a name the
    last, if nothing began after it. ``None``: a session is meant.

    Raises `UsageFailure` where the folders may not be read.
    """
    folders = _map_folders(repository)
    ids = frozenset(folder.id for folder in folders)
    alone = [folder.id for folder in folders_of(repository) if map_of(folder.id, ids) is None]
    if name is None:
        newest = folders[:1] if folders and (not alone or folders[0].id > alone[0]) else ()
        return read_map_record(newest[0], repository.common_dir) if newest else None
    meant = [folder for folder in folders if folder.id == name]
    if not meant and name and not any(one.startswith(name) for one in alone):
        meant = [folder for folder in folders if folder.id.startswith(name)]
    return read_map_record(meant[0], repository.common_dir) if len(meant) == 1 else None


def owner_here(repository: Repository, session: str) -> str | None:
    """The map whose session this is; ``None``: it is one of its own. Raises `UsageFailure`."""
    return map_of(session, frozenset(folder.id for folder in _map_folders(repository)))


def parts_here(repository: Repository, map: str) -> tuple[SessionFolder, ...]:
    """The sessions of a map, in the order of their names: the items, `reduce`, `setup`. Raises `UsageFailure`."""
    found = [one for one in folders_of(repository) if map_of(one.id, frozenset((map,))) == map]
    return tuple(sorted(found, key=lambda one: one.id))


def _map_folders(repository: Repository) -> tuple[SessionFolder, ...]:
    try:
        return map_folders(repository.common_dir)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UsageFailure(f"`{error.filename}` cannot be read: {why}") from None
