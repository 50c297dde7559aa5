# Two commands do everything on a fresh machine: `make demo` and `make test`. The rest is for people who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A process to a core, and all tests of a file in the same one, since they share what is slow to make.
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider -n auto --maxprocesses 8 --dist loadfile

.PHONY: help install demo test check audit parquet live upgrade lock format clean
help:  ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# A stamp per lock: a changed lock installs again, an unchanged one costs nothing.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dateline needs Python 3.11 or newer; try: make PYTHON=python3.12 demo")'
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@
$(VENV)/.run: $(VENV)/.made requirements.lock
	@echo "Installing pinned, hash-checked packages (about a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $@
$(VENV)/.dev: $(VENV)/.made requirements-dev.lock
	@echo "Installing pinned, hash-checked packages with the tools for tests (about a minute)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@ $(VENV)/.run

install: $(VENV)/.run  ## make the environment and nothing else

demo: $(VENV)/.run  ## run the whole pipeline on the sample edition, offline
	@./dateline demo

test: $(VENV)/.dev  ## run the test suite
	@$(PYTEST)

check: $(VENV)/.dev  ## run every check that CI runs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(PYTEST) --cov --cov-report=term-missing:skip-covered

audit: $(VENV)/.dev  ## ask the advisory service about every pinned package
	@$(BIN)/python .ci/audit --strict

live: $(VENV)/.run  ## set up mail or Slack, then run for good
	@./dateline init
	@./dateline serve

# Where the units of docs/systemd run it: make upgrade DATELINE=/usr/local/bin/dateline
upgrade: DATELINE ?= ./dateline
upgrade: $(VENV)/.run  ## back up, install, migrate, check
	@$(DATELINE) upgrade

parquet: $(VENV)/.run  ## install what `export --format parquet` needs
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-parquet.lock

lock: $(VENV)/.dev  ## write the two lock files anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	@echo "pyarrow>=17" | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' -o requirements-parquet.lock -

format: $(VENV)/.dev  ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## remove the environment and caches, never data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
