# Everything from a fresh clone, with Python 3.11+, git and make. `make help` lists the targets.

VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# Worker processes of pytest, and the percentage of lines and branches that the whole suite must reach.
JOBS ?= auto
COVERAGE ?= 85
ROUNDS ?= 10
SECONDS ?= 60
FAULTS ?= 100
SEEDS ?= 2000
UPGRADE ?= --upgrade

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup demo test check static docs lock soak simulate fuzz clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- setting up: a virtual environment with exactly what the lock file names, then mmm itself, editable ---

# The stamp is a copy of the lock file, so that a lock file which is newer but the same costs nothing.
LOCKED := $(VENV)/.installed.lock
INSTALLED := $(VENV)/.installed

setup: $(INSTALLED) ## make .venv from the lock file

$(LOCKED): requirements-dev.lock
	@if cmp -s $< $@ && [ -x $(BIN)/python ]; then touch $@; else \
	    python=$$(.ci/find-python) && \
	    echo "setting up $(VENV) with $$python" && \
	    "$$python" -m venv --clear $(VENV) && \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && \
	    cp $< $@; \
	fi

$(INSTALLED): $(LOCKED) pyproject.toml mmm_lang/__init__.py
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# --- the two commands ---

demo: setup ## watch a playbook improve a scratch repository: no account, no cost
	@PATH="$(abspath $(BIN)):$$PATH" mmm demo

test: static ## everything: style, types, layers, all tests with coverage
	$(PYTEST) -n $(JOBS) --cov --cov-report=term:skip-covered --cov-fail-under=$(COVERAGE)

# --- for developers ---

check: static ## the quick part, two minutes on two cores
	$(PYTEST) -n $(JOBS) -m "not slow and not real and not e2e"

static: setup
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup ## write docs/rules anew from the rules' own pages
	@rm -f docs/rules/*.md
	@$(BIN)/mmm explain --all docs/rules

# Each round draws other random examples, and a test that is only almost reliable fails in one of them.
soak: setup ## what goes deeper than `make test`: all tests, again and again (ROUNDS=10), then `make simulate`, then real faults (FAULTS=100)
	@for round in $$(seq $(ROUNDS)); do \
	    echo "round $$round of $(ROUNDS)"; \
	    env -u CI HYPOTHESIS_PROFILE=explore $(PYTEST) -q -n $(JOBS) || exit 1; \
	done
	$(BIN)/python -m tests.simulate --seeds $(SEEDS)
	env FAULTS_SEED=$$(date +%s) FAULTS_SAMPLE=$(FAULTS) FAULTS_KILLS=$(FAULTS) FAULTS_SIGNALS=$(FAULTS) \
	    $(PYTEST) -q -n $(JOBS) tests/faults

# A seed that fails prints how to live that session again.
simulate: setup ## random sessions, killed anywhere and resumed, against undisturbed ones (SEEDS=2000)
	$(BIN)/python -m tests.simulate --seeds $(SEEDS)

# With the optional package atheris in the virtual environment, inputs are guided by coverage.
fuzz: setup ## hostile texts and journals for a while, each (SECONDS=60)
	@for target in check journal; do $(BIN)/python -m tests.fuzz $$target --seconds $(SECONDS) || exit 1; done

lock: setup ## pin the newest allowed versions again (UPGRADE= keeps the pins that still fit)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	    || { echo "make lock needs Python 3.11, the oldest that mmm supports: make distclean lock PYTHON=python3.11" >&2; exit 1; }
	CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet $(UPGRADE) \
	    --extra dev --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --output-file requirements-dev.lock pyproject.toml

clean: ## remove what builds and tests left
	rm -rf build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## also remove the virtual environment
	rm -rf $(VENV)
