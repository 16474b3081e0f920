"""The small blocks of a playbook: ``retry``, ``limits``, ``until``, ``inputs``, ``outputs`` and settings."""

from __future__ import annotations

from collections.abc import Mapping as Map
from math import isfinite
from typing import Literal

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.key_check import usable_entries
from mmm_lang.syntax.keys import KEYS
from mmm_lang.syntax.nodes import Input, Limits, Located, Output, Retry, Settings, Until
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Node, Scalar, Sequence

_SHOWN_LENGTH = 40
_OUTPUT_KINDS: dict[str, Literal["file_pattern", "json", "regex"]] = {
    "file_pattern": "file_pattern",
    "json": "json",
    "regex": "regex",
}


def parse_settings(values: Values, entries: Map[str, Entry]) -> Settings:
    """The settings among the keys of a step, of the header or of ``defaults``."""
    return Settings(
        timeout=values.duration(entries.get("timeout")),
        shell_program=values.text(entries.get("shell_program")),
        model=values.text(entries.get("model")),
        max_cost_usd=values.amount(entries.get("max_cost_usd")),
        allowed_tools=values.texts(entries.get("allowed_tools")),
        permissions=values.text(entries.get("permissions")),
        agent=values.text(entries.get("agent")),
        on_denied=values.choice(entries.get("on_denied"), KEYS["step"]["on_denied"].choices),
        retry=parse_retry(values, entries.get("retry")),
    )


def parse_defaults(values: Values, entry: Entry | None) -> Settings:
    """``defaults: {timeout: 20m, …}``."""
    entries = values.entries(entry, "a mapping", "write `defaults: {timeout: 20m}`")
    return parse_settings(values, usable_entries(values.findings, entries, "defaults"))


def parse_retry(values: Values, entry: Entry | None) -> Retry | None:
    """``retry: {attempts: 3, backoff: 10s}``."""
    number = resolve(entry.value) if entry is not None and isinstance(entry.value, Scalar) else None
    attempts_meant = number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else 3
    fix = None
    if entry is not None and attempts_meant == number:
        fix = Fix("make it a mapping", "unsafe", (Edit(entry.value.span, f"{{attempts: {number}}}"),))
    written = values.entries(entry, "a mapping", f"write `retry: {{attempts: {attempts_meant}}}`", fix=fix)
    entries = usable_entries(values.findings, written, "retry")
    lacks = all(inner.key.value in KEYS["retry"] for inner in written) and "attempts" not in entries
    attempts = values.integer(
        entries.get("attempts"), 1, "write how many runs there are in all, the first included"
    )
    backoff = values.pause(entries.get("backoff"))
    if entry is not None and isinstance(entry.value, Mapping) and lacks:
        values.findings.error(
            "missing-key", entry.key.span, "`retry` lacks `attempts`", "write `retry: {attempts: 3}`"
        )
    if entry is None or attempts is None:
        return None
    return Retry(attempts, backoff, entry.value.span)


def parse_limits(values: Values, entry: Entry | None) -> Limits | None:
    """``limits: {agent_calls: 40, cost_usd: 5.00, duration: 2h}``."""
    if entry is None:
        return None
    written = values.entries(entry, "a mapping", "write `limits: {agent_calls: 40}`")
    if isinstance(entry.value, Mapping) and not written:
        values.empty(entry)
    entries = usable_entries(values.findings, written, "limits")
    return Limits(
        agent_calls=values.integer(entries.get("agent_calls"), 0),
        cost_usd=values.amount(entries.get("cost_usd")),
        duration=values.duration(entries.get("duration")),
        span=entry.value.span,
    )


