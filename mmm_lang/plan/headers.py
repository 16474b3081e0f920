"""Lowering of the header: what an analysed playbook says of the whole."""

from __future__ import annotations

import os
from collections.abc import Iterator

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.check import Analysis
from mmm_lang.plan import ir
from mmm_lang.plan.steps import Steps
from mmm_lang.syntax import nodes


def header_of(analysis: Analysis, steps: Steps) -> ir.Header:
    """What the header of an analysed playbook says; ``steps`` lowers the condition of its `map:`."""
    playbook = analysis.playbook
    stem = os.path.splitext(os.path.basename(playbook.source.path))[0].removesuffix(".mmm")
    return ir.Header(
        name=playbook.name.value if playbook.name else stem,
        form=playbook.form,
        description=playbook.description.value if playbook.description else None,
        inputs=tuple(
            ir.Input(one.name.value, one.default.value if one.default else None, one.description, one.kind)
            for one in playbook.inputs
        ),
        secrets=tuple(dict.fromkeys(_secrets(analysis))),
        protect=tuple(pattern.value for pattern in playbook.protect),
        max_iterations=playbook.max_iterations.value if playbook.max_iterations else None,
        limits=_limits(playbook.limits),
        setup=playbook.setup is not None,
        map=_map_header(playbook.map, steps) if playbook.map is not None else None,
    )


def _map_header(written: nodes.Map, steps: Steps) -> ir.MapHeader:
    """What `map:` says, but for its steps."""
    assert written.over is not None, "a playbook without errors has items"
    condition = written.filter
    return ir.MapHeader(
        over=_items(written.over),
        filter=None if condition is None else steps.condition(condition),
        sort_by=tuple(ir.SortKey(one.path, one.descending) for one in written.sort_by),
        max_items=written.max_items.value if written.max_items else None,
        parallel=written.parallel.value if written.parallel else 1,
        fail_fast=written.fail_fast.value if written.fail_fast else False,
        limits=_limits(written.limits),
    )


def _secrets(analysis: Analysis) -> Iterator[str]:
    """The names of all secrets of a playbook and of those that it calls."""
    yield from (name.value for name in analysis.playbook.secrets)
    for called in analysis.facts.calls.values():
        if isinstance(called, Callee):
            yield from _secrets(called.analysis)


def _limits(written: nodes.Limits | None) -> ir.Limits:
    if written is None:
        return ir.Limits()
    return ir.Limits(
        written.agent_calls.value if written.agent_calls else None,
        written.cost_usd.value if written.cost_usd else None,
        written.duration.value if written.duration else None,
    )


def _items(source: nodes.ItemSource) -> ir.ItemSource:
    match source:
        case nodes.GlobItems(patterns=patterns):
            return ir.GlobItems(tuple(one.value for one in patterns))
        case nodes.ListedItems(values=values):
            return ir.ListedItems(tuple(one.value for one in values))
        case nodes.CommandItems(json=path):
            return ir.CommandItems(path.value if path else None)
        case nodes.FileItems(path=file, json=path):
            return ir.FileItems(file.value, path.value if path else None)
