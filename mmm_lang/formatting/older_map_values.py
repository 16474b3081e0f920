"""Values and keys of the older map and reduce dialect, rewritten where they stand."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.older_map_draft import OlderDraft
from mmm_lang.formatting.pieces import added, removed
from mmm_lang.formatting.rewriting import Rewrite, renamed, whole
from mmm_lang.formatting.same import same_value
from mmm_lang.source import Span
from mmm_lang.syntax.older_maps import PHASES
from mmm_lang.syntax.older_references import renamed_references
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Node, Scalar, Sequence


def references(older: OlderDraft) -> Iterator[Rewrite]:
    """The names of today in references."""
    for scalar in _scalars(older.root):
        text = scalar.value
        edits = [
            Edit(Span(scalar.offset_of(start), scalar.offset_of(end)), today)
            for start, end, today in renamed_references(text)
            if older.draft.source.text.startswith(text[start:end], scalar.offset_of(start))
        ]
        for edit in edits:
            before = older.draft.source.slice(edit.span)
            yield Rewrite(edit.span.start, f"`{before}` is `{edit.text}` now", (edit,))


def _scalars(node: Node | None) -> Iterator[Scalar]:
    """The texts that stand in the file itself, not through an alias."""
    match node:
        case Scalar():
            yield node
        case Mapping(entries=entries):
            for entry in entries:
                if entry.place == entry.value.span:
                    yield from _scalars(entry.value)
        case Sequence(items=items):
            for item in items:
                if item.place == item.node.span:
                    yield from _scalars(item.node)
        case Damaged() | None:
            pass


def values_of_map(older: OlderDraft) -> Iterator[Rewrite]:
    """Filters, sort keys, numbers and bounds in ``map:``."""
    draft, today = older.draft, older.today_in_map
    for entry in older.node.entries:
        name, value = entry.key.value, entry.value
        now = today.get(entry.key.span.start)
        if now is None or entry.place != value.span:
            continue
        at, shown = entry.key.span.start, draft.shown(entry)
        if now.key.value == "limits" != name:
            duration = now.value.entries[0] if isinstance(now.value, Mapping) else now
            yield from _bounded(older, entry, duration)
        elif name in ("filter", "sort_by", "max_items", "max_parallel") and isinstance(value, Scalar):
            edits = []
            if now.key.value != name:
                edits.append(renamed(entry.key, now.key.value))
            if not same_value(value, now.value):
                edits.append(
                    Edit(value.span, " ".join((one_line(now.value), *draft.comments_in(value.span))))
                )
            if edits:
                yield Rewrite(at, f"`{shown}` is `{now.key.value}: {one_line(now.value)}` now", tuple(edits))
    policy = older.today.root.get("map")
    inner = policy.value.entries if policy is not None and isinstance(policy.value, Mapping) else ()
    asked = next((one for one in inner if one.key.value == "fail_fast"), None)
    if asked is not None and older.node.get("fail_fast") is None:
        remark = f"`{draft.source.slice(asked.key.span)}` is `fail_fast: true` in `map:` now"
        yield Rewrite(
            asked.key.span.start, remark, (added(draft, older.node, _behind(older), ["fail_fast: true"]),)
        )


def _bounded(older: OlderDraft, entry: Entry, duration: Entry) -> Iterator[Rewrite]:
    """A timeout of an item as ``limits:``."""
    draft, span = older.draft, whole(entry)
    written = f"limits: {{duration: {one_line(duration.value)}}}"
    remark = f"`{draft.shown(entry)}` is `{written}` now"
    yield Rewrite(entry.key.span.start, remark, (Edit(span, " ".join((written, *draft.comments_in(span)))),))


def one_line(node: Node) -> str:
    """A value on one line."""
    match node:
        case Sequence(items=items):
            return f"[{', '.join(one_line(item.node) for item in items)}]"
        case Scalar(value=text, style="plain", tag=None):
            return text
        case Scalar(value=text):
            single = ("\\" in text or '"' in text) and "'" not in text and text.isprintable()
            return f"'{text}'" if single else json.dumps(text, ensure_ascii=False)
    return ""


def _behind(older: OlderDraft) -> Entry:
    """The last entry of ``map:`` that is not the steps of an item."""
    return [entry for entry in older.node.entries if entry.key.value != "agent_template"][-1]


# --- keys without a counterpart ---


def ignored(older: OlderDraft) -> Iterator[Rewrite]:
    """Keys without a counterpart, and those of the error policy: gone."""
    draft = older.draft
    without_effect = {one.span.start for one in older.today.troubles}
    is_asked = older.node.get("fail_fast") is not None
    for owner, entry in _owned(older):
        name = entry.key.value
        is_policy = name in ("error_policy", "on_item_failure", "continue_on_failure", "max_failures")
        asks = is_policy and not is_asked and _asks_for_fail_fast(older, entry)
        if (entry.key.span.start not in without_effect and not is_policy) or asks:
            continue
        edits = removed(draft, owner, entry)
        said = "is gone" if is_policy else "had no effect; it is gone"
        inner = entry.value.entries if isinstance(entry.value, Mapping) else ()
        details = tuple(
            (one.key.span.start, f"`{name}.{draft.shown(one)}` had no effect; it is gone")
            for one in inner
            if one.key.span.start in without_effect
        )
        if edits:
            yield Rewrite(entry.key.span.start, f"`{draft.shown(entry)}` {said}", edits, details)


def merging_steps(older: OlderDraft) -> Iterator[Rewrite]:
    """The step of ``merge:`` that merged the worktree: gone, since mmm does it."""
    draft, entry = older.draft, older.root.get("merge")
    if (
        entry is None
        or not isinstance(entry.value, Sequence)
        or draft.source.text.startswith("[", entry.value.span.start)
    ):
        return
    gone = {one.span.start for one in older.today.troubles}
    for item in entry.value.items:
        node = item.node
        action = node.get("claude") if isinstance(node, Mapping) else None
        if action is None or action.key.span.start not in gone or not isinstance(node, Mapping):
            continue
        lines = draft.lines_of(node.span)
        edits: tuple[Edit, ...] = (Edit(lines, draft.as_lines(lines, draft.column(entry.key.span.start))),)
        if len(entry.value.items) == 1:
            edits = removed(draft, older.root, entry)
        remark = f"`{draft.shown(action)}` is gone: mmm merges the worktree itself, before these steps"
        yield Rewrite(action.key.span.start, remark, edits)


def _asks_for_fail_fast(older: OlderDraft, entry: Entry) -> bool:
    today = older.today.root.get("map")
    inner = today.value.get("fail_fast") if today is not None and isinstance(today.value, Mapping) else None
    return inner is not None and whole(entry).start <= inner.key.span.start < whole(entry).end


def _owned(older: OlderDraft) -> Iterator[tuple[Mapping, Entry]]:
    """The entries in which something may be ignored, each with the mapping that it is in."""
    for entry in older.root.entries:
        if entry.place != entry.value.span:
            continue
        yield older.root, entry
        if entry.key.value in PHASES and isinstance(entry.value, Mapping):
            yield from ((entry.value, inner) for inner in entry.value.entries)
    for entry in older.node.entries:
        yield older.node, entry
        if entry.key.value == "agent_template" and isinstance(entry.value, Mapping):
            yield from ((entry.value, inner) for inner in entry.value.entries)
