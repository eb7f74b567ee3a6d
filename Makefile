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

demo: setup ## typeset PDFs, make a data set, train, score, ask an unseen page (at most 10 minutes on two cores)
	$(BIN)/octavo synth mixed --count 400 --seed 1 --out $(DEMO)/pdfs
	$(BIN)/octavo fit $(DEMO)/pdfs --recipe demo --out $(DEMO)/run
	$(BIN)/octavo synth invoice --count 1 --seed 2 --out $(DEMO)/unseen
	$(BIN)/octavo ask $(DEMO)/run $(DEMO)/unseen/invoice-00000.pdf --save-image $(DEMO)/answer.png \
		"Which words are set in the largest type on this page?" "What is the total?"

lint: setup ## ruff and mypy
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check --quiet src tests benchmarks
	$(BIN)/mypy

test: setup ## all tests, offline, on two cores: each file's tests in one process, of one thread
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

clean: ## remove the environment and the demo's output
	rm -rf $(VENV) $(DEMO)
