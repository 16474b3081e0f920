"""What a map's folder says, as far as it can be read: its journal, damage, and whether it runs."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mmm_lang.maps.decide import ending
from mmm_lang.maps.events import MapFinished
from mmm_lang.maps.folders import map_of
from mmm_lang.maps.journal import MapEntry, read_map
from mmm_lang.maps.results import result_of
from mmm_lang.maps.state import MapState, fold
from mmm_lang.runtime.journal import JournalDamaged
from mmm_lang.sessions.folders import SessionFolder, map_folders
from mmm_lang.sessions.record import Record, Standing
from mmm_lang.sessions.summary import Summary
from mmm_lang.tagged import Json
from mmm_lang.worktrees.map_lock import is_at_work


@frozen
class MapRecord:
    """One map. ``damage`` says where its journal cannot be read and why; there are no entries then."""

    id: str
    folder: str
    entries: tuple[MapEntry, ...] = ()
    damage: str | None = None
    running: bool = False

    @property
    def state(self) -> MapState:
        """The fold over its events."""
        return fold(entry.event for entry in self.entries)


def read_map_record(folder: SessionFolder, common_dir: str) -> MapRecord:
    """Read one map. What cannot be read is said, never raised."""
    running = is_at_work(common_dir, folder.id)
    try:
        return MapRecord(folder.id, folder.path, tuple(read_map(folder.path)), running=running)
    except JournalDamaged as error:
        return MapRecord(folder.id, folder.path, damage=str(error), running=running)
    except OSError as error:
        why = f"`{error.filename}` cannot be read: {(error.strerror or str(error)).lower()}"
        return MapRecord(folder.id, folder.path, damage=why, running=running)


def map_records(common_dir: str) -> tuple[MapRecord, ...]:
    """All maps of a repository, the newest first. Raises ``OSError``."""
    return tuple(read_map_record(folder, common_dir) for folder in map_folders(common_dir))


def owner_of(session: str, common_dir: str) -> str | None:
    """The map whose session this is; ``None``: it is one of its own. Raises ``OSError``."""
    return map_of(session, frozenset(folder.id for folder in map_folders(common_dir)))


def standing_of(record: MapRecord, state: MapState) -> Standing:
    """How a map stands."""
    if record.damage is not None:
        return "damaged"
    if record.running:
        return "running"
    return "died" if state.finished is None else state.finished.status


def can_go_on(record: MapRecord, state: MapState) -> bool:
    """Whether `mmm resume` has something to do: it did not succeed, or work of it is not merged yet."""
    standing = standing_of(record, state)
    waits = any(one.to_merge for one in state.items or ())
    return standing not in ("damaged", "running", "succeeded") or (standing == "succeeded" and waits)


def figures_of(state: MapState) -> MapFinished:
    """What there is to tell of a map in numbers, whether it has ended or not."""
    return state.finished if state.finished is not None else ending(state)


def summary_of(record: MapRecord) -> Summary:
    """A map in one line, as `mmm sessions ls` lists it; its iterations are the items that succeeded, of all."""
    state, started = record.state, record.state.started
    figures, standing = figures_of(state), standing_of(record, record.state)
    return Summary(
        id=record.id,
        folder=record.folder,
        name="" if started is None else f"{started.name} (map)",
        playbook="" if started is None else started.playbook,
        status=standing,
        reason=None if state.finished is None else state.finished.reason,
        message=_message(record, state, standing),
        started=record.entries[0].at if record.entries else None,
        last=record.entries[-1].at if record.entries else None,
        iterations=figures.succeeded,
        max_iterations=None if state.items is None else len(state.items),
        commits=figures.commits,
        calls=figures.calls,
        cost_usd=(
            sum(one.cost_usd or 0.0 for one in state.verdicts)
            if figures.cost_usd is None
            else figures.cost_usd
        ),
        cost_unknown=figures.cost_usd is None,
        charged_usd=figures.charged_usd,
    )


def _message(record: MapRecord, state: MapState, standing: Standing) -> str:
    if record.damage is not None:
        return record.damage
    if state.finished is not None:
        return state.finished.message
    done = sum(one.verdict is not None and not one.in_work for one in state.items or ())
    what = (
        f"{done} of {len(state.items)} items are done"
        if state.items is not None
        else "its items are looked up"
    )
    return f"it {'runs now' if standing == 'running' else 'died'}: {what}"


def map_json(record: MapRecord) -> dict[str, Json]:
    """One map as tools read it (spec/sessions.md)."""
    state, started = record.state, record.state.started
    figures = figures_of(state)
    return {
        "id": record.id,
        "status": standing_of(record, state),
        "reason": None if state.finished is None else state.finished.reason,
        "message": _message(record, state, standing_of(record, state)),
        "name": "" if started is None else started.name,
        "playbook": "" if started is None else started.playbook,
        "started": record.entries[0].at if record.entries else None,
        "last_event": record.entries[-1].at if record.entries else None,
        "lanes": None if started is None else started.lanes,
        "items": None if state.items is None else len(state.items),
        "succeeded": figures.succeeded,
        "failed": figures.failed,
        "merged": figures.merged,
        "commits": figures.commits,
        "calls": figures.calls,
        "cost_usd": figures.cost_usd,
        "charged_usd": figures.charged_usd,
        "folder": record.folder,
    }


def results_json(state: MapState) -> list[Json]:
    """What came of each item."""
    return [result_of(index, one) for index, one in enumerate(state.items or (), start=1)]


def older_maps(records: Sequence[MapRecord], seconds: float, now: float) -> list[MapRecord]:
    """Those whose last event is at least so old; one without a readable event is not known to be."""
    return [one for one in records if one.entries and now - one.entries[-1].at >= seconds]


def spared_map(record: MapRecord, parts: Sequence[Record], *, force: bool) -> str | None:
    """Why a map stays, with all its sessions; ``None``: it may go. ``force`` takes what could be resumed, too."""
    if record.running or any(part.running for part in parts):
        return "it runs now"
    if any(part.kept for part in parts):
        return "it died, and an agent call of it goes on; wait for its end"
    standing = standing_of(record, record.state)
    if force or standing == "succeeded":
        return None
    if standing == "damaged":
        return "it is damaged, so what it was about is unknown; `--force` removes it all the same"
    return f"it stands as {standing} and can be resumed; `--force` removes it all the same"
