"""Files that ship with mmm: grammars and example playbooks.

In a checkout (and an editable install) they lie at the top of the project, beside the package; in a wheel
they lie inside it. Both are looked for, the wheel's place first.
"""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def resource_path(*parts: str) -> str:
    """Path of a shipped file or folder, such as ``resource_path("grammar", "template.lark")``.

    Raises ``FileNotFoundError`` where the installation lacks it.
    """
    for base in (_PACKAGE, os.path.dirname(_PACKAGE)):
        path = os.path.join(base, *parts)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f"this installation of mmm lacks {'/'.join(parts)}; install it again")


def read_resource(*parts: str) -> str:
    """Text of a shipped file."""
    with open(resource_path(*parts), encoding="utf-8") as file:
        return file.read()
