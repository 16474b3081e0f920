"""Completion of keys that are legal at a place, and of values that the table of keys knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from mmm_lang.agents.model import Permissions
from mmm_lang.agents.registry import NAMES as AGENTS
from mmm_lang.editor.completion_model import Completion
from mmm_lang.editor.ground import keys_at
from mmm_lang.editor.key_text import key_page, kind_title, value_choices
from mmm_lang.editor.spot import Spot
from mmm_lang.editor.spot_lines import split_line
from mmm_lang.source import Source
from mmm_lang.syntax.keys import ACTIONS, USUAL, Key, Place, ValueKind

_NESTED: frozenset[ValueKind] = frozenset(
    {
        "steps",
        "handler",
        "exit-handlers",
        "env",
        "outputs",
        "inputs",
        "block",
        "texts",
        "variables",
        "templates",
        "schema",
    }
)
"""Values that stand on the lines below their key."""


def complete_keys(source: Source, spot: Spot) -> tuple[Completion, ...]:
    """The keys that may stand at a spot and are not there yet."""
    if spot.typed and spot.typed != source.text[spot.word.start : spot.word.start + len(spot.typed)]:
        return ()
    if spot.ground == "steps":
        return tuple(_keys(spot, "step", "- "))
    if spot.ground == "exit-handlers":
        return _exit_codes(spot)
    found = [*_keys(spot, spot.ground, "")]
    if spot.ground == "playbook" and not spot.siblings and not spot.items:
        if _is_list(source):
            return tuple(_keys(spot, "step", "- "))
        found += _keys(spot, "step", "- ", rank=100)
    return tuple(found)


def _keys(spot: Spot, ground: str, before: str, rank: int = 0) -> Iterator[Completion]:
    """Completions for keys of a ground; with ``before`` (a dash) for the first key of a new item."""
    siblings = frozenset() if before else spot.siblings
    for row in keys_at(ground):
        if not _is_fit(row, siblings, only_actions=bool(before)):
            continue
        colon = "" if spot.rest.lstrip(" ").startswith(":") else ":" if row.value in _NESTED else ": "
        yield Completion(
            label=f"{before}{row.name}",
            kind="key",
            span=spot.word,
            text=f"{before}{row.name}{colon}",
            detail=kind_title(row),
            documentation=key_page(row),
            rank=rank + _rank(row),
            typed=row.name,
        )


def _is_fit(row: Key, siblings: frozenset[str], *, only_actions: bool) -> bool:
    """Whether a key has an effect here, beside the keys that are there."""
    if row.name in siblings or row.feature is not None or row.instead is not None:
        return False
    is_action = row.place == "step" and row.name in ACTIONS
    if row.place not in ("step", "handler"):
        return not (row.place == "header" and {row.name, *siblings} >= {"steps", "commands"})
    if row.name == "test" or (only_actions and not is_action):
        return False
    actions = siblings & set(ACTIONS)
    if is_action:
        return not actions
    return row.actions is None or not actions or bool(actions & set(row.actions))


def _rank(row: Key) -> int:
    """Actions first, then the usual keys in the order of use, then the others."""
    if row.place == "step" and row.name in ACTIONS:
        return ACTIONS.index(row.name)
    usual = USUAL.get(row.place, ())
    place: tuple[Place, ...] = ("handler", "step")
    before = 20 + 20 * place.index(row.place) if row.place in place else 20
    return before + (usual.index(row.name) if row.name in usual else 50)


def _exit_codes(spot: Spot) -> tuple[Completion, ...]:
    if "default" in spot.siblings:
        return ()
    colon = "" if spot.rest.lstrip(" ").startswith(":") else ":"
    page = "the handler for every code that is not listed"
    return (Completion("default", "key", spot.word, f"default{colon}", "a handler", page),)


def _is_list(source: Source) -> bool:
    """Whether the playbook is a list at the top."""
    for number in range(1, len(source.line_starts) + 1):
        span = source.line_span(number)
        tokens = split_line(source.slice(span), span.start).tokens
        if tokens and tokens[0].column == 0:
            return not tokens[0].name
    return False


def complete_value(spot: Spot) -> tuple[Completion, ...]:
    """The values that are legal for the key of a spot, where they can be listed."""
    typed = spot.typed.lstrip(" \t\"'")
    if spot.word.end - spot.word.start < len(typed):
        return ()
    return tuple(
        Completion(choice, "value", spot.word, choice, rank=rank)
        for rank, choice in enumerate(_choices(spot))
    )


def _choices(spot: Spot) -> tuple[str, ...]:
    if spot.key == "agent":
        return AGENTS
    if spot.key == "permissions":
        return tuple(get_args(Permissions))
    if spot.key == "shell_program":
        return ("sh", "bash")
    return value_choices(spot.ground, spot.key)
