"""Slash commands by name, as ``claude:`` steps.

A command by name that does not say ``commit_required`` has a rule of its own on the main line (spec/language.md, 5):
where it is the first of an iteration to leave no commit, the iteration has converged. ``claude:`` has no words for
that, neither with ``commit_required: true`` nor without, so that such a step stays, and people are told.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.rewriting import Draft, Rewrite, renamed, without
from mmm_lang.formatting.step_mappings import step_nodes
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.keys import ACTIONS
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Scalar, Sequence

_IMPLIED = (
    "`{}` stays: without `commit_required` it means what `claude:` cannot say; "
    "write `true` or `false`, and it can become `claude:`"
)


def commands(draft: Draft) -> Iterator[Rewrite]:
    """``name:`` with ``args:``, and bare texts, as ``claude: "/name args"`` where that means the same."""
    for step in step_nodes(draft.root):
        if isinstance(step.node, Scalar):
            yield from _bare(draft, step.node, step.in_repair)
        else:
            yield from _named(draft, step.node, step.in_repair)


def _bare(draft: Draft, scalar: Scalar, in_repair: bool) -> Iterator[Rewrite]:
    at = scalar.span.start
    prompt = _prompt(scalar, ())
    if prompt is None or at in draft.has_property:
        return
    if not in_repair:
        yield Rewrite(at, _IMPLIED.format(scalar.value.strip()))
        return
    written = f"claude: {_with_comment(draft, scalar, prompt)}"
    if at in draft.in_brackets:
        written = f"{{{written}}}"
    yield Rewrite(at, f"`{scalar.value.strip()}` is `claude: {prompt}` now", (Edit(scalar.span, written),))


def _named(draft: Draft, node: Mapping, in_repair: bool) -> Iterator[Rewrite]:
    name = node.get("name")
    actions = [entry for entry in node.entries if entry.key.value in ACTIONS]
    if name is None or actions != [name] or not isinstance(name.value, Scalar):
        return
    at, shown = name.key.span.start, name.value.value.strip()
    if not in_repair and not _says_so(node.get("commit_required")):
        yield Rewrite(at, _IMPLIED.format(shown))
        return
    args = node.get("args")
    if args is not None and _holds_references(args):
        yield Rewrite(
            at,
            f"`{shown}` stays: a reference in `args` is one argument, whatever it holds, which `claude:` cannot say",
        )
        return
    texts = _texts(args)
    prompt = _prompt(name.value, texts) if texts is not None and draft.is_plain_entry(name) else None
    removed = without(draft, node, args) if args is not None else ()
    if prompt is None or (args is not None and (not removed or not draft.is_plain_entry(args))):
        yield Rewrite(
            at,
            f"`{shown}` stays: what stands around it cannot be moved by rule; write `claude:` by hand",
        )
        return
    edits = (
        renamed(name.key, "claude"),
        Edit(name.value.span, _with_comment(draft, name.value, prompt)),
        *removed,
    )
    yield Rewrite(at, f"`{shown}` is `claude: {prompt}` now", edits)


def _with_comment(draft: Draft, scalar: Scalar, prompt: str) -> str:
    """The prompt, and the comment behind the ``|`` of the block that it was."""
    return " ".join((prompt, *draft.comments_in(scalar.span)))


def _says_so(required: Entry | None) -> bool:
    return (
        required is not None
        and isinstance(required.value, Scalar)
        and isinstance(resolve(required.value), bool)
    )


def _holds_references(args: Entry) -> bool:
    items = args.value.items if isinstance(args.value, Sequence) else ()
    return any(isinstance(item.node, Scalar) and set("${") & set(item.node.value) for item in items)


def _texts(args: Entry | None) -> tuple[str, ...] | None:
    """The arguments; ``None`` where they are not a list of texts."""
    if args is None:
        return ()
    if not isinstance(args.value, Sequence):
        return None
    texts = [item.node.value for item in args.value.items if isinstance(item.node, Scalar)]
    return tuple(texts) if len(texts) == len(args.value.items) else None


def _prompt(name: Scalar, args: tuple[str, ...]) -> str | None:
    """The whole prompt in double quotes; ``None`` where it is none, or does not fit on a line."""
    if not isinstance(resolve(name), str) or not name.value.strip():
        return None
    words = ["/" + name.value.strip().removeprefix("/"), *map(_argument, args)]
    text = " ".join(words)
    if not text.isprintable():
        return None
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _argument(text: str) -> str:
    """An argument as the runner would write it behind the command (`runtime.rendering.quoted_argument`)."""
    return text if text and not any(one.isspace() or one in "'\"\\" for one in text) else shlex.quote(text)
