"""`technical_debt.json`: hot spots, what is too complex or too large, markers, and what the score is made of."""

from __future__ import annotations

from mmm_lang.context.document import LONGEST, Document
from mmm_lang.context.findings import Findings
from mmm_lang.context.score import SIMPLE, SMALL

_MOST = 50
LONG = 80
"""Lines from which on a function is long."""


def debt_document(findings: Findings) -> Document:
    """The document. Hot spots and sizes are of the project's own code; markers are of all of it."""
    own = {path: facts for path, facts in findings.facts.items() if findings.roles[path] == "source"}
    functions = [
        {
            "path": path,
            "name": one.name,
            "line": one.line,
            "lines": one.lines,
            "complexity": one.complexity,
            "changes": findings.history.changes.get(path, 0),
        }
        for path, facts in own.items()
        for one in facts.functions
        if one.complexity > SIMPLE or one.lines > LONG
    ]
    files = [
        {"path": path, "code_lines": facts.code_lines - facts.test_lines}
        for path, facts in own.items()
        if facts.code_lines - facts.test_lines > SMALL
    ]
    markers = [
        {"path": path, "line": one.line, "kind": one.kind, "text": one.text}
        for path, facts in sorted(findings.facts.items())
        for one in facts.markers
    ]
    score = findings.score
    return {
        "version": 1,
        "score": None if score is None else {"value": score.value, "parts": score.parts},
        "hot_spots": _hot_spots(findings),
        "functions_total": len(functions),
        "functions": sorted(functions, key=_weight)[:LONGEST],
        "large_files": sorted(files, key=lambda one: (-int(str(one["code_lines"])), str(one["path"])))[
            :LONGEST
        ],
        "markers_total": len(markers),
        "markers": markers[:LONGEST],
    }


def _weight(one: Document) -> tuple[int, str, int, str]:
    changes, complexity = one["changes"], one["complexity"]
    assert isinstance(changes, int)
    assert isinstance(complexity, int)
    return -complexity * (1 + changes), str(one["path"]), int(str(one["line"])), str(one["name"])


def _hot_spots(findings: Findings) -> list[Document]:
    """Files that are hard to change and changed often: the complexity of their functions times 1 and their changes."""
    found = []
    for path, facts in findings.facts.items():
        complexity = sum(one.complexity for one in facts.functions)
        if findings.roles[path] != "source" or complexity == 0:
            continue
        changes = findings.history.changes.get(path, 0)
        worst = max(facts.functions, key=lambda one: (one.complexity, -one.line))
        found.append(
            (
                -complexity * (1 + changes),
                path,
                {
                    "path": path,
                    "weight": complexity * (1 + changes),
                    "complexity": complexity,
                    "changes": changes,
                    "code_lines": facts.code_lines - facts.test_lines,
                    "worst": {"name": worst.name, "line": worst.line, "complexity": worst.complexity},
                },
            )
        )
    found.sort(key=lambda one: one[:2])
    return [document for _, _, document in found[:_MOST]]
