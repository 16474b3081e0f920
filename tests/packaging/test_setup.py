"""Setting up on a fresh machine: the right Python is found, and the lock file fits the project."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.distribution import PROJECT

OLD = 'case "$2" in *version_info*) exit 1 ;; esac'
BARE = 'case "$2" in *ensurepip*) exit 1 ;; esac'
GOOD = "exit 0"


@pytest.fixture
def find(tmp_path):
    """Call `.ci/find-python` on a machine whose Pythons are scripts, given as name and what they do."""

    def call(chosen="", **pythons):
        for name, script in pythons.items():
            path = tmp_path / name.replace("_", ".")
            path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            path.chmod(0o755)
        environment = {"PATH": str(tmp_path), "PYTHON": chosen}
        script = str(PROJECT / ".ci" / "find-python")
        return subprocess.run(["/bin/sh", script], env=environment, capture_output=True, text=True)

    return call


def test_an_old_python_is_passed_over(find, tmp_path):
    assert find(python3=OLD, python3_13=GOOD).stdout == f"{tmp_path}/python3.13\n"


def test_the_version_that_the_lock_was_made_with_comes_first(find, tmp_path):
    assert find(python3_12=GOOD, python3_11=GOOD, python3=GOOD).stdout == f"{tmp_path}/python3.11\n"


def test_the_one_that_was_asked_for_comes_before_all(find, tmp_path):
    assert find("python3.12", python3_12=GOOD, python3_11=GOOD).stdout == f"{tmp_path}/python3.12\n"


def test_one_without_ensurepip_is_passed_over(find, tmp_path):
    assert find(python3_11=BARE, python3=GOOD).stdout == f"{tmp_path}/python3\n"


def test_what_to_install_is_said_where_all_lack_ensurepip(find, tmp_path):
    ended = find(python3_11=BARE)
    assert ended.returncode == 1
    assert f"{tmp_path}/python3.11 cannot make virtual environments" in ended.stderr
    assert "apt-get install python3-venv" in ended.stderr


def test_what_to_install_is_said_where_there_is_none(find):
    ended = find(python3=OLD)
    assert ended.returncode == 1
    assert "mmm needs Python 3.11 or newer" in ended.stderr
    assert "make PYTHON=" in ended.stderr


LOCK = (PROJECT / "requirements-dev.lock").read_text(encoding="utf-8")
LOCKED = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", LOCK, re.MULTILINE))


def test_the_lock_names_no_machine_and_no_registry():
    assert re.findall(r"^\s*-(?!-hash=)\S*|https?://\S+|file:\S+|\s/\S+", LOCK, re.MULTILINE) == []


def test_every_locked_package_has_hashes():
    entries = re.split(r"^(?=[a-z0-9.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(LOCKED)
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_satisfies_what_the_project_declares():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    lines += project["build-system"]["requires"]
    unmet = [
        line
        for requirement, line in ((Requirement(line), line) for line in lines)
        if not requirement.specifier.contains(LOCKED.get(canonicalize_name(requirement.name), "0"))
    ]
    assert unmet == []
