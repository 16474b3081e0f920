"""Who works on a merge: the agent that resolves conflicts, and the playbook's checks, each a session of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from attrs import frozen

from mmm_lang.cli.cook import View, watching
from mmm_lang.cli.manners import Manners
from mmm_lang.cli.watchers import StepsOnly
from mmm_lang.git.repository import Repository
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.cook import Options, cook, prepare
from mmm_lang.runtime.requirements import RequirementsMissing, missing_variables
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.tagged import UnreadableValue
from mmm_lang.worktrees.checks import read
from mmm_lang.worktrees.merging import Ended
from mmm_lang.worktrees.record import WorktreeRecord

COMMAND = "mmm-merge-worktree"


@frozen
class CookingCrew:
    """Cooks for a merge. ``agent``: conflicts are given to one; ``tell`` takes lines for a person."""

    view: View
    environ: Mapping[str, str]
    manners: Manners
    agent: bool
    tell: Callable[[str], None]

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
            kitchen = prepare(plan, title, text, options, self.environ, self.manners.answer)
            with watching(plan, sessions_path(place.common_dir), self.view) as watcher:
                [outcome] = cook(kitchen, watcher if self.view == "json" else StepsOnly(watcher))
        except RequirementsMissing as error:
            said = (f"{one.message}; {one.help}" if one.help else one.message for one in error.problems)
            return Ended(None, "; ".join(said))
        good = outcome.finished.status == "succeeded"
        return Ended(outcome.session, None if good else outcome.finished.message)


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
