"""`conventions.json`: how things are named, indented, tested and committed here."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from mmm_lang.commands.toolchain import Role
from mmm_lang.context.document import Document
from mmm_lang.context.facts import Facts
from mmm_lang.context.findings import Findings

_STYLES = (
    ("lower", re.compile(r"[a-z][a-z0-9]*")),
    ("snake_case", re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")),
    ("camelCase", re.compile(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)+")),
    ("PascalCase", re.compile(r"([A-Z][a-z0-9]*)+")),
    ("kebab-case", re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")),
    ("UPPER_CASE", re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")),
)
_TOOLS: tuple[Role, ...] = ("format", "lint", "types", "test")
_CONFIGS = frozenset(
    {
        ".clang-format", ".editorconfig", ".eslintrc.json", ".flake8", ".golangci.yml", ".pre-commit-config.yaml",
        ".prettierrc", "biome.json", "clippy.toml", "mypy.ini", "ruff.toml", "rustfmt.toml", "tox.ini",
    }
)  # fmt: skip


def conventions_document(findings: Findings) -> Document:
    """The document. Names are those of the project's own code; one of a single word tells nothing."""
    languages = sorted({facts.language for facts in findings.facts.values()})
    history = findings.history
    return {
        "version": 1,
        "languages": [_language(findings, name) for name in languages],
        "configs": sorted(path for path in findings.paths if posixpath.basename(path) in _CONFIGS),
        "tools": sorted({task.line for one in findings.surveyed.toolchains for task in one.of(*_TOOLS)}),
        "tests": [one.tests for one in findings.surveyed.toolchains],
        "commits": {
            "looked_at": history.commits,
            "conventional": history.conventional,
            "types": dict(sorted(history.kinds.items())),
        },
    }


def _language(findings: Findings, name: str) -> Document:
    own = {path: facts for path, facts in findings.facts.items() if facts.language == name}
    source = [facts for path, facts in own.items() if findings.roles[path] == "source"]
    widths = sorted(facts.widest for facts in own.values())
    return {
        "language": name,
        "functions": _style(_bare(one.name) for facts in source for one in facts.functions),
        "types": _style(kind for facts in source for kind in facts.types),
        "files": _style(posixpath.basename(path).split(".")[0] for path in own),
        "indent": _indent(tuple(own.values())),
        "line_width": widths[(len(widths) - 1) * 9 // 10],
        "line_ends": "crlf" if sum(facts.has_crlf for facts in own.values()) * 2 > len(own) else "lf",
    }


def _bare(name: str) -> str:
    """The last part of a method's name."""
    return re.split(r"[.:]", name)[-1]


def _style(names: Iterable[str]) -> Document | None:
    """The style that most names are written in, and by how large a share; ``None`` where no name tells.

    Underscores around a name, which say who may use it, are not looked at.
    """
    counts: Counter[str] = Counter()
    for name in names:
        bare = name.strip("_$#")
        if bare.isalpha() and bare.islower():
            continue
        style = next(
            (style for style, pattern in _STYLES if pattern.fullmatch(bare)), "other" if bare else "lower"
        )
        if style != "lower":
            counts[style] += 1
    if not counts:
        return None
    best = min(counts, key=lambda style: (-counts[style], style))
    return {"style": best, "share": round(counts[best] / sum(counts.values()), 2)}


def _indent(facts: Sequence[Facts]) -> str | None:
    """What most files are indented with: `tab`, `4 spaces`."""
    steps = Counter(one.indent for one in facts if one.indent is not None)
    if not steps:
        return None
    best = min(steps, key=lambda step: (-steps[step], step))
    return "tab" if best == 0 else f"{best} spaces"
