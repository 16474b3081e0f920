"""The rules: found by looking into a few folders, so that adding one touches no list.

``rules/NAME.py`` is a rule: ``SEVERITY``, ``check(facts)`` and its page, the module's docstring. ``pedantic/NAME.py``
and ``audit/NAME.py`` are rules too, off unless somebody asks for them; they are not imported before. ``pages/NAME.py``
is the page of a rule that the reader of the text raises itself; it is not imported to check a playbook. The
rule's name is the module's with ``-`` for ``_``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Literal, Protocol, cast

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Severity
from mmm_lang.record import frozen

Check = Callable[[Facts], Iterable[Diagnostic]]
Preset = Literal["default", "pedantic", "audit"]
"""``default``: hardly a false alarm. ``pedantic``: matters of taste and care. ``audit``: all that deserves a look."""

Subject = Literal["playbook", "configuration", "baseline", "bound", "script"]
"""What a rule is about: the files that the examples on its page are."""


class RuleModule(Protocol):
    """What every module of a rule has; those of ``pages`` have no ``check``, and ``SUBJECT`` where it is not the
    playbook."""

    SEVERITY: Severity
    check: Check


YAML_RULES = frozenset(
    {
        "duplicate-key",
        "merge-key",
        "nesting-too-deep",
        "recursive-alias",
        "several-documents",
        "too-many-aliases",
        "unknown-alias",
        "yaml-syntax",
        "yaml-tag",
    }
)
"""Rules of the reader of YAML. Nothing silences them: where the text is not sound, nothing read from it is."""

SCRIPT_RULES = frozenset({"script-syntax", "shellcheck"})
"""Rules about what another program says of the scripts; a check without that program has nothing to say."""

BOUND_RULES = frozenset({"bound-exceeded"})
"""Rules about the worst case; a check that asks nothing about it has nothing to say."""

CALL_RULES = frozenset(
    {
        "ignored-in-call",
        "missing-input",
        "missing-playbook",
        "playbook-with-errors",
        "recursive-playbook",
        "too-many-calls",
        "unknown-input",
        "wrong-input",
    }
)
"""Rules about playbooks that are called; a check that cannot look at those has nothing to say."""

DEFAULT_PRESETS: tuple[Preset, ...] = ("default",)

SURROUNDINGS_RULES = frozenset(
    {"missing-argument", "missing-file", "missing-slash", "unknown-argument", "unknown-command"}
)
"""Rules that look at the repository around a playbook, and say less or nothing where none is given."""

COMMENT_RULES = frozenset({"malformed-suppression", "unknown-rule", "useless-suppression"})
"""Rules about the comments that silence others; no comment silences them."""

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_FOLDERS: dict[str, Preset] = {"rules": "default", "pedantic": "pedantic", "audit": "audit"}
"""The folders of rules, and the preset that each belongs to."""


@frozen
class RulePage:
    """What ``mmm explain`` says about a rule; ``page`` is Markdown, its first line the title. ``tags`` is ``TAGS`` of its
    module: ``security`` where it is about that."""

    name: str
    severity: Severity
    page: str
    preset: Preset = "default"
    subject: Subject = "playbook"
    tags: tuple[str, ...] = ()


def checks(
    presets: Collection[Preset] = DEFAULT_PRESETS,
    also: Collection[str] = (),
    without: Collection[str] = (),
) -> tuple[Check, ...]:
    """The ``check`` of every rule of the presets, and of those named in ``also``, in the order of their names; those
    named in ``without`` are not loaded."""
    chosen = [
        (module, folder)
        for folder, preset in _FOLDERS.items()
        if preset in presets or also
        for module in _modules(folder)
        if (preset in presets or _name(module) in also) and _name(module) not in without
    ]
    return tuple(_load(folder, module).check for module, folder in sorted(chosen))


def all_rules() -> tuple[RulePage, ...]:
    """The page of every rule that can be printed, by name."""
    pages = []
    for folder in ("pages", *_FOLDERS):
        for module in _modules(folder):
            rule = _load(folder, module)
            page = (rule.__doc__ or "").strip() + "\n"
            subject: Subject = getattr(rule, "SUBJECT", "playbook")
            preset = _FOLDERS.get(folder, "default")
            tags: tuple[str, ...] = getattr(rule, "TAGS", ())
            pages.append(RulePage(_name(module), rule.SEVERITY, page, preset, subject, tags))
    return tuple(sorted(pages, key=lambda page: page.name))


def reader_rules() -> frozenset[str]:
    """The rules of the reader of the text: where one of them finds an error, something was not understood, and
    the others could not look at it."""
    return frozenset(_name(module) for module in _modules("pages"))


def rules_asked(
    presets: Collection[Preset], also: Collection[str], *, with_surroundings: bool
) -> frozenset[str]:
    """The rules that say all they know of a text that is checked so."""
    asked = {name for name, preset in presets_of_rules().items() if preset in presets or name in also}
    return frozenset(asked if with_surroundings else asked - SURROUNDINGS_RULES)


def presets_of_rules() -> dict[str, Preset]:
    """The name of every rule and the preset that it belongs to; imports none of them."""
    return {
        _name(module): _FOLDERS.get(folder, "default")
        for folder in ("pages", *_FOLDERS)
        for module in _modules(folder)
    }


def _name(module: str) -> str:
    return module.replace("_", "-")


def _load(folder: str, module: str) -> RuleModule:
    return cast(RuleModule, importlib.import_module(f"{__package__}.{folder}.{module}"))


@cache
def _modules(folder: str) -> tuple[str, ...]:
    """Names of the modules of a folder. ``pkgutil`` would do it too, for 10 ms of everybody's start-up."""
    names = os.listdir(os.path.join(_FOLDER, folder))
    return tuple(sorted(name[:-3] for name in names if name.endswith(".py") and name != "__init__.py"))
