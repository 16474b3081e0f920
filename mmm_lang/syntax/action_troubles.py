"""Steps whose action is missing, written twice, or hidden behind a missing `-` or `:`."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from mmm_lang.diagnostics.model import Edit, Fix, Label
from mmm_lang.figures import series
from mmm_lang.source import Span
from mmm_lang.syntax.findings import Findings
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Scalar

_ESSENTIAL = ("claude", "shell", "name")
_FIRST_WORD = re.compile(r"([A-Za-z_]+)(:?)(.*)", re.DOTALL)
_SHOWN_LENGTH = 40
_TITLE = "`name:` is a slash command here; write a comment instead, or `id:` for a name to refer to"


def several_actions(findings: Findings, actions: Sequence[Entry]) -> None:
    """A step with more than one action; of a ``name`` among them the likeliest is that a title was meant."""
    keys = [entry.key for entry in actions]
    title = next((key for key in keys if key.value == "name"), None)
    blamed = title or keys[1]
    findings.error(
        "several-actions",
        blamed.span,
        f"a step has one action, and this one has {series(f'`{key.value}`' for key in keys)}",
        "make each of them a step of its own, after a `- `" if title is None else _TITLE,
        secondary=tuple(
            Label(key.span, "the first action" if title is None else "the other action")
            for key in keys
            if key is not blamed and (title is not None or key is keys[0])
        ),
        fix=_of_its_own(findings, blamed) if title is None else None,
    )


def _of_its_own(findings: Findings, key: Scalar) -> Fix | None:
    """The dash that makes a step of the keys from this one on, where there is room for it."""
    source, start = findings.source, key.span.start
    if source.position(start).column < 3 or source.text[start - 2 : start] != "  ":
        return None
    title = f"make `{key.value}` a step of its own"
    return Fix(title, "unsafe", (Edit(Span(start - 2, start), "- "),))


def no_action(findings: Findings, node: Mapping, known: Container[str]) -> None:
    """A step without an action. Where a key of it was reported, that is likely what was meant for one.

    ``known`` are the keys that were not.
    """
    names = [entry.key.value for entry in node.entries]
    ours = KEYS["step"].keys() | KEYS["handler"].keys()
    if any(name not in known and name not in ours for name in names):
        return
    at = node.entries[0].key.span if node.entries else node.span
    if "args" in names:
        advice = "write the slash command that the `args` are for as `name:`"
    else:
        advice = "add `claude:` with a prompt or slash command, or `shell:` with a script"
    findings.error("missing-action", at, "this step has no action", advice)


def key_without_colon(findings: Findings, scalar: Scalar, place: Span) -> bool:
    """Whether an entry was meant as a key and a value, ``claude /lint`` or ``claude:/lint``; it is reported then."""
    written = _FIRST_WORD.match(scalar.value)
    if written is None or scalar.style != "plain":
        return False
    key, colon, rest = written.groups()
    if colon:
        if key not in _ESSENTIAL and (key not in KEYS["step"] or rest[:1].isalnum()):
            return False
    elif key not in _ESSENTIAL or rest.strip(" \n") == rest != "":
        return False
    text = rest.strip()
    bare = re.sub(r"^(?:=>|->|:=|=)\s*", "", text)
    shown = bare if bare and len(bare) <= _SHOWN_LENGTH and "\n" not in bare else "…"
    end = place.start + len(key) + len(colon)
    fix = None
    if text and bare == text:
        missing = Edit(Span(end, end), " " if colon else ":")
        fix = (
            Fix("insert the space", "safe", (missing,))
            if colon
            else Fix("insert the colon", "unsafe", (missing,))
        )
    findings.error(
        "yaml-syntax",
        Span(place.start, end),
        f"`{key}:` needs a space after it" if colon else f"`{key}` needs a `:` after it",
        f"write `{key}: {shown}`",
        label="read as the name of a slash command",
        fix=fix,
    )
    return True


def steps_without_dashes(findings: Findings, entry: Entry, node: Mapping) -> list[Mapping]:
    """The steps of a mapping that stands where a list of steps should be; it is reported.

    Each action but the first begins a step. None where no key is one of steps.
    """
    parts = split_at_actions(node)
    known = any(inner.key.value in KEYS["step"] for inner in node.entries)
    advice = "write `- ` before each step, and indent its other keys as much"
    if node.entries and not known:
        advice = _as_entry(node.entries[0])
        parts = parts[:1]
    firsts = [part.entries[0].key for part in parts] or [entry.key]
    # A second action of the same name is no second value of one key, only another step.
    others = sorted((*findings.retract("duplicate-key", node.span), *(key.span for key in firsts[1:])))
    findings.error(
        "wrong-type",
        firsts[0].span,
        f"`{entry.key.value}` must be a list of steps, found a mapping",
        advice,
        label="`- ` is missing before this",
        secondary=tuple(Label(place, "and before this") for place in others),
    )
    return parts if known else []


def _as_entry(entry: Entry) -> str:
    """How the first of some steps is written that were given numbers or names for keys."""
    name = entry.key.value
    if name.startswith("-") and name[1:].strip():
        return f"put a space after the dash: `- {name[1:].strip()}: …`"
    numbered = re.fullmatch(r"[0-9]+[.)]?\s*(\w+)", name)
    if numbered is not None:
        return f"write `- ` in place of the numbers: `- {numbered[1]}: …`"
    if isinstance(entry.value, Mapping):
        return f"write each as an entry of a list: `- id: {name}`, with its keys below it"
    return f"write each as an entry of a list: `- {name}`"


def split_at_actions(node: Mapping) -> list[Mapping]:
    """The keys of several steps that were written as one, apart: each action but the first begins a step."""
    parts: list[list[Entry]] = []
    acting = False
    for entry in node.entries:
        is_action = entry.key.value in ACTIONS
        if not parts or (is_action and acting):
            parts.append([])
            acting = False
        acting = acting or is_action
        parts[-1].append(entry)
    return [Mapping(tuple(part), part[0].key.span.to(part[-1].place)) for part in parts]
