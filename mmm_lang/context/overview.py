"""`analysis.json`: languages, tools, score, and the worst of everything at a glance."""

from __future__ import annotations

from collections import defaultdict

from mmm_lang.commands.toolchain import Toolchain
from mmm_lang.context.document import Document
from mmm_lang.context.findings import Findings

_AT_A_GLANCE = 10


def analysis_document(findings: Findings, debt: Document) -> Document:
    """The document. ``debt`` is `technical_debt.json`, whose first entries are repeated here."""
    hot_spots = debt["hot_spots"]
    assert isinstance(hot_spots, list)
    imports = findings.imports
    return {
        "version": 1,
        "project": findings.project,
        "languages": _languages(findings),
        "toolchains": [_toolchain(one) for one in findings.surveyed.toolchains],
        "guides": list(findings.guides),
        "score": _score(findings),
        "totals": {
            "files": len(findings.facts),
            "modules": len(imports.modules),
            "imports": len(imports.edges),
            "packages": sum(1 for one in imports.packages if one.origin == "package"),
            "cycles": len(imports.cycles),
            "functions": sum(len(facts.functions) for facts in findings.facts.values()),
            "markers": sum(len(facts.markers) for facts in findings.facts.values()),
            "tests": sum(1 for role in findings.roles.values() if role == "test"),
            "testable_modules": len(findings.tested),
            "untested_modules": sum(1 for one in findings.tested if not one.has_tests),
        },
        "hot_spots": hot_spots[:_AT_A_GLANCE],
    }


def _score(findings: Findings) -> Document | None:
    score = findings.score
    return None if score is None else {"value": score.value, "parts": score.parts}


def _languages(findings: Findings) -> list[Document]:
    """The languages, the one with most code first."""
    files: defaultdict[str, list[str]] = defaultdict(list)
    for path, facts in findings.facts.items():
        files[facts.language].append(path)
    found = [
        {
            "name": name,
            "files": len(paths),
            "lines": sum(findings.facts[path].lines for path in paths),
            "code_lines": sum(findings.facts[path].code_lines for path in paths),
            "test_files": sum(1 for path in paths if findings.roles[path] == "test"),
        }
        for name, paths in files.items()
    ]
    return sorted(found, key=lambda one: (-int(str(one["code_lines"])), str(one["name"])))


def _toolchain(one: Toolchain) -> Document:
    return {
        "language": one.language,
        "folder": one.folder,
        "tasks": [{"role": task.role, "command": task.line, "note": task.note} for task in one.tasks],
    }