def parse_until(values: Values, entry: Entry | None) -> Until | None:
    """``until: {shell: "cargo test", timeout: 10m}``."""
    node = entry.value if entry is not None else None
    script_meant = node.value if isinstance(node, Scalar) else "…"
    shown = script_meant if len(script_meant) < _SHOWN_LENGTH and not set('"\\\n') & {*script_meant} else "…"
    fix = None
    if node is not None and shown not in ("…", ""):
        fix = Fix("make it a mapping", "safe", (Edit(node.span, f'{{shell: "{shown}"}}'),))
    written = values.entries(entry, "a mapping", f'write `until: {{shell: "{shown}"}}`', fix=fix)
    entries = usable_entries(values.findings, written, "until")
    lacks = all(inner.key.value in KEYS["until"] for inner in written) and "shell" not in entries
    script = values.essence(entries.get("shell"), "shell", "script")
    timeout = values.duration(entries.get("timeout"))
    if entry is None:
        return None
    if isinstance(entry.value, Mapping) and lacks:
        values.findings.error(
            "missing-key", entry.key.span, "`until` lacks `shell`", 'write `until: {shell: "…"}`'
        )
    return None if script is None else Until(script, timeout, entry.value.span)


def parse_inputs(values: Values, entry: Entry | None) -> tuple[Input, ...]:
    """``inputs: {target: src, issue: {description: …}}``; nothing after a name makes it a required input."""
    if entry is not None and isinstance(entry.value, Sequence):
        return _listed_inputs(values, entry, entry.value)
    found = []
    for declared in values.entries(entry, "a mapping of names to values", "write `inputs: {NAME: default}`"):
        name = values.checked_name(declared.key, "the name of an input")
        default: Located[str] | None = None
        description: Located[str] | None = None
        kind: Located[str] | None = None
        if isinstance(declared.value, Mapping):
            entries = usable_entries(values.findings, declared.value.entries, "input")
            kind = values.choice(entries.get("type"), KEYS["input"]["type"].choices)
            default = _default(values, entries.get("default"), kind)
            description = values.text(entries.get("description"))
        elif not is_nothing(declared.value):
            default = _default(values, declared)
        if name is not None:
            found.append(Input(name, default, description.value if description is not None else None, kind))
    return tuple(found)


def _listed_inputs(values: Values, entry: Entry, node: Sequence) -> tuple[Input, ...]:
    """Inputs that were written as a list: reported, and known all the same, so that no reference follows."""
    scalars = []
    for item in node.items:
        named = item.node.get("name") if isinstance(item.node, Mapping) else None
        name = named.value if named is not None else item.node
        if isinstance(name, Scalar):
            scalars.append(name)
    example = scalars[0].value if scalars and len(scalars[0].value) < _SHOWN_LENGTH else "NAME"
    values.wrong_type(
        entry,
        "a mapping of names to values",
        f"write each as a key: `{example}: {{}}`, or with a default after it",
    )
    return tuple(Input(Located(name.value, name.span), None, None) for name in scalars)


def _default(values: Values, entry: Entry | None, kind: Located[str] | None = None) -> Located[str] | None:
    """The default of an input: text; a number or truth value stands for the text it is written as, and where the type is
    a list or JSON, such a value for its JSON."""
    if entry is None:
        return None
    takes = () if kind is None else {"list": (Sequence,), "json": (Sequence, Mapping)}.get(kind.value, ())
    if isinstance(entry.value, takes):
        return Located(json_text(entry.value), entry.value.span)
    if isinstance(entry.value, Scalar) and resolve(entry.value) is not None:
        return Located(entry.value.value, entry.value.span)
    values.wrong_type(entry, "a string", 'write `""` for an empty text')
    return None


def parse_outputs(values: Values, entry: Entry | None) -> tuple[Output, ...]:
    """``outputs: {spec: {file_pattern: "*.md"}, …}``."""
    found = []
    example = 'write `outputs: {spec: {file_pattern: "*.md"}}`'
    for declared in values.entries(entry, "a mapping of names to values", example):
        name = values.checked_name(declared.key, "the name of an output")
        kinds = _output_kinds(values, declared)
        pattern = values.text(kinds[0]) if len(kinds) == 1 else None
        if pattern is None or not _is_pattern(values, kinds[0], pattern.value):
            continue
        if name is not None:
            found.append(Output(name, _OUTPUT_KINDS[kinds[0].key.value], pattern))
    return tuple(found)


