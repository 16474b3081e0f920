"""Python: ruff, black where it is configured, pytest; through uv, Poetry, PDM or Pipenv where one is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from mmm_lang.commands.folder import Folder, Table, inside, texts
from mmm_lang.commands.toolchain import Task, Toolchain

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile")

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_REQUIREMENTS_FILE = re.compile(
    r"(requirements/)?[\w.-]*requirements[\w.-]*\.(txt|in)|requirements/[\w.-]+\.(txt|in)"
)
_SECTION = re.compile(r"^\[([^\]\n]+)\]", re.MULTILINE)


@frozen(eq=False)
class _Python:
    """What a folder's files say: the tables under ``tool``, names of all declared packages, sections of ini files."""

    folder: Folder
    tool: Table
    packages: frozenset[str]
    sections: frozenset[str]

    def uses(self, name: str, *files: str) -> bool:
        """Whether a tool is configured or declared."""
        return name in self.tool or name in self.packages or self.folder.has(*files)


def python_toolchain(folder: Folder) -> Toolchain:
    """The tools of a Python project: ``folder`` holds one of the `MANIFESTS`."""
    pyproject = folder.toml("pyproject.toml")
    tool = inside(pyproject, "tool")
    sections = {name for file in ("setup.cfg", "tox.ini") for name in _SECTION.findall(folder.text(file))}
    found = _Python(folder, tool, frozenset(_packages(folder, pyproject)), frozenset(sections))
    runner = _runner(found)
    by_unittest = _by_unittest(found)
    test = _call(runner, "unittest" if by_unittest else "pytest")
    return Toolchain(
        "python",
        "Python",
        folder.path,
        (
            *_formatters(found, runner),
            *_linters(found, runner),
            *_type_checkers(found, runner),
            Task("test", test, test),
            Task("one_test", f"{test} {'PACKAGE.MODULE.CLASS.NAME' if by_unittest else 'PATH::NAME'}", test),
            *_coverage(found, runner, test),
            *_auditors(found, runner),
            *_benchmarks(found, test, runner),
            *_docs(found, runner),
        ),
        "where the tests that are there stand, as `unittest.TestCase`"
        if by_unittest
        else "`tests/`, or where the tests that are there stand; fixtures in `conftest.py`",
    )


def _by_unittest(found: _Python) -> bool:
    """Whether nothing is set up for pytest, and the tests say `unittest`: the first few files decide."""
    if found.uses("pytest", "pytest.ini", ".pytest.ini", "conftest.py", "*/conftest.py"):
        return False
    if {"tool:pytest", "pytest"} & found.sections:
        return False
    files = sorted(
        file for file in found.folder.files if re.search(r"(^|/)(test_[^/]*|[^/]*_test)\.py$", file)
    )
    written = [found.folder.text(file) for file in files[:5]]
    return any("unittest" in one for one in written) and not any("pytest" in one for one in written)


def _runner(found: _Python) -> str:
    """What stands before a tool's name; empty where the environment is the caller's own."""
    folder = found.folder
    for lock, name in (("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm")):
        if folder.has_around(lock):
            return f"{name} run "
    if folder.has("Pipfile", "Pipfile.lock"):
        return "pipenv run "
    return next((f"{name} run " for name in ("uv", "poetry", "pdm") if name in found.tool), "")


def _call(runner: str, module: str) -> str:
    if module == "unittest":
        return f"{runner}python -m unittest" if runner else "python3 -m unittest"
    return f"{runner}{module}" if runner else f"python3 -m {module}"


def _formatters(found: _Python, runner: str) -> Iterator[Task]:
    if found.uses("isort", ".isort.cfg") or "isort" in found.sections:
        isort = _call(runner, "isort")
        yield Task("format", f"{isort} .", isort)
        yield Task("format_check", f"{isort} --check-only .", isort)
    if found.uses("black"):
        black = _call(runner, "black")
        yield Task("format", f"{black} .", black)
        yield Task("format_check", f"{black} --check .", black)
    elif _uses_ruff(found):
        ruff = _call(runner, "ruff")
        yield Task("format", f"{ruff} format .", f"{ruff} format")
        yield Task("format_check", f"{ruff} format --check .", f"{ruff} format")


def _uses_ruff(found: _Python) -> bool:
    return found.uses("ruff", "ruff.toml", ".ruff.toml") or found.folder.has_around("ruff.toml", ".ruff.toml")


