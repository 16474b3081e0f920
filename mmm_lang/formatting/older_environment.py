"""Variables and secrets of the older map and reduce dialect in the words of today.

A variable that prompts name moves from ``env:`` to ``inputs:``, with its comments; a secret is named under ``secrets:``,
and where steps know it by another name, ``env:`` gives it that name.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.diagnostics.model import Edit
from mmm_lang.figures import series
from mmm_lang.formatting.pieces import added, begins_line, indented, lines_with_comments
from mmm_lang.formatting.rewriting import Draft, Rewrite, whole, without
from mmm_lang.source import Span
from mmm_lang.syntax.older_environment import OlderEnvironment
from mmm_lang.syntax.older_report import Report
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Scalar, Sequence


def variables(draft: Draft, root: Mapping) -> Iterator[Rewrite]:
    """``env:`` and ``secrets:`` of the dialect, one rewrite after the other: each sees what the one before has left."""
    older = OlderEnvironment(root, Report())
    secrets = root.get("secrets")
    if secrets is not None and isinstance(secrets.value, Mapping):
        yield _secrets(draft, root, secrets, older)
        return
    env = root.get("env")
    if env is None or not isinstance(env.value, Mapping):
        return
    for entry in env.value.entries:
        if isinstance(entry.value, Mapping) and older.passed:
            yield _hidden(draft, root, entry, older)
            return
    if older.inputs:
        yield _moved(draft, root, env, env.value, older.inputs)


def _secrets(draft: Draft, root: Mapping, secrets: Entry, older: OlderEnvironment) -> Rewrite:
    """``secrets: {NAME: …}`` as a list, and in ``env:`` the other names of some of them."""
    node = secrets.value
    own = [one for one in older.listed if node.span.start <= one.span.start < node.span.end]
    named = [one for one in older.passed if node.span.start <= one.key.span.start < node.span.end]
    written = f"secrets: [{', '.join(one.value for one in own)}]"
    edits = [Edit(whole(secrets), " ".join((written, *draft.comments_in(whole(secrets))[:1])))]
    comments = draft.comments_in(whole(secrets))[1:]
    lines = draft.lines_of(whole(secrets))
    if comments and not draft.is_in_flow(root):
        column = " " * draft.column(secrets.key.span.start)
        above = "".join(f"{column}{comment}{draft.line_end}" for comment in comments)
        edits.insert(0, Edit(Span(lines.start, lines.start), above))
    if named:
        edits.append(_in_env(draft, root, secrets, named))
    return Rewrite(secrets.key.span.start, f"`{draft.shown(secrets)}` is `{written}` now", tuple(edits))


def _in_env(draft: Draft, root: Mapping, secrets: Entry, named: list[Entry]) -> Edit:
    """The names that steps know the variables by."""
    texts = [f'{one.key.value}: "{one.value.value}"' for one in named if isinstance(one.value, Scalar)]
    env = root.get("env")
    if env is not None and isinstance(env.value, Mapping) and env.value.entries:
        return added(draft, env.value, env.value.entries[-1], texts)
    written = f"env: {{{', '.join(texts)}}}"
    return added(draft, root, secrets, [written])


def _hidden(draft: Draft, root: Mapping, entry: Entry, older: OlderEnvironment) -> Rewrite:
    """``NAME: {secret: true, value: …}`` as a variable, and its name under ``secrets:``."""
    span = whole(entry)
    value = next(one.value for one in older.passed if one.key is entry.key)
    variable = next((one for one in older.listed if span.start <= one.span.start < span.end), None)
    text = value.value if isinstance(value, Scalar) else ""
    edits = [Edit(span, " ".join((f'{entry.key.value}: "{text}"', *draft.comments_in(span)[:1])))]
    above = draft.as_lines(Span(span.start, span.end), draft.column(span.start))
    if len(draft.comments_in(span)) > 1:
        start = draft.lines_of(span).start
        edits = [Edit(Span(start, start), above), Edit(span, f'{entry.key.value}: "{text}"')]
    secrets = root.get("secrets")
    remark = f"`{draft.shown(entry)}` is `{entry.key.value}: {text}` now"
    if variable is not None:
        remark += f", and `secrets:` names `{variable.value}`"
        if entry.key.value == variable.value:
            edits = list(without(draft, _owner(root), entry))
        if secrets is not None and isinstance(secrets.value, Sequence) and secrets.value.items:
            end = secrets.value.items[-1].place.end
            edits.append(Edit(Span(end, end), f", {variable.value}"))
        else:
            env = root.get("env")
            edits.append(added(draft, root, env or entry, [f"secrets: [{variable.value}]"]))
    return Rewrite(entry.key.span.start, remark, tuple(edits))


def _owner(root: Mapping) -> Mapping:
    env = root.get("env")
    return env.value if env is not None and isinstance(env.value, Mapping) else root


def _moved(draft: Draft, root: Mapping, env: Entry, node: Mapping, named: list[Entry]) -> Rewrite:
    """The first of the variables that prompts name, as an input."""
    entry, inputs = named[0], root.get("inputs")
    remark = f"`{entry.key.value}` is an input now: prompts name it, and `--set` can give it"
    at = entry.key.span.start
    written = draft.source.slice(whole(entry))
    if len(node.entries) == len(named) and inputs is None:
        all_named = series(f"`{one.key.value}`" for one in named)
        remark = f"`env:` is `inputs:` now: prompts name {all_named}, and `--set` can give it"
        return Rewrite(env.key.span.start, remark, (Edit(env.key.span, _quoted(draft, env, "inputs")),))
    is_flow = draft.is_in_flow(node)
    lines = Span(at, at) if is_flow else lines_with_comments(draft, entry)
    taken = without(draft, node, entry) if is_flow else (Edit(lines, ""),)
    if len(node.entries) == 1:
        taken = without(draft, root, env)
    if inputs is not None and isinstance(inputs.value, Mapping) and inputs.value.entries:
        last = inputs.value.entries[-1]
        if is_flow or draft.is_in_flow(inputs.value):
            return Rewrite(at, remark, (*taken, added(draft, inputs.value, last, [written])))
        end = draft.lines_of(whole(last)).end
        shift = draft.column(last.key.span.start) - draft.column(at)
        text = begins_line(draft, end) + indented(draft.source.slice(lines), shift)
        return Rewrite(at, remark, (*taken, Edit(Span(end, end), text)))
    if is_flow or draft.is_in_flow(root):
        return Rewrite(at, remark, (*taken, added(draft, root, env, [f"inputs: {{{written}}}"])))
    before = lines_with_comments(draft, env).start
    column = " " * draft.column(env.key.span.start)
    text = f"{column}inputs:{draft.line_end}{draft.source.slice(lines)}{draft.line_end}"
    return Rewrite(at, remark, (Edit(Span(before, before), text), *taken))


def _quoted(draft: Draft, entry: Entry, name: str) -> str:
    sign = draft.source.text[entry.key.span.start]
    return f"{sign}{name}{sign}" if sign in "\"'" else name