def _output_kinds(values: Values, declared: Entry) -> list[Entry]:
    """The entry that says what an output is, alone in a list; none after a message."""
    name = declared.key.value
    advice = f'write `{name}: {{file_pattern: "*.md"}}`, `{{json: "$.path"}}` or `{{regex: "…"}}`'
    if isinstance(declared.value, Damaged):
        return []
    if not isinstance(declared.value, Mapping):
        values.wrong_type(declared, "a mapping", advice)
        return []
    known = usable_entries(values.findings, declared.value.entries, "output")
    kinds = [known[kind] for kind in known]
    if not kinds and not declared.value.entries:
        values.invalid(declared, f"the output `{name}` says nothing about where its value comes from", advice)
    if len(kinds) > 1:
        values.findings.error(
            "invalid-value",
            kinds[1].key.span,
            f"the output `{name}` has both `{kinds[0].key.value}` and `{kinds[1].key.value}`",
            "keep one of them, or declare two outputs",
        )
        return []
    return kinds


def _is_pattern(values: Values, entry: Entry, pattern: str) -> bool:
    kind = entry.key.value
    if not pattern.strip():
        values.invalid(entry, f"`{kind}` is empty", "write a pattern, or remove the output")
        return False
    if kind == "json" and not pattern.startswith("$"):
        values.invalid(entry, "a JSON path begins with `$`", f"write `$.{pattern.lstrip('.')}`")
        return False
    return kind != "regex" or _is_regex(values, entry.value, pattern)


def _is_regex(values: Values, node: Node, pattern: str) -> bool:
    from mmm_lang.syntax.regexes import flaw_of

    flaw = flaw_of(pattern)
    if flaw is None:
        return True
    span = node.span
    if isinstance(node, Scalar):
        span = Span(node.offset_of(flaw.start), max(node.offset_of(flaw.start), node.offset_of(flaw.end)))
    message = f"invalid regular expression: {flaw.why}"
    advice = [flaw.advice]
    if isinstance(node, Scalar) and node.style == "double" and "\\" in flaw.advice:
        advice.append("inside double quotes YAML wants every backslash twice")
    values.findings.error("invalid-regex", span, message, *advice)
    return False


def parse_schema(values: Values, entry: Entry | None) -> Located[str] | None:
    """``output_schema`` as JSON text: written as YAML keys, or as a string of JSON."""
    if entry is None or isinstance(entry.value, Damaged):
        return None
    # json is imported here: few playbooks need it, and every check would pay for it.
    import json

    if isinstance(entry.value, Mapping):
        try:
            return Located(json.dumps(plain_value(entry.value), allow_nan=False), entry.value.span)
        except ValueError:
            values.invalid(entry, "JSON has no infinite numbers", "write a finite number")
            return None
    text = values.text(entry)
    if text is None:
        return None
    try:
        schema = json.loads(text.value)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is too deep"
        values.invalid(entry, f"`output_schema` is not JSON: {reason}", "write the schema as keys below it")
        return None
    if not isinstance(schema, dict):
        values.invalid(entry, "`output_schema` must be a JSON object", 'write `{"type": "object", …}`')
        return None
    return text


def json_text(node: Node) -> str:
    """A YAML value as JSON text; a number that JSON does not have is text in it, as it is written."""
    import json

    return json.dumps(_with_finite_numbers(plain_value(node)), ensure_ascii=False, allow_nan=False)


def _with_finite_numbers(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _with_finite_numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_finite_numbers(one) for one in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def plain_value(node: Node) -> Json:
    """A YAML value as JSON has it."""
    match node:
        case Mapping():
            return {entry.key.value: plain_value(entry.value) for entry in node.entries}
        case Sequence():
            return [plain_value(item.node) for item in node.items]
        case Scalar():
            return resolve(node)
        case Damaged():
            return None