def _linters(found: _Python, runner: str) -> Iterator[Task]:
    flake8 = found.uses("flake8", ".flake8") or "flake8" in found.sections
    if _uses_ruff(found) or not flake8:
        ruff = _call(runner, "ruff")
        note = "" if _uses_ruff(found) else "not configured here: its defaults, and no change of style"
        yield Task("fix", f"{ruff} check --fix .", f"{ruff} check", note)
        yield Task("lint", f"{ruff} check .", f"{ruff} check", note)
    if flake8:
        yield Task("lint", _call(runner, "flake8"), _call(runner, "flake8"))


def _type_checkers(found: _Python, runner: str) -> Iterator[Task]:
    if found.uses("mypy", "mypy.ini", ".mypy.ini") or "mypy" in found.sections:
        mypy = _call(runner, "mypy")
        configured = inside(found.tool, "mypy")
        has_targets = "files" in configured or "packages" in configured or "mypy" in found.sections
        yield Task("types", mypy if has_targets else f"{mypy} .", mypy)
    if found.uses("pyright", "pyrightconfig.json"):
        yield Task("types", f"{runner}pyright", f"{runner}pyright")


def _coverage(found: _Python, runner: str, test: str) -> Iterator[Task]:
    if "pytest-cov" in found.packages:
        yield Task("coverage", f"{test} --cov --cov-report=term-missing", test)
    elif found.uses("coverage", ".coveragerc"):
        coverage = _call(runner, "coverage")
        module = "unittest" if test.endswith("unittest") else "pytest"
        yield Task("coverage", f"{coverage} run -m {module}", f"{coverage} run")
        yield Task("coverage", f"{coverage} report -m", f"{coverage} report")


def _auditors(found: _Python, runner: str) -> Iterator[Task]:
    if "pip-audit" in found.packages:
        yield Task("audit", f"{runner}pip-audit", f"{runner}pip-audit")
    elif runner == "uv run ":
        yield Task(
            "audit",
            "uv run --with pip-audit pip-audit",
            "uv run --with pip-audit pip-audit",
            "needs the network",
        )
    else:
        yield Task("audit", f"{runner}pip-audit", f"{runner}pip-audit", "needs `pip-audit` installed")
    if found.uses("bandit", ".bandit"):
        bandit = _call(runner, "bandit")
        yield Task("audit", f"{bandit} -r .", bandit)


def _benchmarks(found: _Python, test: str, runner: str) -> Iterator[Task]:
    if "pytest-benchmark" in found.packages:
        yield Task("bench", f"{test} --benchmark-only", test)
    if found.folder.has("asv.conf.json"):
        yield Task("bench", f"{runner}asv run --quick", f"{runner}asv run")


def _docs(found: _Python, runner: str) -> Iterator[Task]:
    if found.folder.has("mkdocs.yml"):
        yield Task("docs", f"{runner}mkdocs build --strict", f"{runner}mkdocs build")
    elif found.folder.has("docs/conf.py"):
        sphinx = f"{runner}sphinx-build"
        yield Task("docs", f"{sphinx} -W -b html docs docs/_build/html", sphinx)


def _packages(folder: Folder, pyproject: Table) -> Iterator[str]:
    """Names of the packages that a project declares for whatever purpose, in lower case with ``-``."""
    declared = (*_in_pyproject(pyproject), *_in_poetry(pyproject), *_in_pipfile(folder), *_in_texts(folder))
    for line in declared:
        name = _REQUIREMENT.match(line)
        if name is not None:
            yield re.sub(r"[-_.]+", "-", name[1]).lower()


def _in_pyproject(pyproject: Table) -> Iterator[str]:
    """Requirements by the standards, and by uv and PDM from before there was one for groups."""
    project = inside(pyproject, "project")
    yield from texts(project.get("dependencies"))
    yield from texts(inside(pyproject, "tool", "uv").get("dev-dependencies"))
    for groups in (
        inside(project, "optional-dependencies"),
        inside(pyproject, "dependency-groups"),
        inside(pyproject, "tool", "pdm", "dev-dependencies"),
    ):
        for lines in groups.values():
            yield from texts(lines)


def _in_poetry(pyproject: Table) -> Iterator[str]:
    poetry = inside(pyproject, "tool", "poetry")
    yield from inside(poetry, "dependencies")
    yield from inside(poetry, "dev-dependencies")
    for group in inside(poetry, "group").values():
        yield from inside(group, "dependencies")


def _in_pipfile(folder: Folder) -> Iterator[str]:
    pipfile = folder.toml("Pipfile")
    yield from inside(pipfile, "packages")
    yield from inside(pipfile, "dev-packages")


def _in_texts(folder: Folder) -> Iterator[str]:
    """The lines of `requirements.txt`, `dev-requirements.in`, `requirements/test.txt`, …"""
    for file in sorted(folder.files):
        if _REQUIREMENTS_FILE.fullmatch(file):
            yield from folder.text(file).splitlines()
