"""Pages that are followed as a reader would: files are written, commands are run, and what a page shows comes out.

A page is followed from its top, in one folder. The first word behind the fence of a block, and the marks after it, say
what it is:

- `sh`: commands, a line each. Each ends with exit code 0; marked `exit=N`, the last one ends with N.
- `text`, as the next block behind one: what its commands print, both streams. Times, hashes and ids of sessions may
  differ; in a line `…` is any text, and a line that is `…` alone is any number of lines.
- any word with `file=PATH`: that file, written where the reader is.
- `yaml`: a playbook without an error. `error=RULE`: `mmm check` finds just that error; `not-a-playbook`: what it says.

`cd FOLDER` holds for the lines behind it. The agent is what the page says, a recording, or the scripted `claude`.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from attrs import define, field, frozen

from mmm_lang.analysis.check import analyse
from mmm_lang.source import Source
from tests.support.scenario import Scenario, put

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"

_BLOCK = re.compile(r"^```(?P<kind>[a-z]+)(?P<marks>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SETTINGS = """\
[user]
    name = Ada
    email = ada@example.org
[init]
    defaultBranch = main
[commit]
    gpgSign = false
"""
_VARYING = (
    (re.compile(r"\b\d{8}T\d{6}(-[0-9a-f]{6})?\b"), "SESSION"),
    (re.compile(r"\b[0-9a-f]{7,40}\b"), "HASH"),
    (re.compile(r"\b(\d+ min )?\d+(\.\d+)? s\b"), "TIME"),
    (re.compile(r"\d+ bytes"), "BYTES"),
)


@frozen
class Block:
    """A fenced block of a page. ``line`` is that of its first line of text, from 1."""

    kind: str
    marks: dict[str, str]
    text: str
    line: int


def blocks(page: Path, *kinds: str) -> list[Block]:
    """The blocks of a page, of these languages (without one: all)."""
    content = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(content):
        marks = dict(word.partition("=")[::2] for word in match["marks"].split())
        line = content.count("\n", 0, match.start("text")) + 1
        if not kinds or match["kind"] in kinds:
            found.append(Block(match["kind"], marks, match["text"], line))
    return found


def command_lines(page: Path) -> list[str]:
    """Every line of its ``sh`` blocks that calls `mmm`, without that word."""
    lines = (line for block in blocks(page, "sh") for line in block.text.splitlines())
    return [line.removeprefix("mmm ") for line in lines if line.startswith("mmm ")]


@define
class Reader:
    """Somebody who follows a page in ``folder / "here"``, with a home and an agent of their own."""

    folder: Path
    scenario: Scenario
    here: Path
    ran: list[str] = field(factory=list)

    @classmethod
    def at(cls, folder: Path) -> Reader:
        """One who begins in an empty folder. Rules for the scripted `claude` go to ``scenario``."""
        for name in ("here", "home", "agent/bin", "agent/claude-home"):
            (folder / name).mkdir(parents=True)
        login = folder / "agent" / "claude-home" / ".credentials.json"
        login.write_text("{}")
        (folder / "home" / ".gitconfig").write_text(_SETTINGS)
        program = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mmm_lang "$@"\n'
        put(folder / "agent" / "bin" / "mmm", program, 0o755)
        return cls(folder, Scenario(folder / "agent"), folder / "here")

    def follow(self, page: Path) -> None:
        """Do what the page says, from its top to its end. Fails at the first thing that is not so."""
        printed = None
        for block in blocks(page):
            place = f"{page.name}:{block.line}"
            if "file" in block.marks:
                self.write(block)
            if block.kind == "sh":
                printed = self.run(block, place)
            elif block.kind == "text" and "file" not in block.marks and printed is not None:
                assert_shown(block.text, printed, place)
                printed = None

    def write(self, block: Block) -> None:
        """The file that a block names, where the reader is."""
        path = self.here / block.marks["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, block: Block, place: str) -> str:
        """Run the lines of a block, and give what they print."""
        printed = ""
        lines = block.text.splitlines()
        for number, line in enumerate(lines, start=1):
            if line.startswith("cd "):
                self.here = (self.here / line.removeprefix("cd ")).resolve()
                continue
            done = self.shell(line)
            printed += done.stdout
            expected = int(block.marks.get("exit", "0")) if number == len(lines) else 0
            assert done.returncode == expected, f"{place}: {line}: exit {done.returncode}\n{done.stdout}"
            self.ran.append(line)
        return printed

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        """One command line, as pasted into a shell; both streams come as one."""
        home = str(self.folder / "home")
        env = self.scenario.env(
            HOME=home, PYTHONPATH=str(PROJECT), COLUMNS="80", GIT_CONFIG_SYSTEM="/dev/null"
        )
        steering = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GIT_CONFIG_GLOBAL")
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self.here,
            env={name: value for name, value in env.items() if name not in steering},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


def assert_shown(shown: str, printed: str, place: str) -> None:
    """What a page shows is what was printed."""
    pattern = "".join(_line_pattern(line) for line in _alike(shown))
    text = "".join(f"{line}\n" for line in _alike(printed))
    assert re.fullmatch(pattern, text, re.DOTALL), f"{place} shows\n{shown}\nbut this is printed:\n{printed}"


def _line_pattern(line: str) -> str:
    if line == "…":
        return "(?:[^\n]*\n)*?"
    return "[^\n]*".join(re.escape(part) for part in line.split("…")) + "\n"


def _alike(text: str) -> list[str]:
    """The lines, with what differs from run to run under one name, and without blanks at line ends."""
    for varying, name in _VARYING:
        text = varying.sub(name, text)
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def assert_playbooks_are_right(page: Path) -> None:
    """Every YAML block is a playbook without an error, or has exactly the error that its mark names."""
    for block in blocks(page, "yaml"):
        if "not-a-playbook" in block.marks:
            continue
        found = [one for one in analyse(Source(page.name, block.text)).diagnostics if one.severity == "error"]
        expected = [block.marks["error"]] if "error" in block.marks else []
        assert [one.rule for one in found] == expected, (block.line, [one.message for one in found])


def assert_links_lead_somewhere(page: Path) -> None:
    """Every link to a file has its file, and every `#heading` its heading."""
    content = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", content):
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in _anchors(path), f"{page.name}: {target}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in plain}
