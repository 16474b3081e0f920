"""Which keys may stand where: unknown ones, misplaced ones, ones without effect, and ones that cannot be run yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.figures import series
from mmm_lang.record import frozen
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.keys import ACTIONS, KEYS, USUAL, Key, Place
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Scalar

_SHOWN_LENGTH = 40
_COMMAND = r"/?[a-z][\w.]*[-:/][\w.:/-]+|/[\w.-]+"
"""What looks like a slash command more than like a key."""
_OWNERS: Mapping[Place, str] = {
    "header": "a playbook",
    "step": "a step",
    "handler": "a handler",
    "input": "an input",
    "output": "an output",
}
_MEANWHILE: Mapping[str, str] = {
    "parallel branches": "write the branches as steps, one after the other",
}
"""What serves until a feature is there."""
_ACTION = "write the step's action as `claude:`, `shell:`, `name:` or `steps:`"


def usable_entries(findings: Findings, entries: Iterable[Entry], *places: Place) -> dict[str, Entry]:
    """The entries that the language knows at these places and that have an effect, by key.

    All others are reported; the first of the places gives its name to what they stand in. Keys of features
    that this version lacks are reported and kept: the caller knows what to make of them.
    """
    written = tuple(entries)
    block = _Block(findings, written, places, _action_of(written, places))
    usable: dict[str, Entry] = {}
    lacking: dict[str, list[Scalar]] = {}
    for entry in block.entries:
        name = entry.key.value
        key = next((KEYS[place][name] for place in places if name in KEYS[place]), None)
        if key is None:
            block.report(entry.key)
        elif key.instead is not None:
            findings.warning("ignored-key", entry.key.span, f"`{name}` has no effect here", key.instead)
        else:
            if key.feature is not None:
                lacking.setdefault(key.feature, []).append(entry.key)
            usable[name] = entry
    for feature, keys in lacking.items():
        not_available(findings, keys[0], feature, others=keys[1:])
    return usable


def not_available(
    findings: Findings, key: Scalar, feature: str, shown: str = "", others: Sequence[Scalar] = ()
) -> None:
    """Report a key (``shown``: with its value) that this version parses but cannot run, with the ``others`` beside it
    that belong to the same feature."""
    listed = series(f"`{one}`" for one in (shown or key.value, *(other.value for other in others)))
    are = "are" if others else "is"
    findings.error(
        "not-available",
        key.span,
        f"{listed} {are} not available yet: this version of mmm has no {feature}",
        _MEANWHILE[feature],
        secondary=tuple(Label(other.span, "this too") for other in others),
    )


def is_damaged(entry: Entry | None) -> bool:
    """Whether a key is written and its value could not be read."""
    return entry is not None and isinstance(entry.value, Damaged)


def _action_of(entries: Iterable[Entry], places: Sequence[Place]) -> str | None:
    names = [entry.key.value for entry in entries if entry.key.value in ACTIONS]
    return names[0] if len(names) == 1 and "step" in places else None


@frozen(eq=False)
class _Block:
    """The keys that stand together, and the places whose keys may stand there."""

    findings: Findings
    entries: tuple[Entry, ...]
    places: tuple[Place, ...]
    action: str | None
    """The action of the step that these are the keys of, where it has one."""

    def report(self, key: Scalar) -> None:
        """Say what is wrong with a key that does not belong here, and what to do."""
        name = key.value
        if name in KEYS["handler"] and self.places == ("step",):
            self._handlers_own(key)
            return
        plain = name.replace("-", "_").casefold()
        twin = None
        if plain != name:
            twin = next((entry.key for entry in self.entries if entry.key.value == plain), None)
        if twin is not None:
            said = Label(twin.span, "the key that this one resembles")
            self.findings.error(
                "unknown-key", key.span, self._message(name), "keep one of the two", secondary=(said,)
            )
            return
        habit = self._habit(name)
        home = self._home(name) if habit is None else None
        if home is not None:
            where, advice = home
            self.findings.error("misplaced-key", key.span, f"`{name}` belongs {where}", advice)
            return
        if self.findings.has_enough("unknown-key"):
            return
        meant, help_ = habit or self._similar(name)
        fix = None if meant is None else Fix(f"replace with `{meant}`", "unsafe", (Edit(key.span, meant),))
        self.findings.error("unknown-key", key.span, self._message(name), *help_, fix=fix)

    def _message(self, name: str) -> str:
        shown = name if len(name) <= _SHOWN_LENGTH else f"{name[: _SHOWN_LENGTH - 1]}…"
        shown = shown.replace("\n", " ").replace("\r", " ")
        owner = _OWNERS.get(self.places[0], f"`{self.places[0]}`")
        return f"`{shown}` is not a key of {owner}" if shown else f"an empty text is not a key of {owner}"

    # --- keys of ours that stand in the wrong place ---

    def _handlers_own(self, key: Scalar) -> None:
        """``max_attempts`` and ``fail_workflow`` on a step; where both are, one message speaks of both."""
        strays = [entry.key for entry in self.entries if entry.key.value in KEYS["handler"]]
        if key is not strays[0]:
            return
        names = series(f"`{stray.value}`" for stray in strays)
        belongs, them = ("belongs", "it") if len(strays) == 1 else ("belong", "them")
        others = tuple(Label(stray.span, "this too") for stray in strays[1:])
        handler = next((entry.key for entry in self.entries if entry.key.value == "on_failure"), None)
        if handler is None:
            both = names if len(strays) == 1 else "both"
            advice = f"write `on_failure:` with a step, and {both} beside that step; or remove {them}"
        else:
            advice = f"move {them} below `on_failure:`, indented as what stands there"
            others = (Label(handler.span, "the handler of this step"), *others)
        message = f"{names} {belongs} inside `on_failure`"
        self.findings.error("misplaced-key", key.span, message, advice, secondary=others)

    def _home(self, name: str) -> tuple[str, str] | None:
        """Where a key of ours belongs that stands in the wrong part of the file, and what to do."""
        if name in KEYS["handler"]:
            return "inside `on_failure`", f"write `on_failure:` on the step, and `{name}` below it"
        if "header" in self.places:
            if name in KEYS["defaults"]:
                return (
                    "under `defaults` or on a step",
                    f"write `defaults: {{{name}: …}}`, or put it on a step",
                )
            if name in KEYS["limits"]:
                return "under `limits`", f"write `limits: {{{name}: …}}`"
        elif "step" in self.places:
            if name in KEYS["header"]:
                return "at the top of the file", "put it at the top, beside `steps:`"
            return None
        elif name in KEYS["step"] and name in KEYS["header"]:
            return (
                "at the top of the file or on a step",
                "put it at the top for all steps, or on the step that it is for",
            )
        return ("on a step", "put it on the step that it is for") if name in KEYS["step"] else None

    # --- keys that are not ours ---

    def _habit(self, name: str) -> tuple[str | None, tuple[str, ...]] | None:
        """What a key of other tools is called here, if there is one name for it, and the advice."""
        from mmm_lang.syntax.habits import HABITS

        known = (HABITS[place] for place in self.places if place in HABITS)
        habit = next((habits[name] for habits in known if name in habits), None)
        if habit is None:
            return None
        advice = [habit.advice if habit.key is None else f"replace with `{habit.key}`"]
        if habit.key in ACTIONS and self.action == "name":
            advice.append("write `name:` as a comment: here it is a slash command, not a title")
        return habit.key, tuple(advice)

    def _similar(self, name: str) -> tuple[str | None, tuple[str, ...]]:
        from mmm_lang.diagnostics.similar import nearest

        near = nearest(name, (row.name for row in self._legal()))
        if near is None and self.action is None and "step" in self.places and re.fullmatch(_COMMAND, name):
            return None, (f"write `name: {name}` for a slash command, with `args:` beside it",)
        return near, (self._usual() if near is None else f"replace with `{near}`",)

    def _legal(self) -> tuple[Key, ...]:
        """The keys that may stand here: with an effect, in this version, beside the action that is there."""
        action = self.action
        rows = (row for place in self.places for row in KEYS[place].values() if _can_run(row))
        if action is None:
            return tuple(rows)
        return tuple(
            row
            for row in rows
            if row.place != "step"
            or (row.name not in ACTIONS and (row.actions is None or action in row.actions))
        )

    def _usual(self) -> str:
        """The few keys that people most likely look for here, in the order of use."""
        place, action = self.places[0], self.action
        names = [row.name for row in self._legal()]
        if place == "step" and action is None:
            return _ACTION
        if place == "step":
            owner = "a group" if action == "steps" else f"a `{action}` step"
        else:
            owner = _OWNERS.get(place, f"`{place}`")
        usual = series(f"`{name}`" for name in USUAL.get(place, names) if name in names)
        return f"{owner} takes {usual}"


def _can_run(row: Key) -> bool:
    """Whether a key is worth proposing: it has an effect, in this version."""
    owners = [KEYS["step"][action] for action in row.actions or ()]
    lone = row.place == "step" and owners and all(owner.feature for owner in owners)
    return row.instead is None and row.feature is None and not lone
