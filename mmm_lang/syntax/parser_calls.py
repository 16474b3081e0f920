"""What goes into another playbook and what comes out: ``inputs:`` beside ``playbook:``, ``outputs:`` in the header."""

from __future__ import annotations

from mmm_lang.syntax.nodes import PassedInput, PlaybookOutput, Template, Text
from mmm_lang.syntax.parser_blocks import json_text
from mmm_lang.syntax.values import Values, is_nothing
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Mapping, Node, Scalar, Sequence


def parse_passed(values: Values, entry: Entry | None) -> tuple[PassedInput, ...]:
    """``inputs: {target: "${a.json.file}", names: [a, b]}`` of a step."""
    found = []
    for passed in values.entries(entry, "a mapping of names to values", "write `inputs: {NAME: value}`"):
        name = values.checked_name(passed.key, "the name of an input")
        templates = _templates(values, passed)
        if name is not None and templates is not None:
            is_list = isinstance(passed.value, Sequence)
            found.append(PassedInput(name, templates, is_list, values.place(passed)))
    return tuple(found)


def _templates(values: Values, passed: Entry) -> tuple[Template, ...] | None:
    """The templates of a value that is passed: one, or one for each item of a list."""
    node = passed.value
    if isinstance(node, Sequence):
        return tuple(_item(values, item.node) for item in node.items)
    if isinstance(node, Mapping):
        return (_verbatim(json_text(node), node),)
    if isinstance(node, Damaged):
        return None
    if is_nothing(node):
        values.wrong_type(passed, "a value", 'write `""` for an empty text, or remove it for the default')
        return None
    return (values.template_of(node, "text"),)


def _item(values: Values, node: Node) -> Template:
    return values.template_of(node, "text") if isinstance(node, Scalar) else _verbatim(json_text(node), node)


def _verbatim(text: str, node: Node) -> Template:
    """Text that is no template, as one: nothing in it is a reference."""
    return Template((Text(text, node.span, 0),), text, node.span, lambda _: node.span.start)


def parse_results(values: Values, entry: Entry | None) -> tuple[PlaybookOutput, ...]:
    """``outputs: {spec: "${review.spec}"}`` of the header."""
    found = []
    example = 'write `outputs: {spec: "${review.spec}"}`'
    for declared in values.entries(entry, "a mapping of names to values", example):
        name = values.checked_name(declared.key, "the name of an output")
        node = declared.value
        if isinstance(node, Scalar) and not is_nothing(node):
            if name is not None:
                found.append(PlaybookOutput(name, values.template_of(node, "text")))
            continue
        advice = f'write what a step made, as in `{declared.key.value}: "${{review.spec}}"`'
        values.wrong_type(declared, "a string", advice)
    return tuple(found)
