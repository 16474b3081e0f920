"""Older forms of the language in the words of today.

Forms that mean the same are rewritten silently but for a remark; keys that older versions knew and this one ignores are
turned into today's or taken out, and a remark says so. What cannot be said exactly stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting import older_maps
from mmm_lang.formatting.commands_by_name import commands
from mmm_lang.formatting.older_forms import form, test_steps
from mmm_lang.formatting.older_keys import header_blocks, ignored_keys, step_blocks
from mmm_lang.formatting.playbook import format_draft, read
from mmm_lang.formatting.rewriting import Draft, Rewrite, apart
from mmm_lang.record import frozen
from mmm_lang.source import Source

STAGES: tuple[Callable[[Draft], Iterator[Rewrite]], ...] = (
    test_steps, header_blocks, step_blocks, ignored_keys, commands, form,
    older_maps.values, older_maps.phases, older_maps.moves,
)  # fmt: skip


@frozen
class Remark:
    """What became of an older form, or why it stays. ``line`` counts from 1, in the text as it was."""

    line: int
    text: str


@frozen(eq=False)
class Upgraded:
    """A formatted playbook in today's words, and what is to be said about it, in order of the lines."""

    source: Source
    remarks: tuple[Remark, ...]


def upgrade_playbook(source: Source) -> Upgraded:
    """Upgrade and format a playbook. Upgrading the result changes nothing. Raises `NotYaml`."""
    origin = _Origin(source)
    remarks: list[Remark] = []
    draft = read(source)
    for stage in STAGES:
        proposed = tuple(stage(draft))
        while made := tuple(apart(one for one in proposed if one.edits)):
            remarks += origin.remarks(made)
            draft = read(origin.advance(made))
            proposed = tuple(stage(draft))
        remarks += origin.remarks(one for one in proposed if not one.edits)
    ordered = sorted(remarks, key=lambda remark: remark.line)
    return Upgraded(format_draft(draft).source, tuple(ordered))


class _Origin:
    """The text as it becomes, and the line of the first text that each of its lines comes from."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lines = list(range(1, len(source.line_starts) + 1))

    def remarks(self, rewrites: Iterable[Rewrite]) -> Iterator[Remark]:
        """The remarks of rewrites of the current text, at lines of the first one."""
        for one in rewrites:
            for at, text in ((one.at, one.remark), *one.details):
                yield Remark(self._line(at), text)

    def advance(self, rewrites: Iterable[Rewrite]) -> Source:
        """The text after these rewrites, which are apart from each other."""
        edits = sorted((edit for one in rewrites for edit in one.edits), key=lambda edit: edit.span)
        after = Source(self._source.path, apply_edits(self._source.text, edits), self._source.bom)
        self._lines = [self._line(offset) for offset in _before(after.line_starts, edits)]
        self._source = after
        return after

    def _line(self, offset: int) -> int:
        return self._lines[self._source.position(offset).line - 1]


def _before(offsets: Iterable[int], edits: Sequence[Edit]) -> Iterator[int]:
    """Where ascending offsets of the text after the edits stood before them; of new text, where it was put."""
    moved = passed = 0
    for offset in offsets:
        while passed < len(edits):
            edit = edits[passed]
            if offset < edit.span.start + moved + len(edit.text):
                break
            moved += len(edit.text) - (edit.span.end - edit.span.start)
            passed += 1
        is_new = passed < len(edits) and offset >= edits[passed].span.start + moved
        yield edits[passed].span.start if is_new else offset - moved
