"""Commands about the sessions of a kitchen's repository, called within the test's own process."""

from __future__ import annotations

import shutil
from pathlib import Path

from mmm_lang.cli.main import main
from tests.support.cooking import Cooked, Kitchen
from tests.support.scenario import Scenario


def asked(capsys, kitchen: Kitchen, *arguments: str) -> Cooked:
    """What ``mmm ARGUMENTS --path REPOSITORY`` answers."""
    capsys.readouterr()
    code = main([*arguments, "--path", str(kitchen.repo)])
    said = capsys.readouterr()
    return Cooked(code, said.out, said.err)


def ids(kitchen: Kitchen) -> list[str]:
    """The ids of its sessions, the oldest first."""
    return [folder.name for folder in kitchen.sessions()]


def copied(kitchen: Kitchen, folder: Path) -> Kitchen:
    """The same kitchen in another folder, to be changed."""
    shutil.copytree(kitchen.folder, folder, symlinks=True, dirs_exist_ok=True)
    return Kitchen(folder, Scenario(folder / "agent"))
