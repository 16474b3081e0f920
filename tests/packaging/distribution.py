"""Building the project, and virtual environments that hold a built wheel and what it declares, no more."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from attrs import frozen
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[2]


@frozen
class Distributions:
    """A built source archive, and the wheel that was built from that archive (not from the checkout)."""

    sdist: Path
    wheel: Path


def build(folder: Path) -> Distributions:
    """Build the project into ``folder``, once for all workers of a parallel run."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list(folder.glob("*.whl")):
            command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
            run(command, folder, os.environ)
    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    return Distributions(sdist, wheel)


def install(wheel: Path, folder: Path) -> Path:
    """A new virtual environment with ``wheel`` and its declared dependencies; gives its ``bin``.

    The dependencies are those of the running environment, by link: no network, and nothing that is only there
    for development can be imported.
    """
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    run([*pip, "--no-index", "--no-deps", "--disable-pip-version-check", str(wheel)], folder, os.environ)
    (site,) = folder.glob("lib/python*/site-packages")
    (metadata,) = site.glob("mmm_lang-*.dist-info")
    for dependency in _closure(Distribution.at(metadata)):
        for name in {path.parts[0] for path in dependency.files or () if path.parts[0] != ".."}:
            if not (site / name).exists():
                (site / name).symlink_to(Path(str(dependency.locate_file(name))))
    return folder / "bin"


def _closure(root: Distribution) -> Iterator[Distribution]:
    """Every distribution that ``root`` needs, directly or not, in this environment."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        for line in waiting.pop().requires or ():
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            if name not in found and (
                requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ):
                found.add(name)
                dependency = distribution(name)
                waiting.append(dependency)
                yield dependency


def run(command: list[str], cwd: Path, env: Mapping[str, str]) -> str:
    """Standard output of a command; an assertion with all that it printed where it fails."""
    ended = subprocess.run(command, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, f"{command}\nexit code {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
