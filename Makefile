# make setup   the environment (.venv, with .venv/bin/octavo)
# make demo    the main job on documents that the project typesets itself
# make test    all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.installed ## make the environment: .venv, with .venv/bin/octavo

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Octavo needs Python 3.11 or newer: make setup PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup ## typeset PDFs, make a data set, train, score, answer a question (at most 10 minutes on two cores)
	$(BIN)/octavo synth mixed --count 240 --out $(DEMO)/pdfs --seed 1
	$(BIN)/octavo fit $(DEMO)/pdfs --out $(DEMO)/run --recipe demo
	$(BIN)/octavo ask $(DEMO)/run $(DEMO)/pdfs/$(DEMO_FILE) "$(DEMO_QUESTION)"

lint: setup ## ruff and mypy
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check --quiet src tests
	$(BIN)/mypy

test: setup ## all tests, offline
	$(BIN)/python -m pytest

clean: ## remove the environment and the demo's output
	rm -rf $(VENV) $(DEMO)
