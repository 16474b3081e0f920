"""What people call the parts of a map."""

from __future__ import annotations

from mmm_lang.maps.decide import Merge, Open, Reduce, RunItem, Work
from mmm_lang.maps.state import MapState
from mmm_lang.report.board import Part


def part_of(move: Work, state: MapState) -> Part:
    """Which part of the map a move is."""
    total = len(state.items or ())
    match move:
        case Open():
            return Part("opening")
        case RunItem(index=index):
            return Part("item", index, total, state.item(index).item.label)
        case Merge(index=index):
            return Part("merge", index, total, state.item(index).item.label)
        case Reduce():
            return Part("reduce")


def item_called(index: int, state: MapState) -> str:
    """An item in a sentence, whatever is done with it."""
    return Part("item", index, len(state.items or ()), state.item(index).item.label).sentence
