"""Keys of older dialects, which have no effect: turned into the keys of today where it is certain which, else taken out.

Both are told. What has a key today moves out of a block such as ``metadata:`` with its lines and comments, to stand
beside it; the block goes, and the comments of what goes with it stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map

from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.pieces import indented
from mmm_lang.formatting.rewriting import Draft, Rewrite, renamed, whole, without
from mmm_lang.formatting.step_mappings import step_nodes
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.durations import seconds_of
from mmm_lang.syntax.keys import ACTIONS, KEYS
from mmm_lang.syntax.values import is_nothing
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Scalar

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_COMMENT_LINES = re.compile(r"(?:[ ]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*")

Translation = Callable[[Draft, Entry], tuple[str, str] | None]
"""From an entry of an old block to today's key and the text of its value; ``None`` where that is not certain."""


def header_blocks(draft: Draft) -> Iterator[Rewrite]:
    """``config:`` at the top of the file."""
    root = draft.root
    if isinstance(root, Mapping):
        entry = root.get("config")
        if entry is not None:
            yield from _block(draft, root, entry, CONFIG, tuple(KEYS["header"]))


def step_blocks(draft: Draft) -> Iterator[Rewrite]:
    """``metadata:`` on steps."""
    for node in _mappings(draft):
        entry = node.get("metadata")
        if entry is not None:
            yield from _block(draft, node, entry, METADATA, _legal(node))


def ignored_keys(draft: Draft) -> Iterator[Rewrite]:
    """Every other key without effect: ``options:``, ``args:`` beside ``claude:``, ``save:`` and ``format:``."""
    for node in _mappings(draft):
        for entry in node.entries:
            row = KEYS["step"].get(entry.key.value)
            is_args = (
                entry.key.value == "args" and node.get("claude") is not None and node.get("name") is None
            )
            if is_args or (row is not None and row.instead is not None and row.name != "metadata"):
                yield _removal(draft, node, entry)
            elif entry.key.value in ("analyze", "analysis") and isinstance(entry.value, Mapping):
                for inner in entry.value.entries:
                    option = KEYS["analyze"].get(inner.key.value)
                    if option is not None and option.instead is not None and entry.place == entry.value.span:
                        yield _removal(draft, entry.value, inner)


def _mappings(draft: Draft) -> Iterator[Mapping]:
    return (step.node for step in step_nodes(draft.root) if isinstance(step.node, Mapping))


def _legal(node: Mapping) -> tuple[str, ...]:
    """The keys that fit a step with this action and that it does not have."""
    names = {entry.key.value for entry in node.entries}
    action = next((name for name in ACTIONS if name in names), None)
    return tuple(
        row.name
        for row in KEYS["step"].values()
        if row.name not in names
        and row.feature is None
        and row.instead is None
        and (row.actions is None or action in row.actions)
    )


# --- one block ---


def _block(
    draft: Draft, owner: Mapping, entry: Entry, translations: Map[str, Translation], legal: tuple[str, ...]
) -> Iterator[Rewrite]:
    """The entries that have a name today stand beside the block from now on, which goes with all the others."""
    inner = entry.value
    old = inner.entries if isinstance(inner, Mapping) and entry.place == inner.span else ()
    present = {other.key.value for other in owner.entries}
    kept: dict[str, tuple[Entry, str]] = {}
    for one in old:
        today = translations[one.key.value](draft, one) if one.key.value in translations else None
        if today is not None and today[0] in legal and today[0] not in present | kept.keys():
            kept[today[0]] = (one, today[1])
    if not isinstance(inner, Mapping) or not kept:
        yield _removal(draft, owner, entry)
        return
    edit = _moved_out(draft, entry, inner, kept)
    name, at = entry.key.value, entry.key.span.start
    has_name = any(draft.names_for_others(whole(one)) for one in old)
    if edit is None or has_name or not draft.is_plain_entry(entry):
        yield Rewrite(at, f"`{name}:` stays, and has no effect: move what is in it out by hand")
        return
    details = []
    today_of = {id(one): key for key, (one, _) in kept.items()}
    for one in old:
        said = f"as `{today_of[id(one)]}` it has one now" if id(one) in today_of else "it is gone"
        details.append((one.key.span.start, f"`{name}.{draft.shown(one)}` had no effect; {said}"))
    (first_at, remark), *others = details
    yield Rewrite(first_at, remark, (edit,), tuple(others))


def _removal(draft: Draft, owner: Mapping, entry: Entry) -> Rewrite:
    at, shown = entry.key.span.start, draft.shown(entry)
    edits = without(draft, owner, entry)
    if not edits:
        return Rewrite(at, f"`{shown}` stays, and has no effect; remove it by hand")
    return Rewrite(at, f"`{shown}` had no effect; it is gone", edits)


