"""Packages that a script fetches: installed for good, or run once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mmm_lang.analysis.scripts import Command, Word, read_script


class Installation(NamedTuple):
    """A package that a command fetches. ``is_kept``: it stays on the machine; ``is_pinned``: its version is said;
    ``example`` is how a version is written. ``start`` and ``end`` are of the command in the script."""

    manager: str
    package: str
    example: str
    start: int
    end: int
    is_kept: bool
    is_pinned: bool


class _Way(NamedTuple):
    """How a command line fetches packages: its ``words``, and what a version looks like after a name (``None``: it
    is not looked for)."""

    words: tuple[str, ...]
    sign: str | None
    is_kept: bool = True
    options_with_value: frozenset[str] = frozenset()


_PIP_VALUES = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "-t"}
)
_DOCKER_VALUES = frozenset(
    {"-v", "--volume", "-e", "--env", "-w", "--workdir", "-u", "--user", "-p", "--publish", "--name", "--network",
     "--entrypoint", "--mount", "--platform", "--env-file", "-m", "--memory", "--cpus", "-h", "--hostname", "-l"}
)  # fmt: skip
_WAYS = (
    _Way(("pip", "install"), "==", options_with_value=_PIP_VALUES),
    _Way(("pip3", "install"), "==", options_with_value=_PIP_VALUES),
    _Way(("pipx", "install"), "=="),
    _Way(("uv", "tool", "install"), "=="),
    _Way(("gem", "install"), ":"),
    _Way(("cargo", "install"), "@"),
    _Way(("go", "install"), "@"),
    _Way(("apt-get", "install"), None),
    _Way(("apt", "install"), None),
    _Way(("apk", "add"), None),
    _Way(("brew", "install"), None),
    _Way(("npx",), "@", is_kept=False),
    _Way(("bunx",), "@", is_kept=False),
    _Way(("pnpm", "dlx"), "@", is_kept=False),
    _Way(("uvx",), "@", is_kept=False),
    _Way(("pipx", "run"), "==", is_kept=False),
    _Way(("docker", "run"), ":", is_kept=False, options_with_value=_DOCKER_VALUES),
    _Way(("podman", "run"), ":", is_kept=False, options_with_value=_DOCKER_VALUES),
)
_GLOBAL = (_Way(("npm", "install"), "@"), _Way(("npm", "i"), "@"), _Way(("pnpm", "add"), "@"))
"""Only with ``-g``: without it the project's own list of packages is meant."""

_MENTIONED = re.compile(
    r"\b(?:pip3?|pipx|uv|uvx|gem|cargo|go|apt|apt-get|apk|brew|npx|bunx|pnpm|npm|docker|podman)\b"
)
_PINNING = (
    "--version",
    "--locked",
    "--require-hashes",
    "--no-install",
    "--path",
    "--git",
    "-r",
    "--requirement",
)


def installations(script: str) -> Iterator[Installation]:
    """The packages that a script fetches by name, in order."""
    if _MENTIONED.search(script) is None:
        return
    for command in read_script(script).commands:
        words = command.words[1:] if command.name == "sudo" else command.words
        texts = [word.text for word in words]
        if len(texts) > 3 and re.fullmatch(r"python[0-9.]*", texts[0]) and texts[1:2] == ["-m"]:
            words, texts = words[2:], texts[2:]
        is_global = "-g" in texts or "--global" in texts
        for way in (*_WAYS, *(_GLOBAL if is_global else ())):
            if tuple(texts[: len(way.words)]) == way.words:
                yield from _fetched(command, way, words[len(way.words) :])


def _fetched(command: Command, way: _Way, words: tuple[Word, ...]) -> Iterator[Installation]:
    pinned_by_option = any(word.text.split("=")[0] in _PINNING for word in words)
    before = ""
    for word in words:
        text = word.text
        is_value = before in way.options_with_value
        before = text
        if text.startswith("-") or is_value or not _is_package(text):
            continue
        manager = way.words[0] if not way.is_kept else " ".join(way.words)
        yield Installation(
            manager,
            text.partition("@latest")[0],
            f"{text.partition('@latest')[0]}{way.sign or '='}1.2.3",
            command.start,
            command.end,
            way.is_kept,
            way.sign is None or pinned_by_option or _has_version(text, way.sign),
        )
        return  # one finding a command


def _is_package(text: str) -> bool:
    """Whether a word names a package: no path, no variable, no address."""
    return re.match(r"[@A-Za-z0-9]", text) is not None and "$" not in text and "://" not in text


def _has_version(text: str, sign: str) -> bool:
    name, found, version = text[1:].rpartition(sign)
    if sign == "==" and re.search(r"[<>~=]=?", text):
        return True
    return bool(found) and bool(name) and version not in ("", "latest") and "/" not in version
