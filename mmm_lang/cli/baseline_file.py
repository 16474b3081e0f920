"""``mmm check --write-baseline``: what was found becomes what is known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmm_lang.analysis.baseline import Baseline, NotABaseline, excuse, read_baseline, write_baseline
from mmm_lang.analysis.configuration.discovery import BASELINE, OWN_FOLDER, root_of
from mmm_lang.analysis.policy import OpenBaseline, known_path
from mmm_lang.cli.check_policy import Policies, open_baseline
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.rewriting import write_whole
from mmm_lang.cli.terminal import write_message
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.fingerprints import Fingerprint
from mmm_lang.figures import plural
from mmm_lang.syntax.reading import SourceError, read_source

if TYPE_CHECKING:
    from mmm_lang.cli.check import Checked


def excuse_all(checked: Sequence[Checked], name: str, policies: Policies) -> list[Checked]:
    """Write the baseline ``name``, or where it is empty the one that would be found, and apply it. What an older
    one knows of playbooks that were not checked now is kept.

    Raises `UsageFailure` where it cannot be written.
    """
    path = os.path.abspath(name) if name else _path_found(policies)
    root = root_of(path)
    paths = [known_path(one.source.path, root) for one in checked]
    found = [diagnostic for one in checked for diagnostic in one.diagnostics]
    kept = [mark for mark in _known(path) if mark.path not in paths and _is_there(root, mark)]
    text = write_baseline(found, lambda path: known_path(path, root), kept)
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageFailure(f"the folder `{visible(folder)}` cannot be made ({reason})") from None
    write_whole(path, text.encode())
    written = open_baseline(path)
    entries = len(written.baseline.entries)
    shown = visible(os.path.relpath(path))
    write_message(f"{plural(entries, 'known diagnostic')} written to `{shown}`")
    return [_excused(one, written) for one in checked]


def _excused(checked: Checked, written: OpenBaseline) -> Checked:
    return checked._replace(diagnostics=excuse(checked.diagnostics, written.baseline, written.path_of))


def _path_found(policies: Policies) -> str:
    """The baseline that holds for the current folder, or where a first one belongs."""
    nearby = policies.nearby(os.path.join(os.curdir, BASELINE))
    return nearby.baseline or os.path.join(nearby.root or os.getcwd(), OWN_FOLDER, BASELINE)


def _known(path: str) -> tuple[Fingerprint, ...]:
    """What an older baseline knows; nothing where there is none, or none that can be read."""
    try:
        older: Baseline = read_baseline(read_source(path))
    except (SourceError, NotABaseline):
        return ()
    return tuple(older.entries)


def _is_there(root: str, mark: Fingerprint) -> bool:
    return os.path.exists(os.path.join(root, mark.path))
