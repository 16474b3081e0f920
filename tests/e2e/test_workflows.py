"""Playbooks as people run them, with the real `claude` and the command files that `mmm init` writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import frozen

from tests.e2e.kitchen import RealKitchen
from tests.e2e.turns import Turn, changes, runs, says, writes

_ROOT = Path(__file__).parents[2]
_SPEC = "specs/temp/iteration-1700000000-improvements.md"


@frozen
class Language:
    """A tiny repository: its files, the source in which `1` is to become `2`, and what its linter runs."""

    files: dict[str, str]
    source: str
    lint: tuple[str, ...]


LANGUAGES = {
    "rust": Language(
        {"Cargo.toml": '[package]\nname = "tiny"\nversion = "0.1.0"\n', "src/lib.rs": "pub fn two() -> u8 { 1 }\n"},
        "src/lib.rs",
        ("cargo fmt --all", "cargo clippy --all-targets -- -D warnings"),
    ),
    "python": Language(
        {
            "pyproject.toml": "[project]\nname = 'tiny'\nversion = '1'\n[tool.ruff]\n[tool.pytest.ini_options]\n",
            "tiny.py": "def two():\n    return 1\n",
        },
        "tiny.py",
        ("python3 -m ruff format .", "python3 -m ruff check ."),
    ),
    "typescript": Language(
        {
            "package.json": '{"name": "tiny", "scripts": {"test": "vitest run"}, "devDependencies":'
            ' {"prettier": "3", "eslint": "9", "vitest": "2", "typescript": "5"}}\n',
            "tsconfig.json": "{}\n",
            "tiny.ts": "export const two = () => 1;\n",
        },
        "tiny.ts",
        ("npx prettier --write .", "npx eslint ."),
    ),
    "go": Language(
        {"go.mod": "module tiny\n\ngo 1.22\n", "tiny.go": "package tiny\n\nfunc Two() int { return 1 }\n"},
        "tiny.go",
        ("gofmt -w .", "go vet ./..."),
    ),
}  # fmt: skip


def reviews(kitchen: RealKitchen, path: str = _SPEC) -> tuple[Turn, ...]:
    """What the model does that finds something in a review: the spec, and its commit."""
    name = Path(path).stem
    return (
        runs("date +%s"),
        writes(kitchen.repo / path, "# Improvements: two\n\n## 1. two is not 2\n"),
        runs(f"git add -- {path}"),
        runs(f"git commit -m 'review: generate improvement spec for {name}'"),
        says(f"I found a mistake.\n\nresult: done\nspec: {path}"),
    )


def implements(kitchen: RealKitchen, source: str, path: str = _SPEC) -> tuple[Turn, ...]:
    """What the model does that implements a spec."""
    return (
        changes(kitchen.repo / source, "1", "2"),
        runs(f"git rm -q -- {path}"),
        runs(f"git add -- {source}"),
        runs(f"git commit -m 'fix: apply improvements from spec {Path(path).stem}'"),
        says("result: done"),
    )


def toolchains(kitchen: RealKitchen) -> dict[str, str]:
    """Programs in place of toolchains, which need not be here: they note that they were called."""
    folder = kitchen.folder / "bin"
    folder.mkdir()
    for name in ("cargo", "python3", "npx", "npm", "go", "gofmt"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{kitchen.folder}/called"\n')
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{kitchen.env()['PATH']}"}


def populate(kitchen: RealKitchen, language: Language) -> None:
    """A repository of that language with the commands that `mmm init` writes, committed."""
    for path, text in language.files.items():
        kitchen.with_file(path, text)
    done = kitchen.run("init")
    assert done.exit_code == 0, done
    kitchen.git("add", ".claude")
    kitchen.git("commit", "-qm", "add commands of mmm")


@pytest.mark.parametrize("name", LANGUAGES)
def test_init_and_cook_just_work(kitchen: RealKitchen, name: str) -> None:
    language = LANGUAGES[name]
    env = toolchains(kitchen)
    populate(kitchen, language)
    kitchen.on("/mmm-code-review", *reviews(kitchen))
    kitchen.on("/mmm-implement-spec", *implements(kitchen, language.source))
    kitchen.on("/mmm-lint", *(runs(command) for command in language.lint), says("result: nothing"))

    default = str(_ROOT / "examples" / "default.yml")
    cooked = kitchen.run("cook", default, "-n", "1", "--set", f"test=grep 2 {language.source}", **env)

    assert cooked.exit_code == 0, cooked
    assert kitchen.commands() == ["mmm-code-review", "mmm-implement-spec", "mmm-lint"]
    assert kitchen.subjects() == [
        "review: generate improvement spec for iteration-1700000000-improvements",
        "fix: apply improvements from spec iteration-1700000000-improvements",
    ]
    assert "2" in (kitchen.repo / language.source).read_text()
    assert not (kitchen.repo / _SPEC).exists()
    assert kitchen.git("status", "--porcelain") == ""
    assert (kitchen.folder / "called").read_text().splitlines() == list(language.lint)
    lint = next(one for one in kitchen.api.requests if one.command == "mmm-lint")
    assert all(lint.shows(f"`{command}`") for command in language.lint)
    implement = next(one for one in kitchen.api.requests if one.command == "mmm-implement-spec")
    assert implement.shows(f"<command-args>{_SPEC}</command-args>")


def test_a_failing_test_is_mended_and_the_session_ends_when_nothing_is_left(kitchen: RealKitchen) -> None:
    language = LANGUAGES["python"]
    populate(kitchen, language)
    kitchen.on("/mmm-code-review", says("Nothing is worth a change.\n\nresult: nothing"))
    kitchen.on(
        "/mmm-fix-test",
        changes(kitchen.repo / "tiny.py", "1", "2"),
        runs("git add -- tiny.py"),
        runs("git commit -m 'fix: two is 2'"),
        says("result: done"),
    )
    kitchen.on("/mmm-lint", says("result: nothing"))
    kitchen.on("/mmm-code-review", says("result: nothing"))
    kitchen.on("/mmm-lint", says("result: nothing"))
    test = "grep 2 tiny.py || { echo two is not 2; exit 1; }"
    cooked = kitchen.run("cook", "default", "--set", f"test={test}")
    assert cooked.exit_code == 0, cooked
    assert "No more issues found" in cooked.stdout
    assert kitchen.subjects() == ["fix: two is 2"]
    repair = next(one for one in kitchen.api.requests if one.command == "mmm-fix-test")
    assert repair.shows("two is not 2")


# --- the README's ---


def readme_playbooks() -> list[str]:
    """The playbooks of the README that hold."""
    return re.findall(r"^```yaml\n(.*?)^```", (_ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


def test_the_readmes_first_playbook(kitchen: RealKitchen) -> None:
    populate(kitchen, LANGUAGES["rust"])
    kitchen.playbook.write_text(readme_playbooks()[0])
    spec = "specs/temp/iteration-1700000000-coverage.md"
    kitchen.on("/mmm-analyze-coverage", *reviews(kitchen, spec))
    kitchen.on(
        "/mmm-write-tests",
        writes(kitchen.repo / "tests/two.rs", "#[test]\nfn two() {}\n"),
        runs(f"git rm -q -- {spec}"),
        says("result: done"),
    )
    kitchen.on("/mmm-lint", runs("cargo fmt --all"), says("result: nothing"))
    cooked = kitchen.cook("-n", "1", **toolchains(kitchen))
    assert cooked.exit_code == 0, cooked
    assert kitchen.commands() == ["mmm-analyze-coverage", "mmm-write-tests", "mmm-lint"]
    assert kitchen.subjects()[-1] == f"mmm: /mmm-write-tests {spec}"
    assert (kitchen.folder / "called").read_text() == "cargo test\ncargo fmt --all\n"


def test_the_readmes_lists_of_steps_and_of_commands(kitchen: RealKitchen) -> None:
    populate(kitchen, LANGUAGES["go"])
    [steps] = [text for text in readme_playbooks() if text.startswith("- claude:") and "lint" in text]
    [commands] = [text for text in readme_playbooks() if text.startswith("commands:")]
    kitchen.on("/mmm-code-review", *reviews(kitchen))
    kitchen.on("/mmm-implement-spec", *implements(kitchen, "tiny.go"))
    kitchen.on("/mmm-lint", says("result: nothing"))
    kitchen.playbook.write_text(steps)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert len(kitchen.subjects()) == 2

    security = "specs/temp/iteration-1700000001-security.md"
    kitchen.on("/mmm-security-audit", *reviews(kitchen, security))
    kitchen.on("/mmm-implement-spec", runs(f"git rm -q -- {security}"), says("result: done"))
    kitchen.on("/mmm-lint", says("result: nothing"))
    kitchen.playbook.write_text(commands)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert len(kitchen.subjects()) == 4


def test_the_readmes_faster_playbook_measures_before_and_after(kitchen: RealKitchen) -> None:
    populate(kitchen, LANGUAGES["rust"])
    [playbook] = [text for text in readme_playbooks() if "Make one thing faster" in text]
    kitchen.playbook.write_text(playbook)
    spec = "specs/temp/iteration-1700000000-performance.md"
    kitchen.on("/mmm-performance-review", *reviews(kitchen, spec))
    kitchen.on("/mmm-implement-spec", *implements(kitchen, "src/lib.rs", spec))
    kitchen.on("/mmm-analyze-results", says("It is faster.\n\nresult: done"))
    cooked = kitchen.cook("-n", "1", "--set", "bench=grep -c 2 src/lib.rs; true")
    assert cooked.exit_code == 0, cooked
    analysis = next(one for one in kitchen.api.requests if one.command == "mmm-analyze-results")
    given = next(text for text in analysis.texts if "<command-args>" in text)
    [before, after] = re.findall(r"--(?:before|after) '?([^\s'<]+)", given)
    assert Path(before).read_text() == "0\n"
    assert Path(after).read_text() == "1\n"


def test_each_of_several_specs(kitchen: RealKitchen) -> None:
    populate(kitchen, LANGUAGES["python"])
    for number in (1, 2):
        kitchen.with_file(f"specs/{number}.md", f"# Part {number}\n")
        kitchen.on(
            "/mmm-implement-spec",
            writes(kitchen.repo / f"part{number}.py", "pass\n"),
            runs(f"git rm -q -- specs/{number}.md"),
            runs(f"git add -- part{number}.py"),
            runs(f"git commit -m 'feat: implement spec {number}'"),
            says("result: done"),
        )
        kitchen.on("/mmm-lint", says("result: nothing"))
    cooked = kitchen.run("cook", "implement", "--map", "specs/*.md", "-n", "1", "--set", "test=true")
    assert cooked.exit_code == 0, cooked
    assert "2 of 2 items succeeded" in cooked.stdout
    assert kitchen.subjects() == ["feat: implement spec 1", "feat: implement spec 2"]
