"""The files that a check depends on: what ``mmm check --watch`` looks at."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

from mmm_lang.analysis.configuration.discovery import Neighbourhood

_COMMANDS = os.path.join(".claude", "commands")


def inputs(arguments: argparse.Namespace, playbooks: Sequence[str]) -> tuple[str, ...]:
    """Paths of the playbooks, of the configurations and baselines that hold for them, and of the slash commands of
    their repositories; each once."""
    neighbourhood = Neighbourhood()
    paths: dict[str, None] = dict.fromkeys(playbooks)
    for folder in dict.fromkeys(os.path.dirname(os.path.abspath(path)) for path in playbooks):
        nearby = neighbourhood.of(folder)
        for path in (nearby.config, nearby.rival, nearby.baseline):
            if path is not None:
                paths[path] = None
        if nearby.root is not None:
            paths.update(dict.fromkeys(_below(os.path.join(nearby.root, _COMMANDS))))
    for named in (arguments.config, arguments.baseline):
        if named is not None:
            paths[named] = None
    return tuple(paths)


def _below(folder: str) -> Iterator[str]:
    for place, _, files in os.walk(folder):
        yield from (os.path.join(place, file) for file in sorted(files))
