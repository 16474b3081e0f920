"""mmm: bounded, declarative AI development workflows.

A playbook flows one way through the rooms of this package::

    text --> syntax --> analysis --> plan --> runtime --> commits

As a library (docs/python.md): ``check`` says what is wrong with a text, ``compile_playbook`` makes its plan. They and
the types in their signatures are loaded when they are first asked for; nothing is imported here but the version, so
that ``mmm --version`` and ``mmm check`` start at once.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers read it as true; importing `typing` for it would cost milliseconds
if TYPE_CHECKING:
    from mmm_lang.api import PlaybookHasErrors, check, compile_playbook
    from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
    from mmm_lang.plan.graph import Plan
    from mmm_lang.source import Position, Source, Span

__version__ = "0.1.0"

__all__ = [
    "Diagnostic",
    "Edit",
    "Fix",
    "Label",
    "Plan",
    "PlaybookHasErrors",
    "Position",
    "Source",
    "Span",
    "__version__",
    "check",
    "compile_playbook",
]

_HOMES = {
    "Diagnostic": "mmm_lang.diagnostics.model",
    "Edit": "mmm_lang.diagnostics.model",
    "Fix": "mmm_lang.diagnostics.model",
    "Label": "mmm_lang.diagnostics.model",
    "Plan": "mmm_lang.plan.graph",
    "PlaybookHasErrors": "mmm_lang.api",
    "Position": "mmm_lang.source",
    "Source": "mmm_lang.source",
    "Span": "mmm_lang.source",
    "check": "mmm_lang.api",
    "compile_playbook": "mmm_lang.api",
}
"""The module that each public name is loaded from."""


def __getattr__(name: str) -> object:
    """A public name, on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
