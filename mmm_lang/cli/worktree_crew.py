"""Who works on a merge: the agent that resolves conflicts, and the playbook's checks, each a session of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from attrs import evolve, field, frozen

from mmm_lang.cli.cook import View, watching
from mmm_lang.cli.manners import Manners
from mmm_lang.cli.watchers import Remembering, StepsOnly
from mmm_lang.diagnostics.display import visible
from mmm_lang.git.repository import Repository
from mmm_lang.maps.folders import merge_session
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.company import Company
from mmm_lang.runtime.cook import Options, Watching, cook_session, new_session_id, prepare
from mmm_lang.runtime.life import Ask
from mmm_lang.runtime.requirements import RequirementsMissing, missing_variables
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.tagged import UnreadableValue
from mmm_lang.worktrees.checks import read
from mmm_lang.worktrees.merging import Ended, with_helper
from mmm_lang.worktrees.record import WorktreeRecord, change_record

COMMAND = "mmm-merge-worktree"

_LOOKS_AGAIN = 0.25
"""Seconds after which one looks again whether a session has ended that is waited for."""


@frozen
class CookingCrew:
    """Cooks for a merge. ``agent``: conflicts are given to one; ``tell`` takes lines for a person.

    ``company`` is what its sessions share with others of this process. ``show`` and ``ask`` are for sessions in a thread
    of their own: who is told of one with this plan, and who answers its questions.
    """

    view: View
    environ: Mapping[str, str]
    manners: Manners
    agent: bool
    tell: Callable[[str], None]
    company: Company = field(factory=Company)
    show: Callable[[Plan], AbstractContextManager[Watching]] | None = None
    ask: Ask | None = None

    def resolve(self, record: WorktreeRecord, place: Repository) -> Ended | None:
        """One call of the slash command, in a session with a budget of that one call."""
        if not self.agent:
            return None
        self.tell(f"🔀 `{record.name}` conflicts with `{record.origin}`: calling /{COMMAND}")
        text = f'- claude: "/{COMMAND} {record.name}"\n  commit_required: true\n'
        return self._cook(_compiled(text), text, COMMAND, record, place, {}, max_calls=1)

    def check(self, record: WorktreeRecord, place: Repository) -> Ended | None:
        """The `merge:` steps, or `until:`, once."""
        if record.checks is None:
            return None
        try:
            plan = read(record.checks)
        except (ValueError, UnreadableValue) as error:
            return Ended(None, f"their plan cannot be read: {error}")
        if missing_variables(plan, ()):
            self.tell(
                "⚠️  the playbook's `until` reads variables of an item, so it is not run after the merge"
            )
            return None
        self.tell(f"🔎 Checking `{record.origin}` with `{record.name}` merged...")
        text = _text_of(record, place)
        return self._cook(plan, text, record.playbook, record, place, record.inputs, max_calls=None)

    def wait(self, busy: str, is_free: Callable[[], bool]) -> bool:
        """Say so, and wait until a signal comes."""
        self.tell(f"⏳ Waiting to merge: {visible(busy)}")
        stopped = threading.Event()
        with self.company.signals.told_to(lambda _: stopped.set()):
            while not is_free():
                if stopped.wait(_LOOKS_AGAIN):
                    return False
        return not stopped.is_set()

    def _cook(
        self,
        plan: Plan,
        text: str,
        title: str,
        record: WorktreeRecord,
        place: Repository,
        inputs: Mapping[str, str],
        max_calls: int | None,
    ) -> Ended:
        options = Options(
            path=place.root,
            max_iterations=1,
            inputs=dict(inputs),
            agent=record.agent,
            replay=record.replay,
            max_calls=max_calls,
            verify=record.verify,
            bypass=record.bypass,
        )
        try:
            kitchen = prepare(plan, title, text, options, self.environ, self.ask or self.manners.answer)
            kitchen = evolve(kitchen, company=self.company)
            with self._watching(plan, place) as watcher:
                shown = watcher if self.view == "json" else StepsOnly(watcher)
                told = Remembering(shown, lambda session: _remember(place, record, session))
                outcome = cook_session(kitchen, None, told, _name_of(record, place))
        except RequirementsMissing as error:
            said = (f"{one.message}; {one.help}" if one.help else one.message for one in error.problems)
            return Ended(None, "; ".join(said))
        for note in outcome.notes:
            self.tell(f"⚠️  {note}")
        good = outcome.finished.status == "succeeded"
        return Ended(outcome.session, None if good else outcome.finished.message)

    def _watching(self, plan: Plan, place: Repository) -> AbstractContextManager[Watching]:
        if self.show is not None:
            return self.show(plan)
        return watching(plan, sessions_path(place.common_dir), self.view)


def _name_of(record: WorktreeRecord, place: Repository) -> str:
    """The id of a new session: one of the map's where an item of a map is merged, so that it is told below the map."""
    if record.map is None:
        return new_session_id(time.time())
    folder = sessions_path(place.common_dir)
    index = int(record.name.rpartition("-")[2])
    return merge_session(record.map, index, lambda name: os.path.lexists(os.path.join(folder, name)))


def _remember(place: Repository, record: WorktreeRecord, session: str) -> None:
    """Write down at once who helps, so that whoever mends a merge that is cut off knows what is its own."""
    change_record(place.common_dir, record.name, lambda now: with_helper(now, session))


def _compiled(text: str) -> Plan:
    from mmm_lang.analysis.check import analyse
    from mmm_lang.plan.lowering import lower
    from mmm_lang.source import Source

    return lower(analyse(Source(f"{COMMAND}.yml", text)))


def _text_of(record: WorktreeRecord, place: Repository) -> str:
    """The playbook as its last session has it."""
    for session in reversed(record.sessions):
        path = os.path.join(sessions_path(place.common_dir), session, "playbook.yml")
        try:
            with open(path, encoding="utf-8", errors="surrogatepass") as file:
                return file.read()
        except (OSError, ValueError):
            continue
    return f"# the checks of {record.playbook} after a merge\n"
