"""Which tools are found by which files, a language at a time."""

from __future__ import annotations

import json

import pytest

from tests.commands.repositories import PYTHON, RUST, lines, surveyed


def package(folder=None, **content):
    return {"package.json": json.dumps(content), **(folder or {})}


# --- Rust ---


def test_rust():
    assert lines(RUST) == [
        "cargo fmt --all",
        "cargo fmt --all -- --check",
        "cargo clippy --all-targets --fix --allow-dirty --allow-staged",
        "cargo clippy --all-targets -- -D warnings",
        "cargo build --all-targets",
        "cargo test",
        "cargo test NAME",
        "cargo llvm-cov --summary-only",
        "cargo audit",
        "cargo bench",
        "cargo doc --no-deps",
    ]


def test_a_rust_workspace_with_tools_of_its_own():
    files = {
        "Cargo.toml": "[workspace]\n",
        ".config/nextest.toml": "",
        "deny.toml": "",
        "tarpaulin.toml": "",
    }
    assert lines(files, "test") == ["cargo nextest run --workspace", "cargo test --workspace --doc"]
    assert lines(files, "audit", "coverage", "bench") == ["cargo tarpaulin --skip-clean", "cargo deny check"]
    assert lines(files, "one_test") == ["cargo nextest run NAME"]


# --- Python ---


def test_python_through_uv():
    assert lines(PYTHON) == [
        "uv run black .",
        "uv run black --check .",
        "uv run ruff check --fix .",
        "uv run ruff check .",
        "uv run mypy",
        "uv run pytest",
        "uv run pytest PATH::NAME",
        "uv run pytest --cov --cov-report=term-missing",
        "uv run --with pip-audit pip-audit",
    ]


@pytest.mark.parametrize(
    ("files", "test"),
    [
        ({"pyproject.toml": ""}, "python3 -m pytest"),
        ({"pyproject.toml": "", "uv.lock": ""}, "uv run pytest"),
        ({"pyproject.toml": "[tool.uv]\n"}, "uv run pytest"),
        ({"pyproject.toml": "", "poetry.lock": ""}, "poetry run pytest"),
        ({"pyproject.toml": "[tool.poetry]\n"}, "poetry run pytest"),
        ({"pyproject.toml": "", "pdm.lock": ""}, "pdm run pytest"),
        ({"Pipfile": ""}, "pipenv run pytest"),
        ({"setup.py": "", "tests/test_a.py": "import unittest\n"}, "python3 -m unittest"),
        ({"setup.py": "", "tests/test_a.py": "import unittest, pytest\n"}, "python3 -m pytest"),
        ({"setup.py": "", "tests/test_a.py": "import unittest\n", "pytest.ini": ""}, "python3 -m pytest"),
        ({"setup.cfg": "[tool:pytest]\n", "test_a.py": "import unittest\n"}, "python3 -m pytest"),
        ({"services/uv.lock": "", "services/a/setup.py": ""}, "uv run pytest"),
    ],
)
def test_how_python_is_tested(files, test):
    assert lines(files, "test") == [test]


def test_python_is_formatted_only_by_what_is_configured():
    assert lines({"setup.py": ""}, "format", "format_check") == []
    assert lines({"setup.py": ""}, "lint") == ["python3 -m ruff check ."]
    assert lines({"setup.py": "", "ruff.toml": ""}, "format") == ["python3 -m ruff format ."]
    assert lines({"pyproject.toml": "[tool.ruff]\n[tool.black]\n"}, "format") == ["python3 -m black ."]
    both = {"pyproject.toml": "[tool.isort]\n[tool.black]\n"}
    assert lines(both, "format") == ["python3 -m isort .", "python3 -m black ."]


def test_flake8_takes_the_place_of_a_ruff_that_nobody_uses():
    assert lines({"setup.cfg": "[flake8]\n"}, "lint", "fix") == ["python3 -m flake8"]


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": '[project]\ndependencies = ["Pytest_Cov>=4"]\n'},
        {"pyproject.toml": '[project.optional-dependencies]\ntest = ["pytest-cov[x] ~= 4"]\n'},
        {"pyproject.toml": '[dependency-groups]\ndev = [{include-group = "x"}, "pytest-cov"]\n'},
        {"pyproject.toml": '[tool.poetry.group.dev.dependencies]\npytest-cov = "*"\n'},
        {"pyproject.toml": '[tool.uv]\ndev-dependencies = ["pytest-cov"]\n'},
        {"pyproject.toml": '[tool.pdm.dev-dependencies]\ntest = ["pytest-cov"]\n'},
        {"Pipfile": '[dev-packages]\npytest-cov = "*"\n'},
        {"setup.py": "", "requirements-dev.txt": "-r x.txt\n# words\npytest-cov==4 ; python_version > '3'\n"},
        {"setup.py": "", "requirements/test.in": "pytest.cov\n"},
    ],
)
def test_packages_wherever_they_are_declared(files):
    [coverage] = lines(files, "coverage")
    assert coverage.endswith("pytest --cov --cov-report=term-missing")


