"""Diagnostics as a SARIF 2.1.0 log: what code scanning services and editors read.

One run with every rule that there is, whether it fired or not; suppressed diagnostics are in it, with who suppressed
them. Only ASCII is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import quote

from mmm_lang.diagnostics.fingerprints import Fingerprint, fingerprints
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.render_json import Json
from mmm_lang.source import Source, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""The name that SARIF tools give to the root of the repository."""

_URGENCY: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "recommendation"}
_DANGER: dict[Severity, str] = {"error": "8.0", "warning": "5.0", "note": "3.0"}
"""How bad a rule about security is, from 0 to 10: GitHub shows 7 and above as high, 4 and above as medium."""

_PRECISION = {"default": "high", "pedantic": "medium", "audit": "low"}
_SECTION = re.compile(r"^## What it does\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class Rule(Protocol):
    """What a log says about a rule. ``page`` is Markdown whose first line is the title; ``tags`` has ``security`` for
    a rule about it."""

    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def page(self) -> str: ...
    @property
    def preset(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


def render_sarif(
    diagnostics: Sequence[Diagnostic],
    rules: Sequence[Rule],
    path_of: Callable[[str], str],
    version: str,
    failures: Sequence[str] = (),
    skipped: Sequence[str] = (),
) -> str:
    """The whole log, with a line end.

    ``rules`` has all that diagnostics name; ``path_of`` turns the path of a source into one from the root of the
    repository, with ``/``. ``failures`` is a sentence for every input that could not be checked, ``skipped`` one for
    every kind of check that was not made.
    """
    places = {rule.name: index for index, rule in enumerate(rules)}
    results = [
        _result(diagnostic, known_by, places, path_of)
        for diagnostic, known_by in fingerprints(diagnostics, path_of)
    ]
    notifications = [("error", text) for text in failures] + [("note", text) for text in skipped]
    run: Json = {
        "tool": {
            "driver": {
                "name": "mmm",
                "version": version,
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": _text("the root of the repository")}},
        "invocations": [
            {
                "executionSuccessful": not failures,
                "toolExecutionNotifications": [
                    {"level": level, "message": _text(text)} for level, text in notifications
                ],
            }
        ],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


# --- rules ---


def _rule(rule: Rule) -> Json:
    title, _, rest = rule.page.strip().partition("\n")
    section = _SECTION.search(rest)
    properties: dict[str, Json] = {
        "tags": [rule.preset, *rule.tags],
        "precision": _PRECISION.get(rule.preset, "medium"),
        "problem.severity": _URGENCY[rule.severity],
    }
    if "security" in rule.tags:
        properties["security-severity"] = _DANGER[rule.severity]
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": _text(title),
        "fullDescription": _text(" ".join(section[1].split()) if section else title),
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": rule.severity, "enabled": rule.preset == "default"},
        "properties": properties,
    }


# --- results ---


def _result(
    diagnostic: Diagnostic,
    known_by: Fingerprint,
    places: dict[str, int],
    path_of: Callable[[str], str],
) -> Json:
    source = diagnostic.source
    lines = [diagnostic.message, *(f"help: {one}" for one in diagnostic.help)]
    lines += [f"note: {one}" for one in diagnostic.notes]
    result: dict[str, Json] = {
        "ruleId": diagnostic.rule,
        "level": diagnostic.severity,
        "message": _text("\n".join(lines)),
        "locations": [_location(diagnostic.primary, source, path_of)],
        "partialFingerprints": {"mmm/v1": f"{known_by.rule}:{known_by.hash}:{known_by.occurrence}"},
    }
    if diagnostic.rule in places:
        result["ruleIndex"] = places[diagnostic.rule]
    if diagnostic.secondary:
        result["relatedLocations"] = [
            {"id": number, **_location(label, source, path_of)}
            for number, label in enumerate(diagnostic.secondary, 1)
        ]
    if diagnostic.flow:
        steps = [{"location": _location(label, source, path_of)} for label in diagnostic.flow]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if diagnostic.fix is not None and diagnostic.fix.edits:
        result["fixes"] = [_fix(diagnostic.fix, source, path_of)]
    result["suppressions"] = [_suppression(diagnostic)] if diagnostic.suppressed is not None else []
    return result


def _suppression(diagnostic: Diagnostic) -> Json:
    by_comment = diagnostic.suppressed == "comment"
    suppression = {"kind": "inSource" if by_comment else "external", "status": "accepted"}
    reason = diagnostic.justification or ("" if by_comment else f"by the {diagnostic.suppressed}")
    return {**suppression, "justification": reason} if reason else suppression


def _fix(fix: Fix, source: Source, path_of: Callable[[str], str]) -> Json:
    replacements = [_replacement(edit, source) for edit in fix.edits]
    return {
        "description": _text(fix.title),
        "artifactChanges": [{"artifactLocation": _artifact(source, path_of), "replacements": replacements}],
        "properties": {"applicability": fix.applicability},
    }


def _replacement(edit: Edit, source: Source) -> Json:
    return {"deletedRegion": _region(edit.span, source), "insertedContent": _text(edit.text)}


def _location(label: Label, source: Source, path_of: Callable[[str], str]) -> dict[str, Json]:
    place = label.source or source
    location: dict[str, Json] = {
        "physicalLocation": {
            "artifactLocation": _artifact(place, path_of),
            "region": _region(label.span, place),
        }
    }
    if label.message:
        location["message"] = _text(label.message)
    return location


def _artifact(source: Source, path_of: Callable[[str], str]) -> Json:
    path = path_of(source.path)
    if path.startswith("/"):
        return {"uri": f"file://{_uri(path)}"}
    if path.startswith("../"):
        return {"uri": _uri(path)}
    return {"uri": _uri(path.removeprefix("./")), "uriBaseId": ROOT}


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))


def _region(span: Span, source: Source) -> Json:
    """Lines and columns from 1; the end column is the one after the last character."""
    start, end = source.position(span.start), source.position(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "charOffset": start.offset,
        "charLength": end.offset - start.offset,
    }


def _text(text: str) -> dict[str, Json]:
    return {"text": text}
