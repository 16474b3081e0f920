"""What a playbook means, as its compiled plan says it, without what formatting may change."""

from __future__ import annotations

import json
import re

from mmm_lang.analysis.check import analyse
from mmm_lang.plan.lowering import lower
from mmm_lang.plan.serial import plan_to_json

ANGLED = re.compile(r"\$<([^>{}]*)>")


def spelled(text):
    """A text with its references as they are written today."""
    return ANGLED.sub(r"${\1}", text)


def meaning(source):
    """The plan without line numbers; where a playbook has errors and no plan, their rules."""
    analysis = analyse(source)
    if not analysis.ok:
        return sorted(one.rule for one in analysis.diagnostics)
    return spelled(json.dumps(_plan(analysis), indent=1))


def meaning_in_words(source):
    """The same as an agent and a shell would meet it: without the form of the file, and the whole prompt in one piece,
    however it was written."""
    analysis = analyse(source)
    if not analysis.ok:
        return None
    plan = _plan(analysis)
    plan["graph"]["header"].pop("form", None)
    for node in plan["nodes"]:
        action = node["node"].get("action", {})
        if action.get("kind") == "agent":
            texts = [action["prompt"], *action.pop("args", [])]
            action["prompt"] = " ".join("".join(map(_part, text["parts"])) for text in texts)
    return spelled(json.dumps(plan, indent=1))


def _plan(analysis):
    plan = plan_to_json(lower(analysis))
    for node in plan["nodes"]:
        node["node"].pop("line", None)
    return plan


def _part(part):
    return part if isinstance(part, str) else f"${{{part['written']}}}"
