"""`test_coverage.json`: test files, modules with and without tests, and what coverage reports say."""

from __future__ import annotations

from mmm_lang.context.coverage import Report
from mmm_lang.context.document import LONGEST, Document
from mmm_lang.context.findings import Findings
from mmm_lang.context.testing import Tested


def coverage_document(findings: Findings) -> Document:
    """The document."""
    untested = sorted(
        (one for one in findings.tested if not one.has_tests),
        key=lambda one: (-one.module.code_lines, one.module.name),
    )
    covered = [one.lines for one in findings.tested if one.lines is not None]
    total = sum(one.total for one in covered)
    return {
        "version": 1,
        "test_files": sorted(path for path, role in findings.roles.items() if role == "test"),
        "modules_total": len(findings.tested),
        "untested_total": len(untested),
        "untested": [
            {"module": one.module.name, "language": one.module.language, "code_lines": one.module.code_lines}
            for one in untested[:LONGEST]
        ],
        "line_coverage": round(sum(one.covered for one in covered) / total, 4) if total else None,
        "modules": [_module(one) for one in findings.tested],
        "reports": [_report(one) for one in findings.reports],
    }


def _module(one: Tested) -> Document:
    return {
        "module": one.module.name,
        "tests": list(one.tests),
        "inline_tests": one.is_inline,
        "covered": None if one.lines is None else {"lines": one.lines.covered, "of": one.lines.total},
    }


def _report(one: Report) -> Document:
    return {
        "path": one.path,
        "format": one.format,
        "files": len(one.files),
        "covered": sum(lines.covered for lines in one.files.values()),
        "lines": sum(lines.total for lines in one.files.values()),
        "problem": one.problem,
    }
