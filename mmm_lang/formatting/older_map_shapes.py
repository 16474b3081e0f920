"""The shape of a playbook of the older map and reduce dialect: what stands where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.older_map_draft import OlderDraft
from mmm_lang.formatting.older_map_values import one_line
from mmm_lang.formatting.pieces import (
    begins_line,
    edited,
    ended,
    indented,
    lines_with_comments,
    removed,
    settled_comments,
)
from mmm_lang.formatting.rewriting import Draft, Rewrite, renamed, whole, without
from mmm_lang.formatting.same import same_value
from mmm_lang.formatting.tokens import tokens_in
from mmm_lang.source import Span
from mmm_lang.syntax.older_maps import PHASES
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Scalar


def unwrapped(older: OlderDraft) -> Iterator[Rewrite]:
    """``reduce: {commands: […]}`` as ``reduce: […]``."""
    draft = older.draft
    entries = [entry for entry in older.root.entries if entry.key.value in PHASES]
    entries += [entry for entry in older.node.entries if entry.key.value == "agent_template"]
    for entry in entries:
        node = entry.value
        commands = node.get("commands") if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping) or commands is None or len(node.entries) > 1:
            continue
        name = entry.key.value
        remark = f"`{name}: {{commands: …}}` is `{name}: …` now"
        yield Rewrite(entry.key.span.start, remark, (_unwrapping(draft, node, commands),))


def _unwrapping(draft: Draft, node: Mapping, commands: Entry) -> Edit:
    start, value = commands.key.span.start, commands.value.span.start
    first, last = draft.source.position(start).line, draft.source.position(value).line
    if draft.is_in_flow(node):
        return Edit(node.span, draft.source.slice(commands.value.span))
    if first == last:
        return Edit(Span(start, value), "")
    lines = Span(draft.lines_of(Span(start, start)).start, draft.source.line_starts[last - 1])
    return Edit(lines, draft.as_lines(lines, draft.column(start)))


def items(older: OlderDraft) -> Iterator[Rewrite]:
    """``input`` and ``json_path`` as ``over:``."""
    draft, entry = older.draft, older.node.get("input")
    now = older.today_in_map.get(entry.key.span.start) if entry is not None else None
    if entry is None or now is None or now.key.value != "over":
        return
    if not isinstance(now.value, Mapping) or now.value is entry.value:
        remark = f"`{draft.shown(entry)}` is `over: …` now"
        yield Rewrite(entry.key.span.start, remark, (renamed(entry.key, "over"),))
        return
    source, *others = now.value.entries
    path = older.node.get("json_path")
    written = draft.source.slice(entry.value.span)
    edits = [renamed(entry.key, source.key.value)]
    if not same_value(entry.value, source.value):
        written = one_line(source.value)
        edits.append(Edit(entry.value.span, " ".join((written, *draft.comments_in(entry.value.span)))))
    remark = f"`{draft.shown(entry)}` is `over: {{{source.key.value}: …}}` now"
    if draft.is_in_flow(older.node):
        fields = [
            f"{source.key.value}: {written}",
            *(f"{one.key.value}: {_flow(one.value)}" for one in others),
        ]
        taken = without(draft, older.node, path) if path is not None else ()
        block = Edit(whole(entry), f"over: {{{', '.join(fields)}}}")
        yield Rewrite(entry.key.span.start, remark, (block, *taken))
        return
    names = [one.key.value for one in older.node.entries]
    is_next = names[names.index("input") + 1 :][:1] == ["json_path"]
    nested = _nested(draft, entry, path, others, edits, is_next)
    yield Rewrite(entry.key.span.start, remark, tuple(nested))


def _flow(node: Node) -> str:
    """A text that may stand in brackets."""
    return json.dumps(node.value, ensure_ascii=False) if isinstance(node, Scalar) else one_line(node)


def _nested(
    draft: Draft, entry: Entry, path: Entry | None, others: list[Entry], edits: list[Edit], is_next: bool
) -> Iterator[Edit]:
    """The lines of ``input`` and ``json_path``, one after the other, indented below ``over:``."""
    lines = draft.lines_of(whole(entry))
    indent = " " * draft.column(entry.key.span.start)
    written = f"{indent}over:{draft.line_end}"
    path_lines = draft.lines_of(whole(path)) if path is not None else lines
    if path is not None and not others:
        yield Edit(path_lines, draft.as_lines(path_lines, draft.column(path.key.span.start)))
    if path is None or not others:
        body = ended(draft, indented(edited(draft, lines, edits), 2))
        added_path = f"{indent}  json: {_flow(others[0].value)}{draft.line_end}" if others else ""
        yield Edit(lines, written + body + added_path)
    elif is_next:
        both = Span(lines.start, path_lines.end)
        yield Edit(both, written + indented(edited(draft, both, [*edits, renamed(path.key, "json")]), 2))
    else:
        body = ended(draft, indented(edited(draft, lines, edits), 2))
        path_body = indented(edited(draft, path_lines, [renamed(path.key, "json")]), 2)
        yield Edit(lines, written + body + path_body)
        yield Edit(path_lines, "")


# --- moves ---


def moved(older: OlderDraft) -> Iterator[Edit]:
    """All edits of the last stage; none where something stands in the way."""
    draft, root = older.draft, older.root
    template, setup = older.node.get("agent_template"), root.get("setup")
    if older.node.get("setup") is not None:
        setup = None
    moved = [entry for entry in (template, setup) if entry is not None]
    if any(not _may_move(draft, entry) for entry in moved):
        return
    mode = root.get("mode")
    if mode is not None:
        yield from removed(draft, root, mode)
    write: Callable[[OlderDraft, Entry | None, Entry | None], Iterator[Edit]]
    write = _moved_in_flow if draft.is_in_flow(root) else _moved_lines
    yield from write(older, template, setup)


def _may_move(draft: Draft, entry: Entry) -> bool:
    """Whether neither it nor what is in it has to do with anchors and aliases."""
    inside = tokens_in(draft.tokens, whole(entry))
    return (
        draft.is_plain_entry(entry)
        and all(token.kind != "alias" for token in inside)
        and not (draft.names_for_others(whole(entry)))
    )


def _moved_in_flow(older: OlderDraft, template: Entry | None, setup: Entry | None) -> Iterator[Edit]:
    draft = older.draft
    if setup is not None:
        end = whole(older.node.entries[-1]).end
        yield from without(draft, older.root, setup)
        yield Edit(Span(end, end), f", {draft.source.slice(whole(setup))}")
    if template is not None:
        end = older.node.span.end
        yield from without(draft, older.node, template)
        key = renamed(template.key, "steps").text
        yield Edit(Span(end, end), f", {key}: {draft.source.slice(template.value.span)}")


def _moved_lines(older: OlderDraft, template: Entry | None, setup: Entry | None) -> Iterator[Edit]:
    draft = older.draft
    outer = draft.column(older.entry.key.span.start)
    inner = draft.column(older.node.entries[0].key.span.start)
    is_flow = draft.is_in_flow(older.node)
    if is_flow and setup is not None:
        return
    end = draft.lines_of(whole(older.entry)).end
    gone: list[Span] = []
    added = ""
    if setup is not None:
        gone.append(lines_with_comments(draft, setup))
        added += indented(ended(draft, draft.source.slice(gone[-1])), inner - outer)
    if template is not None and is_flow:
        added += f"{' ' * outer}steps: {draft.source.slice(template.value.span)}{draft.line_end}"
        yield from without(draft, older.node, template)
    elif template is not None:
        gone.append(lines_with_comments(draft, template))
        body = edited(draft, gone[-1], [renamed(template.key, "steps")])
        added += draft.line_end + indented(ended(draft, body), outer - inner)
    yield from (Edit(lines, "") for lines in gone)
    if added:
        yield Edit(Span(end, end), begins_line(draft, end) + added)
    below: dict[int, Edit] = {}
    for lines in (Span(end, end), *gone):
        column = inner if older.node.span.start < lines.end < end else outer
        for edit in settled_comments(draft, lines.end, column):
            if not any(other.start <= edit.span.start < other.end for other in gone):
                below.setdefault(edit.span.end, edit)
    yield from below.values()
