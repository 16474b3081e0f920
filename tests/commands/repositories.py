"""Repositories by their files, one for each kind that the bundled commands are written for."""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.commands.survey import survey
from mmm_lang.commands.texts import CommandTexts
from mmm_lang.commands.toolchain import Repository

RUST = {
    "Cargo.toml": '[package]\nname = "app"\n',
    "src/lib.rs": "",
    "benches/main.rs": "",
}
PYTHON = {
    "pyproject.toml": """
[project]
name = "app"
[dependency-groups]
dev = ["pytest>=8", "pytest-cov", "ruff", "mypy"]
[tool.black]
[tool.mypy]
files = ["app"]
""",
    "uv.lock": "",
    "app/__init__.py": "",
    "tests/test_app.py": "def test_it(): ...\n",
}
TYPESCRIPT = {
    "package.json": """{
  "scripts": {"test": "vitest run", "build": "tsc -b"},
  "devDependencies": {"typescript": "5", "vitest": "3", "eslint": "9", "prettier": "3"}
}""",
    "pnpm-lock.yaml": "",
    "tsconfig.json": "{}",
    "src/index.ts": "",
}
GO = {"go.mod": "module example.org/app\n", "main.go": "package main\n"}
MONOREPO = {
    "crates/Cargo.toml": "[workspace]\n",
    "crates/core/Cargo.toml": "[package]\n",
    "web/package.json": '{"devDependencies": {"jest": "29", "eslint": "9"}}',
    "web/package-lock.json": "{}",
    "tools/requirements.txt": "ruff==0.8\npytest\n",
}
MAKE = {"Makefile": "VERSION := 1\ntest: build\n\tsh test.sh\nlint:\n\tshellcheck *.sh\n", "test.sh": ""}
NOTHING = {"README": "words\n"}

KINDS: Mapping[str, Mapping[str, str]] = {
    "rust": RUST,
    "python": PYTHON,
    "typescript": TYPESCRIPT,
    "go": GO,
    "monorepo": MONOREPO,
    "make": MAKE,
    "nothing": NOTHING,
}


def surveyed(files: Mapping[str, str]) -> Repository:
    """The repository that has these files."""
    return survey(files, lambda path: files.get(path, ""))


def texts(kind: str) -> CommandTexts:
    """The commands for a repository of that kind."""
    return CommandTexts(surveyed(KINDS[kind]))


def lines(files: Mapping[str, str], *roles: str) -> list[str]:
    """The command lines of all toolchains for these roles; for all without any."""
    return [
        task.line
        for one in surveyed(files).toolchains
        for task in one.tasks
        if not roles or task.role in roles
    ]
