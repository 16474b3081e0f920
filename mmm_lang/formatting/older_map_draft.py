"""A playbook of the older map and reduce dialect between two stages of its upgrade."""

from __future__ import annotations

from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.formatting.rewriting import Draft, Rewrite
from mmm_lang.formatting.same import same_value
from mmm_lang.record import frozen
from mmm_lang.source import Source
from mmm_lang.syntax.older_maps import Translated, dialect_mark, in_todays_words
from mmm_lang.syntax.yaml_nodes import Entry, Mapping
from mmm_lang.syntax.yaml_tree import read_tree


@frozen(eq=False)
class OlderDraft:
    """A draft of the dialect: its root, its ``map:``, and what they are today."""

    draft: Draft
    root: Mapping
    entry: Entry
    node: Mapping
    today: Translated

    @property
    def today_in_map(self) -> dict[int, Entry]:
        """The entries of ``map:`` of today, by where their keys stand."""
        entry = self.today.root.get("map")
        inner = entry.value.entries if entry is not None and isinstance(entry.value, Mapping) else ()
        return {one.key.span.start: one for one in inner}


def older_draft(draft: Draft) -> OlderDraft | None:
    """The same draft, where it is of the dialect and its ``map:`` stands in it."""
    mark = dialect_mark(draft.root)
    if mark is None or not isinstance(draft.root, Mapping):
        return None
    entry = draft.root.get("map")
    if entry is None or not isinstance(entry.value, Mapping) or entry.place != entry.value.span:
        return None
    if not entry.value.entries:
        return None
    return OlderDraft(draft, draft.root, entry, entry.value, in_todays_words(draft.root, mark))


def says_the_same(older: OlderDraft, rewrite: Rewrite) -> bool:
    """Whether the text after it is YAML, and is today what the text before it is."""
    source = older.draft.source
    after = read_tree(Source(source.path, apply_edits(source.text, rewrite.edits), source.bom))
    if any(one.severity == "error" for one in after.diagnostics):
        return False
    mark = dialect_mark(after.root)
    root = after.root
    if mark is not None and isinstance(root, Mapping):
        root = in_todays_words(root, mark).root
    return same_value(older.today.root, root)
