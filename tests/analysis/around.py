"""A repository that is only told of: for rules that look around the playbook."""

from __future__ import annotations

import posixpath

from attrs import field, frozen

from mmm_lang.analysis.library import Found
from mmm_lang.analysis.surroundings import CommandFile
from tests.support.library import Shelf


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


class _Told(Shelf):
    """The shelf, and whatever file asks for itself."""

    def find(self, caller, written):
        if posixpath.normpath(written) == caller.path:
            return Found(caller.path, caller)
        return super().find(caller, written)


LIBRARY = _Told(
    {
        "lib/test.yml": """
            inputs: {target: {type: path}, level: {type: number, default: 1}}
            steps: [{shell: 'test "${inputs.target}" -gt ${inputs.level}'}]
        """,
        "lib/plain.yml": "- shell: make test",
        "lib/broken.yml": '- claude: "/mmm-fix ${tests.output}"\n- shell: make test\n  id: tests\n',
        "lib/loop.yml": "max_iterations: 5\nuntil: {shell: make test}\nsteps:\n  - claude: /mmm-fix-test\n",
        **{f"deep/{number}.yml": f"- playbook: {number + 1}.yml" for number in range(1, 9)},
        "deep/9.yml": "- shell: make",
    }
)
"""The playbooks that those examples call."""
