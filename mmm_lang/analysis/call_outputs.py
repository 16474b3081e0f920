"""What a caller sees of the playbook that a step calls: its declared outputs, and the type of each."""

from __future__ import annotations

from mmm_lang.analysis.callees import Called, Callee
from mmm_lang.syntax.nodes import Hole


def output_names(called: Called | None) -> tuple[str, ...] | None:
    """The outputs of the playbook that is called; ``None`` where it is not known."""
    if not isinstance(called, Callee):
        return None
    return tuple(one.name.value for one in called.playbook.outputs)


def kind_of_output(called: Called | None, name: str) -> str:
    """The kind of the type of an output (`types.Kind`); empty where there is no such output.

    An output that is one reference and nothing else has the type of what it stands for.
    """
    from mmm_lang.analysis.types import type_of  # that module knows the one that asks here

    if not isinstance(called, Callee):
        return ""
    declared = next((one for one in called.playbook.outputs if one.name.value == name), None)
    if declared is None:
        return ""
    parts = declared.value.parts
    if len(parts) != 1 or not isinstance(parts[0], Hole):
        return "text"
    resolution = called.analysis.resolutions.get(parts[0])
    found = type_of(resolution) if resolution is not None else None
    return found.kind if found is not None and found.kind != "word" else "text"
