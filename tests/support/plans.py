"""Plans for tests, from the text of a playbook."""

from __future__ import annotations

import textwrap

from mmm_lang.analysis.check import analyse
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.lowering import lower
from mmm_lang.source import Source


def plan_of(text: str, path: str = "playbook.yml") -> Plan:
    """The plan of a playbook; its errors fail the test."""
    analysis = analyse(Source(path, textwrap.dedent(text)))
    errors = [one.message for one in analysis.diagnostics if one.severity == "error"]
    assert errors == []
    return lower(analysis)
