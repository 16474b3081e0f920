"""The items of a map: looked up where the playbook or the command line says, chosen, and given their variables."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mmm_lang.analysis.keys import ITEMS
from mmm_lang.maps.kitchen import MapKitchen
from mmm_lang.plan.ir import CommandItems, MapHeader
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.items import (
    ItemsRefused,
    chosen_items,
    items_here,
    items_in,
    session_item,
    with_given_items,
)
from mmm_lang.runtime.journal import read_journal
from mmm_lang.runtime.requirements import Item, Problem, RequirementsMissing
from mmm_lang.runtime.values import run_folder
from mmm_lang.tagged import Json


def header_of(kitchen: MapKitchen) -> MapHeader:
    """What the map is about, `--map` and `--args` in the place of what the playbook says."""
    started = kitchen.started
    header = with_given_items(kitchen.plans.body.header.map, started.globs, started.values)
    assert header is not None  # otherwise it would be no map
    return header


def found_by(kitchen: MapKitchen, opening: str | None) -> tuple[Item, ...]:
    """The items of a map after its opening, whose session is ``opening``, where there was one.

    Raises `RequirementsMissing`, and ``OSError``.
    """
    header = header_of(kitchen)
    try:
        if isinstance(header.over, CommandItems):
            assert opening is not None  # a step of it is the command
            text = _printed(kitchen.folder_of(opening))
            found = items_in(text, header.over.json, "the output of `map.over`")
        else:
            found = items_here(kitchen.repository.root, header.over)
        return _as_items(header, found, kitchen.started.inputs)
    except ItemsRefused as error:
        raise RequirementsMissing((error.problem,)) from None


def items_now(header: MapHeader, root: str, inputs: Mapping[str, str]) -> tuple[Item, ...]:
    """The items of a map without an opening; ``root`` is that of the work tree, ``inputs`` are variables `inputs.NAME`.

    Raises `RequirementsMissing`.
    """
    assert not isinstance(header.over, CommandItems)  # it has an opening
    try:
        return _as_items(header, items_here(root, header.over), inputs)
    except ItemsRefused as error:
        raise RequirementsMissing((error.problem,)) from None
    except OSError as error:
        what = f"`{error.filename}` cannot be read: {(error.strerror or str(error)).lower()}"
        raise RequirementsMissing((Problem(what, "see to the file"),)) from None


def _as_items(header: MapHeader, found: tuple[Json, ...], inputs: Mapping[str, str]) -> tuple[Item, ...]:
    chosen = chosen_items(header, found, inputs)
    return tuple(session_item(header, one, index, len(chosen)) for index, one in enumerate(chosen, start=1))


def _printed(folder: str) -> str:
    """What the command printed that finds the items; ``folder`` is that of the opening's session."""
    state = fold(entry.event for entry in read_journal(folder))
    path = os.path.join(run_folder(folder, state.latest[ITEMS].run), "stdout")
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
