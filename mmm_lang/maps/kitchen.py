"""Everything that is settled about a map before anything of it runs, and after it was killed.

What a map was told is in its first event and beside its journal: a map that goes on reads it there, as one that begins
has just written it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from attrs import field, frozen

from mmm_lang.git.repository import Repository
from mmm_lang.maps.events import MapStarted
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Limits
from mmm_lang.plan.serial import plan_from_json, plan_to_json
from mmm_lang.runtime.cook import Options
from mmm_lang.runtime.journal import write_whole
from mmm_lang.runtime.life import Ask, nobody
from mmm_lang.runtime.requirements import Problem, RequirementsMissing
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.tagged import UnreadableValue

_INPUT = "inputs."


@frozen
class MapPlans:
    """The plans of a map: what is run for every item, before the items are looked up, and after all of them; and what is
    run after a merge, as JSON text."""

    body: Plan
    opening: Plan | None = None
    reduce: Plan | None = None
    checks: str | None = None


@frozen
class MapKitchen:
    """A map that can be run. ``text`` is the playbook's content; ``repository`` the tree that it was started from.

    ``limits`` hold for all sessions together from now on, ``max_iterations`` for a session of an item.
    """

    started: MapStarted
    plans: MapPlans
    text: str
    repository: Repository
    environ: Mapping[str, str]
    limits: Limits
    max_iterations: int
    ask: Ask = nobody
    died: str | None = None
    """The session that was killed in this tree before, and could be resumed."""
    raised: Limits = field(factory=Limits)
    """The limits that were named when the map was resumed: items that their own have stopped go on with these."""

    @property
    def folder(self) -> str:
        """The map's folder."""
        return self.folder_of(self.started.session)

    def folder_of(self, session: str) -> str:
        """The folder of a session of this repository."""
        return os.path.join(sessions_path(self.repository.common_dir), session)

    @property
    def each(self) -> Limits:
        """The limits of an item's session."""
        started = self.started
        return Limits(
            agent_calls=started.each_agent_calls,
            cost_usd=started.each_cost_usd,
            duration=started.each_duration,
        )

    def options(self) -> Options:
        """What the sessions of the map are told, those of items in place first of all."""
        started = self.started
        return Options(
            path=started.work_tree,
            max_iterations=self.max_iterations,
            inputs={name.removeprefix(_INPUT): value for name, value in started.inputs.items()},
            agent=started.agent,
            replay=started.replay,
            record=started.record,
            on_failure=started.on_failure,
            allow_dirty=started.allow_dirty,
            verify=started.verify,
            bypass=started.bypass,
            setup=started.setup,
        )


def limits_from(started: MapStarted) -> Limits:
    """The limits of all sessions together, as the map was begun with them."""
    return Limits(agent_calls=started.agent_calls, cost_usd=started.cost_usd, duration=started.duration)


# --- what lies beside the journal ---


def pin(folder: str, text: str, plans: MapPlans) -> None:
    """Keep playbook and plans with the map. Raises ``OSError``."""
    write_whole(os.path.join(folder, "playbook.yml"), text.encode("utf-8", "surrogatepass"))
    for name, plan in (("plan", plans.body), ("plan-setup", plans.opening), ("plan-reduce", plans.reduce)):
        if plan is not None:
            content = json.dumps(plan_to_json(plan), indent=1)
            write_whole(os.path.join(folder, f"{name}.json"), content.encode())
    if plans.checks is not None:
        write_whole(os.path.join(folder, "checks.json"), plans.checks.encode())


def pinned(folder: str) -> tuple[str, MapPlans]:
    """The playbook's text and the plans that ``pin`` kept. Raises `RequirementsMissing`."""
    try:
        with open(os.path.join(folder, "playbook.yml"), encoding="utf-8", errors="surrogatepass") as file:
            text = file.read()
        body = _plan(folder, "plan")
        if body is None:
            raise ValueError("`plan.json` is gone")
        return text, MapPlans(
            body, _plan(folder, "plan-setup"), _plan(folder, "plan-reduce"), _checks(folder)
        )
    except (OSError, ValueError, UnreadableValue) as error:
        problem = Problem(
            f"what the map runs cannot be read in `{folder}`: {error}",
            "its commits stay; run `mmm cook` again for what is left to do",
        )
        raise RequirementsMissing((problem,)) from None


def _plan(folder: str, name: str) -> Plan | None:
    try:
        with open(os.path.join(folder, f"{name}.json"), "rb") as file:
            data = json.load(file)
    except FileNotFoundError:
        return None
    if not isinstance(data, dict):
        raise ValueError(f"`{name}.json` is not an object")
    return plan_from_json(data)


def _checks(folder: str) -> str | None:
    try:
        with open(os.path.join(folder, "checks.json"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
