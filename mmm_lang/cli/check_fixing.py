"""``mmm check --fix`` and ``--diff``: playbooks with their fixes in them, written or shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mmm_lang.analysis.mend import mend
from mmm_lang.cli.rewriting import rewrite
from mmm_lang.diagnostics.colour import Palette
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Applicability, Diagnostic
from mmm_lang.source import Source

_LINE = re.compile(r"[^\n]*\n|[^\n]+")

Judge = Callable[[Source], Sequence[Diagnostic]]


class MendedFile(NamedTuple):
    """A playbook before and after its fixes. ``diagnostics`` is all there is to say about it afterwards, and
    ``fixed`` how many fixes were made."""

    before: Source
    after: Source
    diagnostics: tuple[Diagnostic, ...]
    fixed: int

    @property
    def is_changed(self) -> bool:
        """Whether the text is another one now."""
        return self.after.text != self.before.text


def mend_file(source: Source, judge: Judge, upto: Applicability) -> MendedFile:
    """Apply the fixes of one playbook; nothing is written."""
    mended = mend(source, judge, upto)
    return MendedFile(source, mended.source, mended.diagnostics, len(mended.applied))


def write_mended(mended: MendedFile) -> None:
    """Write a playbook's new text into its file, where there is a new one.

    Raises `UsageFailure` where that is impossible.
    """
    if mended.is_changed:
        rewrite(mended.before, mended.after.text)


def unified_diff(mended: MendedFile, palette: Palette, *, terminal: bool) -> str:
    """The change as a patch, empty where there is none. For a ``terminal``, what could disturb it is written as
    escapes; a patch in a file has the text as it is."""
    from difflib import unified_diff

    before, after = (_lines(source) for source in (mended.before, mended.after))
    path = visible(mended.before.path)
    rows = unified_diff(before, after, path, path)
    return "".join(_row(row, palette, terminal=terminal) for row in rows)


def _lines(source: Source) -> list[str]:
    lines = _LINE.findall("\ufeff" * source.bom + source.text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines


def _row(row: str, palette: Palette, *, terminal: bool) -> str:
    styles = {"+": palette.help, "-": palette.error, "@": palette.frame}
    body, *rest = row.rstrip("\n").split("\n")
    painted = palette.paint(styles.get(row[0], ""), row[0] + (visible(body[1:]) if terminal else body[1:]))
    return "".join(f"{line}\n" for line in (painted, *rest))
