"""The rules: found by looking into two folders, so that adding one touches no list.

``rules/NAME.py`` is a rule: ``SEVERITY``, ``check(facts)`` and its page, the module's docstring. ``pages/NAME.py``
is the page of a rule that the reader of the text raises itself; it is not imported to check a playbook. The
rule's name is the module's with ``-`` for ``_``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable
from typing import Protocol, cast

from attrs import frozen

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Severity

Check = Callable[[Facts], Iterable[Diagnostic]]


class RuleModule(Protocol):
    """What every module of ``rules`` has; those of ``pages`` have no ``check``."""

    SEVERITY: Severity
    check: Check


_FOLDER = os.path.dirname(os.path.abspath(__file__))


@frozen
class RulePage:
    """What ``mmm explain`` says about a rule; ``page`` is Markdown, its first line the title."""

    name: str
    severity: Severity
    page: str


def checks() -> tuple[Check, ...]:
    """The ``check`` of every rule, in the order of their names."""
    return tuple(_load("rules", module).check for module in _modules("rules"))


def all_rules() -> tuple[RulePage, ...]:
    """The page of every rule that can be printed, by name."""
    pages = []
    for folder in ("pages", "rules"):
        for module in _modules(folder):
            rule = _load(folder, module)
            pages.append(
                RulePage(module.replace("_", "-"), rule.SEVERITY, (rule.__doc__ or "").strip() + "\n")
            )
    return tuple(sorted(pages, key=lambda page: page.name))


def _load(folder: str, module: str) -> RuleModule:
    return cast(RuleModule, importlib.import_module(f"{__package__}.{folder}.{module}"))


def _modules(folder: str) -> list[str]:
    """Names of the modules of a folder. ``pkgutil`` would do it too, for 10 ms of everybody's start-up."""
    names = os.listdir(os.path.join(_FOLDER, folder))
    return sorted(name[:-3] for name in names if name.endswith(".py") and name != "__init__.py")
