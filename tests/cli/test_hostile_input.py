"""Playbooks that were made to hurt: a located error, in bounded time and memory."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

MEMORY = 1 << 30
SECONDS = 60
"""Far more than any of these needs: what grows with the square of its input needs minutes."""


def chain(length: int) -> str:
    return "".join(f"k{number + 1}: &k{number + 1} {{<<: *k{number}}}\n" for number in range(length))


def bomb(depth: int) -> str:
    names = "abcdefghijklmnop"
    rows = ["a: &a [x, x, x, x, x, x, x, x]"]
    rows += [f"{names[at + 1]}: &{names[at + 1]} [{', '.join(['*' + names[at]] * 8)}]" for at in range(depth)]
    return "\n".join(rows)


HOSTILE = {
    "an alias bomb": (bomb(10), "error[too-many-aliases]"),
    "merges of merges": (chain(700), "error[merge-key]"),
    "a list that holds itself": ("- &a [*a]\n", "error[recursive-alias]"),
    "deep lists": ("[" * 100_000, "error[nesting-too-deep]"),
    "deep mappings": ("{a: " * 50_000, "error[nesting-too-deep]"),
    "deep dashes": ("- " * 50_000 + "x", "error[nesting-too-deep]"),
    "deep groups": ("".join("  " * depth + "- steps:\n" for depth in range(400)), "error[nesting-too-deep]"),
    "many keys": (
        "steps: [{shell: a}]\n" + "".join(f"k{one}: 1\n" for one in range(1500)),
        "error[unknown-key]",
    ),
    "the same key": ("- shell: a\n" + "  shell: a\n" * 8000, "error[duplicate-key]"),
    "a deep condition": ("- shell: a\n  when: '" + "(" * 50_000 + "'", "error[condition-syntax]"),
    "a long condition": ("- shell: a\n  when: '1" + " && 1" * 20_000 + "'", "error[condition-syntax]"),
    "many references": ("- shell: echo " + "${a.b} " * 1000, "error[undefined-step]"),
    "open references": ("- claude: '" + "${" * 3000 + "'", "error["),
    "half of a character": ('- shell: "\\ud800"\n', ":1:11: error[yaml-syntax]"),
    "an id that is a path": ("- {id: ../../etc, shell: a}\n", ":1:8: error[invalid-id]"),
    "an id that is an option": ("- {id: --force, shell: a}\n", ":1:8: error[invalid-id]"),
    "a folder above": ("- {shell: a, cwd: ../..}\n", "error[path-escape]"),
    "a folder elsewhere": ("- {shell: a, cwd: /etc}\n", "error[path-escape]"),
    "a pattern above": ("- {shell: a, outputs: {x: {file_pattern: ../*}}}\n", "error[invalid-glob]"),
}


def check(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mmm_lang", "check", "--format", "concise", str(path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


@pytest.mark.parametrize(("text", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "p.yml"
    path.write_text(text)
    done = check(path)
    assert done.returncode in (0, 1), done.stderr
    assert expected in done.stdout
    assert all(line.startswith(f"{path}:") for line in done.stdout.splitlines())
    assert "Traceback" not in done.stderr


BYTES = {
    "a file of 10 MB": (b"- shell: a\n" * 1_000_000, "the file is over 1 MiB"),
    "NUL bytes": (b"- shell: a\0b\n", "line 1, column 11 holds a NUL byte"),
    "no UTF-8": (b"- shell: a\n- shell: \xff\n", "line 2, column 10 is not UTF-8"),
    "UTF-16": ("- shell: a\n".encode("utf-16"), "is not UTF-8"),
}


@pytest.mark.parametrize(("content", "expected"), BYTES.values(), ids=BYTES)
def test_hostile_bytes(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "p.yml"
    path.write_bytes(content)
    done = check(path)
    assert done.returncode == 2
    assert f"error: {path}: " in done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
