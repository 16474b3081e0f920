"""From what people type to the playbook they mean.

A name is a path first, relative to the caller's folder, with ``~`` for the home. Where there is no such file,
``NAME`` and ``examples/NAME.yml`` are a playbook that ships with mmm.
"""

from __future__ import annotations

import os
import re

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.resources import resource_path

SUFFIXES = (".yml", ".yaml")
_SHIPPED = r"(?:examples/(?P<file>[\w-]+)\.yml|(?P<name>[\w-]+))"


class PlaybookNotFound(UsageFailure):
    """No file and no playbook of mmm has that name."""


class PlaybookIsFolder(UsageFailure):
    """The name is that of a folder, where one playbook is wanted."""


def resolve_playbook(name: str) -> str:
    """The path of the playbook that ``name`` means.

    Raises `PlaybookNotFound` or `PlaybookIsFolder`, each a sentence for people. Whether the file can be
    read is for `mmm_lang.syntax.reading.read_source` to say.
    """
    path = os.path.expanduser(name)
    if os.path.isdir(path):
        from mmm_lang.diagnostics.display import visible

        inside = _first_playbook(path)
        example = f", such as `{visible(os.path.join(name, inside))}`" if inside else ""
        raise PlaybookIsFolder(f"`{visible(name)}` is a folder; name a playbook inside it{example}")
    if os.path.lexists(path):
        return path
    match = re.fullmatch(_SHIPPED, name)
    shipped = (match["file"] or match["name"]) if match else None
    if shipped in shipped_playbooks():
        return resource_path("examples", f"{shipped}.yml")
    from mmm_lang.diagnostics.display import visible

    raise PlaybookNotFound(f"there is no playbook `{visible(name)}`; {_advice(name, path)}")


def shipped_playbooks() -> tuple[str, ...]:
    """Names of the playbooks that ship with mmm, sorted."""
    try:
        files = os.listdir(resource_path("examples"))
    except FileNotFoundError:
        return ()
    return tuple(sorted(file.removesuffix(".yml") for file in files if _is_playbook(file)))


def _is_playbook(file: str) -> bool:
    return file.endswith(".yml") and not file.endswith(".test.yml")


def _advice(name: str, path: str) -> str:
    from mmm_lang.diagnostics.display import visible
    from mmm_lang.diagnostics.similar import nearest

    folder, base = os.path.split(path)
    try:
        files = [file for file in os.listdir(folder or ".") if file.endswith(SUFFIXES)]
    except OSError:
        files = []
    near = nearest(base, files)
    if near is not None:
        return f"write `{visible(os.path.join(os.path.dirname(name), near))}`"
    shipped = shipped_playbooks()
    match = re.fullmatch(_SHIPPED, name.removesuffix(".yml").removeprefix("examples/"))
    guess = nearest(match["name"], shipped) if match else None
    if guess is not None:
        return f"write `{guess}`, which ships with mmm"
    if folder and not os.path.isdir(folder):
        return f"there is no folder `{visible(os.path.dirname(name))}` either"
    if shipped:
        return f"give a path, or one that ships with mmm: {', '.join(shipped)}"
    return "give the path of a playbook"


def _first_playbook(folder: str) -> str | None:
    try:
        files = sorted(os.listdir(folder))
    except OSError:
        return None
    return next((file for file in files if file.endswith(SUFFIXES)), None)
