"""Which YAML files are playbooks: an editor shows us every file of a language, and most YAML is something else."""

from __future__ import annotations

import re

_NAMES = re.compile(r"\.mmm\.ya?ml\Z|(?:\A|/)playbooks/(?:[^/]+/)*[^/]+\.ya?ml\Z")
_TESTS = re.compile(r"\.test\.ya?ml\Z")
"""Tests of playbooks, which lie beside them."""
_OURS = re.compile(
    r"^(?:[ ]*-[ ]+|[ ]+)?claude:[ \t]|^commands:[ \t]*(?:#.*)?\r?$\s*(?:#.*\s+)*-[ ]+(?:name:[ \t]*)?[\"']?/?[A-Za-z]",
    re.MULTILINE,
)
_LANGUAGES_OF_YAML = frozenset({"", "yaml", "yml"})


def is_playbook(path: str | None, language: str, text: str) -> bool:
    """Whether a text is to be judged.

    ``language`` is the editor's name for its language: one that is not YAML was chosen for playbooks. A YAML file
    counts where its name says so (``*.mmm.yml``, ``playbooks/*.yml``), or where a step calls an agent.
    """
    if language.casefold() not in _LANGUAGES_OF_YAML:
        return True
    if path is not None and _TESTS.search(path):
        return False
    if path is not None and _NAMES.search(path.replace("\\", "/")):
        return True
    return _OURS.search(text) is not None
