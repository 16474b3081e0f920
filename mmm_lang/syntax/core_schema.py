"""The types of plain scalars: the core schema of YAML 1.2, in which ``yes``, ``no``, ``on`` and ``off`` are text."""

from __future__ import annotations

import re

from mmm_lang.syntax.yaml_nodes import Damaged, Mapping, Node, Scalar, Sequence

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = r"0o[0-7]+\Z"
_HEXADECIMAL = r"0x[0-9a-fA-F]+\Z"
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITY = r"[-+]?\.(?:inf|Inf|INF)\Z"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOT_NUMBERS = frozenset({".nan", ".NaN", ".NAN"})
_BEGINNINGS = frozenset("+-.0123456789")
_LONGEST_INTEGER = 18
"""Digits. What is longer is read as a float: nobody counts that far, and Python refuses 5,000 digits."""

YAML_1_1_BOOLEANS = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}
"""Words that older YAML took for truth values, and what to write."""

Value = str | int | float | bool | None


def resolve(scalar: Scalar) -> Value:
    """The value of a scalar: text where it is quoted or a block, else what the core schema makes of it."""
    if scalar.tag == "str" or (scalar.style != "plain" and scalar.tag is None):
        return scalar.value
    text = scalar.value
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in _BEGINNINGS:
        return text
    if _INTEGER.match(text):
        return int(text) if len(text) <= _LONGEST_INTEGER else float(text)
    if _FLOAT.match(text):
        return float(text)
    if re.match(_OCTAL, text):
        return int(text[2:], 8) if len(text) <= _LONGEST_INTEGER else float("inf")
    if re.match(_HEXADECIMAL, text):
        return int(text[2:], 16) if len(text) <= _LONGEST_INTEGER else float("inf")
    if re.match(_INFINITY, text):
        return float(text.replace(".", ""))
    return float("nan") if text in _NOT_NUMBERS else text


def describe(node: Node) -> str:
    """What a node is, for "found …"."""
    match node:
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"
        case Damaged():
            return "text that could not be read"
        case Scalar():
            value = resolve(node)
            if value is None:
                return "nothing"
            if isinstance(value, bool):
                return f"`{node.value}`"
            if isinstance(value, (int, float)):
                return f"the number {node.value[:20]}"
            return "empty text" if not value else "text"
