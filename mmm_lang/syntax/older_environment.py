"""Variables and secrets of the older map and reduce dialect.

There the variables of ``env:`` could stand in prompts, which are ``inputs:`` today, and a secret was a variable with a
place where its value is; today ``secrets:`` names variables of the environment that mmm was started with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.record import define, evolve, field, frozen
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.names import SESSION_VARIABLES
from mmm_lang.syntax.older_nodes import as_text
from mmm_lang.syntax.older_report import Report
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Node, Scalar, Sequence

_NAME = re.compile(r"\$(?:\{(\w+)\}|<(\w+)>|(\w+))")
_VARIABLE = re.compile(r"\$(?:\{(?:env[:.])?(\w+)\}|(\w+))|([A-Za-z_]\w*)")
_PROMPTS = frozenset({"claude", "name", "approve", "commit_message"})
_EXPORT = "set it in the environment before mmm starts, and write `secrets: [{}]`"


@frozen(eq=False)
class Secret:
    """A variable that steps find under ``name``, with the value that ``variable`` has in mmm's own environment."""

    name: Scalar
    variable: Scalar


@define(eq=False)
class OlderEnvironment:
    """What ``env:``, ``secrets:`` and ``inputs:`` of a header are today. ``inputs`` are the entries of ``env:`` that
    prompts name, ``listed`` are today's ``secrets:``, ``passed`` the variables that get another name, each with its
    value."""

    root: Mapping
    report: Report
    inputs: list[Entry] = field(factory=list)
    listed: list[Scalar] = field(factory=list)
    passed: list[Entry] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        env, secrets = self.root.get("env"), self.root.get("secrets")
        if secrets is not None and isinstance(secrets.value, Mapping):
            self._read_secrets(secrets.value)
        if env is not None and isinstance(env.value, Mapping):
            self._read_env(env.value)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """The entries of today that are not written as they are, by their names."""
        env, secrets, inputs = (self.root.get(name) for name in ("env", "secrets", "inputs"))
        place = env or secrets
        if place is None:
            return
        moved = {id(entry) for entry in self.inputs}
        if moved or self.passed:
            named = {one.key.value: one for one in self.passed}
            kept = [named.pop(one.key.value, one) for one in _entries(env) if id(one) not in moved]
            values = (*kept, *named.values())
            yield "env", _block(env or place, "env", values)
        if moved:
            yield "inputs", _block(inputs or place, "inputs", (*_entries(inputs), *self.inputs))
        if self.listed or (secrets is not None and isinstance(secrets.value, Mapping)):
            written = _listed(secrets)
            items = (*written, *(Item(one, one.span) for one in self.listed))
            at = secrets or place
            yield "secrets", Entry(evolve(at.key, value="secrets"), Sequence(items, at.value.span), at.place)

    def _read_env(self, env: Mapping) -> None:
        declared = {one.key.value for one in _entries(self.root.get("inputs"))}
        named = set(_names_in_prompts(self.root)) - declared - set(SESSION_VARIABLES)
        for entry in env.entries:
            value = entry.value
            if isinstance(value, Mapping):
                self._hidden(entry, value)
            elif isinstance(value, Scalar) and entry.key.value in named and "$" not in value.value:
                self.inputs.append(entry)

    def _hidden(self, entry: Entry, node: Mapping) -> None:
        """``NAME: {secret: true, value: …}``."""
        value, secret = node.get("value"), node.get("secret")
        if value is None or not isinstance(value.value, Scalar):
            return
        is_secret = secret is not None and isinstance(secret.value, Scalar) and resolve(secret.value) is True
        if not is_secret:
            self.passed.append(Entry(entry.key, value.value, value.place))
            return
        variable = _VARIABLE.fullmatch(value.value.value.strip())
        if variable is None or variable[3] is not None:
            message = "a secret is not written into a playbook: it would be read with it"
            self.report.wrong_value(value.value.span, message, _EXPORT.format(entry.key.value))
            self.passed.append(Entry(entry.key, Damaged(value.value.span), value.place))
        else:
            self._add(Secret(entry.key, _named(value.value, variable)))

    def _read_secrets(self, secrets: Mapping) -> None:
        for entry in secrets.entries:
            value: Node | None = entry.value
            if isinstance(value, Mapping):
                provider, key = value.get("provider"), value.get("key")
                kind = provider.value if provider is not None else None
                if isinstance(kind, Scalar) and kind.value != "env":
                    message = f"there is no provider `{kind.value}`: secrets come from the environment"
                    self.report.wrong_value(kind.span, message, _EXPORT.format(entry.key.value))
                    continue
                value = key.value if key is not None else None
            variable = _VARIABLE.fullmatch(value.value.strip()) if isinstance(value, Scalar) else None
            if not isinstance(value, Scalar) or variable is None:
                message = f"the secret `{entry.key.value}` names no variable of the environment"
                self.report.wrong_value(entry.value.span, message, f"write `secrets: [{entry.key.value}]`")
            else:
                self._add(Secret(entry.key, _named(value, variable)))

    def _add(self, secret: Secret) -> None:
        self.listed.append(secret.variable)
        if secret.name.value != secret.variable.value:
            text = f"${{{secret.variable.value}}}"
            value = as_text(secret.variable, text)
            self.passed.append(Entry(secret.name, value, secret.variable.span))


def _names_in_prompts(node: Node, key: str = "") -> Iterator[str]:
    """The variables that stand in prompts, and in other texts that no shell reads."""
    match node:
        case Mapping(entries=entries):
            for entry in entries:
                yield from _names_in_prompts(entry.value, entry.key.value)
        case Sequence(items=items):
            for item in items:
                is_text = isinstance(item.node, Scalar)
                yield from _names_in_prompts(item.node, "claude" if is_text else key)
        case Scalar(value=text) if key in _PROMPTS and "$" in text:
            yield from (match[1] or match[2] or match[3] for match in _NAME.finditer(text))


def _named(scalar: Scalar, variable: re.Match[str]) -> Scalar:
    """The name of the variable alone, at its place."""
    return as_text(scalar, variable[1] or variable[2] or variable[3])


def _entries(entry: Entry | None) -> tuple[Entry, ...]:
    return entry.value.entries if entry is not None and isinstance(entry.value, Mapping) else ()


def _listed(entry: Entry | None) -> tuple[Item, ...]:
    return entry.value.items if entry is not None and isinstance(entry.value, Sequence) else ()


def _block(at: Entry, name: str, entries: tuple[Entry, ...]) -> Entry:
    return Entry(evolve(at.key, value=name), Mapping(entries, at.value.span), at.place)
