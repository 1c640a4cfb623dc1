# The workflow of this project, executable. `make help` lists it.
# Everything lives in .venv/ beside this file, so clones do not disturb each other.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?=
DATA ?= .litfass
WORKERS ?= 4

.DEFAULT_GOAL := help
.PHONY: help install up test bench check lint types imports schemas schemas-check verifiers checkers lighthouse docs unit serial lock format clean

help: ## list what can be done
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.ready ## all set-up: .venv/ with .venv/bin/litfass

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Litfass needs Python 3.11 or newer; this is %d.%d. Say which to use: make PYTHON=python3.12 …" % v[:2])'
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -c 'import pathlib, site; pathlib.Path(site.getsitepackages()[0], "litfass-checkout.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	@printf '#!%s/python\nimport sys\nfrom litfass.cli import main\nsys.exit(main())\n' "$(abspath $(BIN))" > $(BIN)/litfass && chmod +x $(BIN)/litfass
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "Setting up the tools for tests (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

up: install ## set everything up and run the whole newsroom on one port (PORT=, DATA=)
	@$(BIN)/litfass up --data $(DATA) $(if $(PORT),--port $(PORT))

test: $(VENV)/.ready-dev check unit serial ## set everything up, then every check and test

check: $(VENV)/.ready-dev lint types imports schemas-check ## ruff, mypy, import contracts, generated schemas

lint: $(VENV)/.ready-dev
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/codespell

types: $(VENV)/.ready-dev
	@$(BIN)/mypy

imports: $(VENV)/.ready-dev
	@$(BIN)/lint-imports --no-cache --cache-dir '' 2>/dev/null || $(BIN)/lint-imports --no-cache

schemas-check: $(VENV)/.ready-dev
	@$(BIN)/python -m shared.contracts.jsonschema --check
	@$(BIN)/python -m shared.contracts.asyncapi --check

schemas: $(VENV)/.ready ## write shared/contracts/jsonschema/ and asyncapi.json anew from the contracts
	@$(BIN)/python -m shared.contracts.jsonschema
	@$(BIN)/python -m shared.contracts.asyncapi

verifiers: ## the vendors' own signature checks and AsyncAPI's parser, which must agree with us (needs node and npm)
	@cd tests/official && npm ci --ignore-scripts --no-audit --no-fund --silent

checkers: ## what judges our pages: the Nu HTML Checker and axe-core (needs npm; java to run the first)
	@cd tests/checkers && npm ci --ignore-scripts --no-audit --no-fund --silent

lighthouse: ## what `make bench BENCH=pages` asks about our pages (needs npm)
	@cd bench/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --silent

docs: $(VENV)/.ready-dev ## write the tables of docs/reference/ anew from the code
	@$(BIN)/python -m tests.architecture.reference

unit: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not serial"

serial: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest -q -m serial

bench: $(VENV)/.ready-dev ## how fast is it, beside a floor measured in the same run (some only: BENCH="reads adapt")
	@$(BIN)/python -m bench $(BENCH)

format: $(VENV)/.ready-dev ## put the code in order
	@$(BIN)/ruff check --fix-only --quiet . || true
	@$(BIN)/ruff format --quiet .

lock: ## resolve requirements*.lock anew (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --group dev -o requirements-dev.lock

clean: ## throw away what was made: the environment, caches, and the demo's data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis $(DATA)
