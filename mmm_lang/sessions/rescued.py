"""Work that was set aside: what each rescue reference holds, where it came from, and how it is found by name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from mmm_lang.diagnostics.similar import nearest
from mmm_lang.git.changes import Change
from mmm_lang.git.errors import GitError
from mmm_lang.git.history import Commit
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import RESCUES, Rescue
from mmm_lang.runtime.events import RolledBack
from mmm_lang.sessions.record import Record


class NoSuchRescue(Exception):
    """A name that is no rescue reference's, or the beginning of several; the message says what to write instead."""


@frozen
class Origin:
    """Where work came from: a session's playbook, why it was set aside, and the commit that was gone back to."""

    playbook: str
    why: str
    to: str


@frozen
class Rescued:
    """What one reference holds.

    ``commits`` are those that were taken off the branch, oldest first; ``uncommitted`` the files that differed from the
    last of them, and ``changes`` everything that differs from ``base``, where the work began. ``at`` in UNIX seconds.
    """

    ref: str
    sha: str
    at: int
    subject: str
    base: str
    origin: Origin | None
    commits: tuple[Commit, ...] = ()
    uncommitted: tuple[Change, ...] = ()
    changes: tuple[Change, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """What people write: `SESSION/NUMBER`."""
        return self.ref.removeprefix(RESCUES)

    @property
    def session(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def why(self) -> str:
        """Why it was set aside, as far as anybody knows."""
        return self.subject if self.origin is None else self.origin.why

    @property
    def playbook(self) -> str:
        return "" if self.origin is None else self.origin.playbook


def origins(records: Sequence[Record]) -> dict[str, Origin]:
    """Where each reference came from, by its name, as the journals of these sessions tell it."""
    found: dict[str, Origin] = {}
    for record in records:
        story = record.story
        name = story.started.name if story.started else ""
        for way in story.ways_back():
            if way.event.rescue is not None:
                found[way.event.rescue] = Origin(name, _why(way.event), way.event.to)
        if record.undone is not None:
            found[record.undone.rescue] = Origin(name, "taken back by `mmm undo`", record.undone.to)
    return found


def _why(event: RolledBack) -> str:
    return {
        "session": "the session failed and was rolled back",
        "retry": f"`{event.step}` failed and was run again",
        "given-up": f"`{event.step}` was given up; what it left uncommitted",
        "head-moved": f"`{event.step}` moved HEAD elsewhere",
        "cut-off": f"`{event.step}` was cut off and run anew",
        "asked": f"the session went back to `{event.step}`",
        "secret": f"`{event.step}` made commits with a secret in them",
    }.get(event.why, event.why)


def look(repository: Repository, rescue: Rescue, known: Mapping[str, Origin]) -> Rescued:
    """What a reference holds. Raises `GitError`."""
    origin = known.get(rescue.ref)
    last = f"{rescue.sha}^"
    base = origin.to if origin is not None else _fork(repository, rescue.sha)
    try:
        held = repository.commits_between(base, last)
        changes = repository.changed(base, rescue.sha)
    except GitError:  # the commit that was gone back to is gone itself: what is left is told from here
        base, held = last, ()
        changes = repository.changed(base, rescue.sha)
    uncommitted = repository.changed(last, rescue.sha)
    return Rescued(
        rescue.ref, rescue.sha, rescue.at, rescue.subject, base, origin, held, uncommitted, changes
    )


def _fork(repository: Repository, sha: str) -> str:
    """Where work that no journal tells of left the history of HEAD."""
    done = repository.git.ask("merge-base", sha, "HEAD")
    return os.fsdecode(done.stdout).strip() if done.exit_code == 0 else f"{sha}^"


def rescue_named(name: str, rescues: Sequence[Rescue]) -> Rescue:
    """The reference of that name: `SESSION/NUMBER` or the whole ref; the session's id may be cut short, and the number
    left out where there is one only. Raises `NoSuchRescue`."""
    short = name.removeprefix(RESCUES)
    names = {rescue.ref.removeprefix(RESCUES): rescue for rescue in rescues}
    if short in names:
        return names[short]
    session, slash, number = short.rpartition("/")
    meant = [one for one in names if _is_meant(one, session if slash else short, number if slash else "")]
    if short and len(meant) == 1:
        return names[meant[0]]
    if short and meant:
        some = ", ".join(f"`{one}`" for one in meant[:3])
        more = f" and {len(meant) - 3} more" if len(meant) > 3 else ""
        raise NoSuchRescue(f"`{name}` may mean {some}{more}; write more of the name")
    if not names:
        raise NoSuchRescue(f"there is no `{name}`: no work is set aside in this repository")
    guess = nearest(short, list(names))
    advice = f"write `{guess}`" if guess else "`mmm rescue ls` lists all there is"
    raise NoSuchRescue(f"no work is set aside under `{name}`; {advice}")


def _is_meant(name: str, session: str, number: str) -> bool:
    its_session, _, its_number = name.rpartition("/")
    return its_session.startswith(session) and number in ("", its_number)
