"""A repository that is only told of: for rules that look around the playbook."""

from __future__ import annotations

from attrs import field, frozen

from mmm_lang.analysis.surroundings import CommandFile


@frozen
class Told:
    """Surroundings with these commands (names and argument hints) and files."""

    commands: dict[str, str | None] = field(factory=dict)
    files: frozenset[str] = frozenset()

    def has_command(self, name):
        return name in self.commands

    def command(self, name):
        if name not in self.commands:
            return None
        return CommandFile(f".claude/commands/{name}.md", self.commands[name])

    def command_names(self):
        return tuple(self.commands)

    def exists(self, path):
        return path in self.files


EXAMPLE = Told(
    {
        "mmm-lint": None,
        "mmm-code-review": "[part of the code]",
        "mmm-implement-spec": "<path or name of the spec>",
        "release": "<version> [--dry-run] [--notes <file>]",
    },
    frozenset({"scripts/test"}),
)
"""What stands around the examples on the pages of rules."""

ASKING = frozenset(
    {"missing-argument", "missing-file", "missing-slash", "unknown-argument", "unknown-command"}
)
"""The rules that look around."""
