# Everything a checkout needs: Python 3.11 or newer, make and git.

SHELL := /bin/bash
VENV := .venv
# What is compiled is kept, whatever the shell says: tests start many processes.
export PYTHONDONTWRITEBYTECODE :=
BIN := $(VENV)/bin
RUNNABLE := $(VENV)/.runnable
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

.PHONY: test
test: $(INSTALLED)  ## all tests
	$(BIN)/python -m pytest -n 3

.PHONY: soak
soak: $(INSTALLED)  ## the tests that take minutes, and the laws at random, ten times as often
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: atheris
	$(BIN)/python -m pytest -m soak
	$(BIN)/python -m pytest -n 4 -m 'hypothesis and not soak' --hypothesis-profile=soak

.PHONY: bench
bench: $(INSTALLED)  ## what everything costs, into docs/benchmarks.md (minutes)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m tests.benchmarks

.PHONY: pictures
pictures: $(INSTALLED)  ## write the pictures in docs/ anew, from what it really shows
	WRITE_PICTURES=1 $(BIN)/python -m pytest -q tests/integrations/inspector/test_pictures.py \
		tests/integrations/commands/test_pictures.py

.PHONY: demo
demo: $(RUNNABLE)  ## the whole system against a Discord on the loopback
	$(BIN)/latido demo

.PHONY: check
check: lint types imports generated  ## lint, format, strict types, import rules, generated files

.PHONY: lint
lint: $(INSTALLED)  ## lint and format, without changing anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(INSTALLED)  ## strict types
	$(BIN)/mypy

.PHONY: imports
imports: $(INSTALLED)  ## the import rules
	$(BIN)/lint-imports

.PHONY: generated
generated: $(INSTALLED)  ## generated documents say what the code says
	$(BIN)/python -m integrations.generated_docs --check

.PHONY: diagrams
diagrams: $(INSTALLED)  ## write the generated documents
	$(BIN)/python -m integrations.generated_docs

.PHONY: format
format: $(INSTALLED)  ## format and apply the safe fixes
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: constraints
constraints:  ## newest versions that fit pyproject.toml, into constraints.txt
	@.ci/constraints

.PHONY: clean
clean:  ## remove the virtual environment and the caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# What a bot needs, and what this checkout needs: the latter has the former in it.
$(RUNNABLE): INSTALLS := .
$(INSTALLED): INSTALLS := .[dev]

$(RUNNABLE) $(INSTALLED): pyproject.toml constraints.txt .ci/python
	@echo "Installing into $(VENV): half a minute to a whole one."
	@set -e; \
	python=$$(.ci/python); \
	if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
		rm -rf $(VENV); \
		"$$python" -m venv $(VENV); \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '$(INSTALLS)'
	@touch $@ $(RUNNABLE)
