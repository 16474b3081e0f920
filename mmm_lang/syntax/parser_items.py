"""Items that a command prints: ``{shell: …, json: …, timeout: …}``, after ``foreach:`` or ``over:``."""

from __future__ import annotations

from collections.abc import Mapping as Keys

from mmm_lang.syntax.nodes import CommandItems, Settings, ShellAction, Step
from mmm_lang.syntax.values import Values
from mmm_lang.syntax.yaml_nodes import Entry, Mapping


def printed_items(values: Values, node: Mapping, known: Keys[str, Entry]) -> CommandItems | None:
    """The command of a mapping that has ``shell`` among its ``known`` keys, as a step that prints the items; ``None``
    where there is no script."""
    command = known["shell"]
    script = values.essence(command, "shell", "script")
    path = values.text(known.get("json"))
    settings = Settings(timeout=values.duration(known.get("timeout")))
    if script is None:
        return None
    keys = {entry.key.value: entry.key.span for entry in node.entries}
    step = Step(ShellAction(script, command.span), node.span, keys, settings=settings)
    return CommandItems(step, path, node.span)
