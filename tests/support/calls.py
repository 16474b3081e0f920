"""Any playbook as one that calls its steps from another file."""

from __future__ import annotations

from tests.support.generate import Tree, written

INSIDE = ("env", "defaults", "protect")
"""Keys of the header that mean the same in both files."""


def moved_into_a_call(tree: object) -> dict[str, str]:
    """The texts of a playbook whose steps are in another file, which it calls as the step `body`."""
    header: Tree = dict(tree) if isinstance(tree, dict) else {}
    form = "commands" if "commands" in header else "steps"
    steps = header.pop(form) if header else tree
    inside: Tree = {name: header[name] for name in INSIDE if name in header}
    call: Tree = {"playbook": "body.yml", "id": "body"}
    if isinstance(inputs := header.get("inputs"), dict):
        inside["inputs"] = {name: {} for name in inputs}
        call["inputs"] = {name: f"${{inputs.{name}}}" for name in inputs}
    return {
        "main.yml": written({**header, "steps": [call]}),
        "body.yml": written({**inside, form: steps}),
    }
