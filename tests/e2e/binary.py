"""The real `claude` command: one pinned version, fetched once from npm's registry into the user's cache.

Its package for a platform holds one native program; neither Node nor npm is needed to run it. Its licence does not allow
handing it on, so it is never committed, only fetched by whoever runs the tests. What is fetched is compared with the hash
pinned here before anything of it is used.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest

VERSION = "2.1.330"
INTEGRITY = {
    "linux-x64": "9Gn+V7DtJ8M1nztP9CeDVl9g3RtrepI7rOFTyPRRnZe8D6zebIHKmC7OvBauucuAP0X0k85SDN/LPVZyjsGezQ==",
    "linux-arm64": "V4yanAY5EA5UpwwRPtjSfqDbNqAlUJeVn3NYZw2AgmRHjdpSsLtHAzbxRXfkAnbjwTXzE0uedjQxUY02ARPcsA==",
    "darwin-arm64": "rgzAjrRJJsIdZXGF9CCFFbURxKuJNobRr+krV3dNmqNJWIws74rLD0CABe4+nXlx/9WwRECTrveprWB96mubqw==",
    "darwin-x64": "XenTNj2zXaFrnLmf47n25vChfFhlfeyaAR/vW5SFsEnLGwd2U1vDUY97+5etHBZu3xWBnlK8HhBVxzRi9YTUDw==",
}
"""The sha512 of each platform's tarball of that version, base64, as the registry publishes it."""
REGISTRY = "https://registry.npmjs.org"
_CONNECT = 20.0
"""Seconds without a byte, after which the registry counts as out of reach."""
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class OutOfReach(Exception):
    """The program cannot be had here, through no fault of mmm; the message says why."""


def claude() -> Path:
    """Path of the pinned program, fetched where it is not there yet. One process fetches, the others wait for it.

    Raises `OutOfReach` where the registry cannot be reached, and fails where it gives something else.
    """
    system = platform_name()
    if system not in INTEGRITY:
        raise OutOfReach(f"no package of claude {VERSION} is pinned for {system}")
    folder = cache() / f"claude-{VERSION}-{system}"
    program = folder / "claude"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _fetch(system, program)
    return program


def platform_name() -> str:
    """`linux-x64`, as npm's packages are named."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{_MACHINES.get(machine, machine)}"


def cache() -> Path:
    """The user's cache folder of these tests."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mmm-tests"


def registry() -> str:
    """The registry that npm is set up for, else the public one; without a slash at its end."""
    if shutil.which("npm"):
        asked = ["npm", "config", "get", "registry"]
        try:
            said = subprocess.run(
                asked, capture_output=True, text=True, timeout=60, check=False, cwd="/"
            ).stdout
        except subprocess.TimeoutExpired:
            said = ""
        if said.strip().startswith(("http://", "https://")):
            return said.strip().rstrip("/")
    return (os.environ.get("NPM_CONFIG_REGISTRY") or REGISTRY).rstrip("/")


def _fetch(system: str, program: Path) -> None:
    """Download, compare, unpack; the program appears under its name only when it is whole."""
    package = f"claude-code-{system}"
    url = f"{registry()}/@anthropic-ai/{package}/-/{package}-{VERSION}.tgz"
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        tarball = Path(scratch) / "package.tgz"
        found = _download(url, tarball)
        assert found == INTEGRITY[system], f"{package} {VERSION} is not what is pinned: sha512-{found}"
        with tarfile.open(tarball) as archive:
            member = archive.extractfile("package/claude")
            assert member is not None, f"{package} {VERSION} holds no `claude`"
            unpacked = Path(scratch) / "claude"
            with member, unpacked.open("wb") as out:
                shutil.copyfileobj(member, out, 1 << 20)
        unpacked.chmod(0o755)
        unpacked.rename(program)


def _download(url: str, target: Path) -> str:
    """Fetch; the sha512 of what came, base64."""
    digest = hashlib.sha512()
    try:
        with urllib.request.urlopen(url, timeout=_CONNECT) as answer, target.open("wb") as out:
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                out.write(chunk)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code < 500:
            pytest.fail(f"npm's registry has no claude {VERSION}: HTTP {error.code}")
        raise OutOfReach(f"npm's registry answers with HTTP {error.code}") from None
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise OutOfReach(f"npm's registry cannot be reached: {getattr(error, 'reason', error)}") from None
    return base64.b64encode(digest.digest()).decode()
