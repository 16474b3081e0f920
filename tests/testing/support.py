"""A playbook with its test file in a folder, and `mmm test` on them."""

from __future__ import annotations

import textwrap
from pathlib import Path

from mmm_lang.cli.main import main

LOOP = """\
name: Loop
inputs: {target: {default: src}}
limits: {agent_calls: 12, cost_usd: 5.00}
steps:
  - id: review
    claude: "/mmm-code-review ${inputs.target}"
  - id: implement
    claude: "/mmm-implement-spec ${review.spec}"
  - id: tests
    shell: make test
    timeout: 10m
    on_failure:
      claude: "/mmm-fix-test ${tests.output}"
      max_attempts: 2
"""


class Desk:
    """``folder`` holds `loop.yml`; ``write`` puts its tests beside it."""

    def __init__(self, folder: Path, capsys, playbook: str = LOOP) -> None:
        self.folder = folder
        self._capsys = capsys
        (folder / "loop.yml").write_text(playbook)

    @property
    def file(self) -> Path:
        return self.folder / "loop.test.yml"

    def write(self, text: str) -> Desk:
        self.file.write_text(textwrap.dedent(text))
        return self

    def run(self, *flags: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `mmm test`."""
        code = main(["test", str(self.file), *flags])
        said = self._capsys.readouterr()
        return code, said.out, said.err
