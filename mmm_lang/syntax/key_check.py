"""Which keys may stand where: unknown ones, ones without effect and ones that this version cannot run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.keys import HABITS, KEYS, Key, Place
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Scalar

_SHOWN_LENGTH = 40
_OWNERS: Mapping[Place, str] = {
    "header": "a playbook",
    "step": "a step",
    "handler": "a handler",
    "input": "an input",
    "output": "an output",
}


def usable_entries(findings: Findings, entries: Iterable[Entry], *places: Place) -> dict[str, Entry]:
    """The entries that the language knows at these places and that have an effect, by key.

    All others are reported. Keys of features that this version lacks are reported and kept: the caller
    knows what to make of them.
    """
    usable: dict[str, Entry] = {}
    for entry in entries:
        name = entry.key.value
        key = next((KEYS[place][name] for place in places if name in KEYS[place]), None)
        if key is None:
            _unknown(findings, entry.key, places)
        elif key.instead is not None:
            _ignored(findings, entry.key, key.instead)
        else:
            if key.feature is not None:
                not_available(findings, entry.key, key.feature)
            usable[name] = entry
    return usable


def not_available(findings: Findings, key: Scalar, feature: str, shown: str = "") -> None:
    """Report a key (``shown``: with its value) that this version parses but cannot run."""
    findings.error(
        "not-available",
        key.span,
        f"`{shown or key.value}` is not available yet: this version of mmm has no {feature}",
        "write it with plain steps, or remove it",
    )


def _ignored(findings: Findings, key: Scalar, instead: str) -> None:
    findings.warning("ignored-key", key.span, f"`{key.value}` has no effect here", instead)


def _unknown(findings: Findings, key: Scalar, places: tuple[Place, ...]) -> None:
    name = key.value
    habit = next((HABITS[place][name] for place in places if place in HABITS and name in HABITS[place]), None)
    if habit is not None:
        findings.error(
            "unknown-key", key.span, _message(name, places), habit.advice, fix=_renaming(key, habit.key)
        )
        return
    elsewhere = _elsewhere(name, places)
    legal = [row for place in places for row in KEYS[place].values() if _can_run(row)]
    near = nearest(name, (row.name for row in legal))
    if elsewhere is not None:
        findings.error("unknown-key", key.span, _message(name, places), elsewhere)
    elif near is not None:
        findings.error(
            "unknown-key",
            key.span,
            _message(name, places),
            f"did you mean `{near}`?",
            fix=_renaming(key, near),
        )
    else:
        findings.error("unknown-key", key.span, _message(name, places), _list_of(legal))


def _can_run(row: Key) -> bool:
    """Whether a key is worth proposing: it has an effect, in this version."""
    owners = [KEYS["step"][action] for action in row.actions or ()]
    lone = row.place == "step" and owners and all(owner.feature for owner in owners)
    return row.instead is None and row.feature is None and not lone


def _elsewhere(name: str, places: tuple[Place, ...]) -> str | None:
    """Advice for a key of ours that stands in the wrong part of the file."""
    if name in KEYS["handler"]:
        return f"`{name}` is a key of handlers; write it below `on_failure:`"
    if "header" in places:
        if name in KEYS["defaults"]:
            return f"write `defaults: {{{name}: …}}`, or put the key on a step"
        if name in KEYS["limits"]:
            return f"write `limits: {{{name}: …}}`"
        if name in KEYS["step"]:
            return f"`{name}` is a key of steps; put it on a step"
    elif name in KEYS["header"] and "step" in places:
        return f"`{name}` is a key of the whole playbook; put it at the top, beside `steps:`"
    elif name in KEYS["step"]:
        return f"`{name}` is a key of steps; put it on a step"
    return None


def _message(name: str, places: tuple[Place, ...]) -> str:
    shown = name if len(name) <= _SHOWN_LENGTH else f"{name[: _SHOWN_LENGTH - 1]}…"
    shown = shown.replace("\n", " ").replace("\r", " ")
    where = _OWNERS.get(places[0], f"`{places[0]}`")
    return f"`{shown}` is not a key of {where}" if shown else f"an empty text is not a key of {where}"


def _renaming(key: Scalar, name: str | None) -> Fix | None:
    if name is None:
        return None
    return Fix(f"rename it to `{name}`", "unsafe", (Edit(key.span, name),))


def _list_of(legal: Iterable[Key]) -> str:
    return "keys that may stand here: " + ", ".join(dict.fromkeys(f"`{row.name}`" for row in legal))


def is_damaged(entry: Entry | None) -> bool:
    """Whether a key is written and its value could not be read."""
    return entry is not None and isinstance(entry.value, Damaged)