def _moved_out(draft: Draft, entry: Entry, inner: Mapping, kept: Map[str, tuple[Entry, str]]) -> Edit | None:
    """The block without its key: in brackets its entries beside each other, else its lines further left."""
    source, span = draft.source, whole(entry)
    number = source.position(span.start).line
    if draft.is_in_flow(inner):
        if draft.comments_in(span) or source.position(span.end).line != number:
            return None
        is_alone = span.start not in draft.in_brackets
        between = f"{draft.line_end}{' ' * draft.column(span.start)}" if is_alone else ", "
        return Edit(span, between.join(f"{key}: {value}" for key, (_, value) in kept.items()))
    below = source.line_starts[number] if number < len(source.line_starts) else len(source.text)
    first = inner.entries[0].key.span.start
    if first < below or draft.opening(span.start).strip(" -"):
        return None
    edits = tuple(_today(draft, inner, kept))
    lines = draft.lines_of(span)
    longer = sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in edits)
    body = apply_edits(source.text, edits)[below : lines.end + longer]
    comments = draft.as_lines(Span(lines.start, below), draft.column(span.start))
    body = comments + indented(body, draft.column(span.start) - draft.column(first))
    return Edit(lines, _opened(body, draft.opening(span.start)))


def _opened(body: str, opening: str) -> str:
    """Lines that begin as ``opening`` does; where that is the dash of a step, comments go above it."""
    if not opening.strip():
        return body
    head = _COMMENT_LINES.match(body)
    rest = body[head.end() :] if head else body
    above = body[: len(body) - len(rest)]
    indent = opening[: len(opening) - len(opening.lstrip(" "))]
    shifted = "".join(
        f"{indent}{line.lstrip(' ')}" for line in above.splitlines(keepends=True) if line.strip()
    )
    return f"{shifted}{opening}{rest.lstrip(' ')}"


def _today(draft: Draft, inner: Mapping, kept: Map[str, tuple[Entry, str]]) -> Iterator[Edit]:
    """Inside the block: the names and values of today, and no lines of what has none."""
    names = {id(one): (key, value) for key, (one, value) in kept.items()}
    for one in inner.entries:
        key, value = names.get(id(one), ("", ""))
        if not key:
            lines = draft.lines_of(whole(one))
            yield Edit(lines, draft.as_lines(lines, draft.column(one.key.span.start)))
        elif key != one.key.value and value == draft.source.slice(one.place):
            yield renamed(one.key, key)
        elif key != one.key.value:
            yield Edit(whole(one), f"{key}: {value}")


# --- what the older keys are called today ---


def _same(key: str, fits: Callable[[Entry], bool]) -> Translation:
    """Another name, the value as it is."""
    return lambda draft, entry: (key, draft.source.slice(entry.place)) if fits(entry) else None


def _is_count(entry: Entry) -> bool:
    value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_duration(entry: Entry) -> bool:
    return isinstance(entry.value, Scalar) and not is_nothing(entry.value) and bool(seconds_of(entry.value))


def _is_switch(entry: Entry) -> bool:
    return isinstance(entry.value, Scalar) and isinstance(resolve(entry.value), bool)


def _is_env(entry: Entry) -> bool:
    return isinstance(entry.value, Mapping) and all(
        isinstance(one.value, Scalar) and not is_nothing(one.value) for one in entry.value.entries
    )


def _default_timeout(draft: Draft, entry: Entry) -> tuple[str, str] | None:
    written = draft.source.slice(entry.place)
    is_certain = _is_duration(entry) and written.isprintable()
    return ("defaults", f"{{timeout: {written}}}") if is_certain else None


def _retry(draft: Draft, entry: Entry) -> tuple[str, str] | None:
    """Retries are runs after the first; attempts count it."""
    value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        return None
    return "retry", f"{{attempts: {value + 1}}}"


def _going_on(draft: Draft, entry: Entry) -> tuple[str, str] | None:
    value = resolve(entry.value) if isinstance(entry.value, Scalar) else None
    return ("on_failure", "{fail_workflow: false}") if value is True else None


CONFIG: Map[str, Translation] = {
    "max_iterations": _same("max_iterations", _is_count),
    "env": _same("env", _is_env),
    "environment": _same("env", _is_env),
    "timeout": _default_timeout,
    "command_timeout": _default_timeout,
}
METADATA: Map[str, Translation] = {
    "retries": _retry,
    "continue_on_error": _going_on,
    "timeout": _same("timeout", _is_duration),
    "env": _same("env", _is_env),
    "commit_required": _same("commit_required", _is_switch),
}