def test_more_tools_of_python():
    files = {
        "pyproject.toml": "[tool.coverage.run]\n[tool.bandit]\n[tool.pyright]\n",
        "requirements.txt": "pytest-benchmark\n",
        "asv.conf.json": "{}",
        "mkdocs.yml": "",
    }
    assert lines(files, "coverage", "audit", "types", "bench", "docs") == [
        "pyright",
        "python3 -m coverage run -m pytest",
        "python3 -m coverage report -m",
        "pip-audit",
        "python3 -m bandit -r .",
        "python3 -m pytest --benchmark-only",
        "asv run --quick",
        "mkdocs build --strict",
    ]


# --- JavaScript ---


@pytest.mark.parametrize(
    ("files", "calls"),
    [
        (package(), ("npm audit", "npx eslint .")),
        (package({"package-lock.json": ""}), ("npm audit", "npx eslint .")),
        (package({"pnpm-lock.yaml": ""}), ("pnpm audit", "pnpm exec eslint .")),
        (package({"yarn.lock": ""}), ("yarn audit", "yarn eslint .")),
        (package({"yarn.lock": "", ".yarnrc.yml": ""}), ("yarn npm audit", "yarn eslint .")),
        (package(packageManager="yarn@4.1.0"), ("yarn npm audit", "yarn eslint .")),
        (package({"bun.lockb": ""}), ("bun audit", "bunx eslint .")),
        (package({"yarn.lock": ""}, packageManager="pnpm@9.0.0+sha"), ("pnpm audit", "pnpm exec eslint .")),
    ],
)
def test_package_managers(files, calls):
    files = {**files, "eslint.config.js": ""}
    assert (*lines(files, "audit"), *lines(files, "lint")) == calls


def test_the_lock_file_of_a_workspace_above_counts():
    files = {"pnpm-lock.yaml": "", "apps/web/package.json": '{"devDependencies": {"jest": "1"}}'}
    assert lines(files, "test") == ["pnpm exec jest"]


def test_a_script_wins_over_a_tool():
    scripts = {
        "test": "jest --ci",
        "lint": "eslint src",
        "format:check": "prettier -c src",
        "typecheck": "tsc",
    }
    files = package(
        {"tsconfig.json": ""}, scripts=scripts, devDependencies={"jest": "1", "eslint": "9", "prettier": "3"}
    )
    assert lines(files) == [
        "npx prettier --write .",
        "npm run format:check",
        "npx eslint . --fix",
        "npm run lint",
        "npm run typecheck",
        "npm test",
        "npx jest PATH -t NAME",
        "npx jest --coverage",
        "npm audit",
    ]


def test_scripts_that_are_not_what_their_name_says():
    placeholder = {"test": 'echo "Error: no test specified" && exit 1', "format": "prettier --check ."}
    files = package(scripts=placeholder, devDependencies={"vitest": "3", "prettier": "3"})
    assert lines(files, "test", "format") == ["npx prettier --write .", "npx vitest run"]


def test_biome_instead_of_prettier_and_eslint():
    files = package({"biome.json": ""})
    assert lines(files, "format", "lint") == ["npx biome format --write .", "npx biome lint ."]


def test_nothing_is_called_that_is_not_set_up():
    assert lines(package()) == ["npm audit"]


def test_coverage_of_vitest_needs_its_provider():
    bare = package(devDependencies={"vitest": "3"})
    full = package(devDependencies={"vitest": "3", "@vitest/coverage-v8": "3"})
    assert lines(bare, "coverage") == []
    assert lines(full, "coverage") == ["npx vitest run --coverage"]


@pytest.mark.parametrize(
    ("files", "language"),
    [
        (package(), "JavaScript"),
        (package({"tsconfig.json": ""}), "TypeScript"),
        (package({"tsconfig.base.json": ""}), "TypeScript"),
        (package(devDependencies={"typescript": "5"}), "TypeScript"),
    ],
)
def test_the_language_of_a_package(files, language):
    assert [one.language for one in surveyed(files).toolchains] == [language]


# --- Go, make ---


def test_go():
    assert lines({"go.mod": ""}) == [
        "gofmt -w .",
        "gofmt -l .",
        "go vet ./...",
        "go build ./...",
        "go test ./...",
        "go test -run '^NAME$' ./PACKAGE",
        "go test -cover ./...",
        "govulncheck ./...",
        "go test -run NONE -bench . -benchmem ./...",
    ]
    assert lines({"go.mod": "", ".golangci.yml": ""}, "fix", "lint") == [
        "golangci-lint run --fix",
        "golangci-lint run",
        "go vet ./...",
    ]


def test_make():
    makefile = "CHECK := 1\nlint = x\ncheck: all\n\ttrue\nfmt::\n\ttrue\n.PHONY: docs\n"
    assert lines({"Makefile": makefile}) == ["make fmt", "make check"]
