PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
UNSEEN := $(DEMO)/unseen/invoice-00000.pdf
QUESTIONS := "What is the total?" "Who is the customer?" "What is the date of birth?"

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

demo: setup ## ask typeset pages that octavo-nano never saw, fine-tune it on their kind, ask again (10 minutes on two cores)
	$(BIN)/octavo synth invoice --count 1 --seed 2 --out $(DEMO)/unseen
	$(BIN)/octavo ask $(UNSEEN) --save-image $(DEMO)/answer.png $(QUESTIONS)
	$(BIN)/octavo synth mixed --count 160 --seed 1 --out $(DEMO)/pdfs
	$(BIN)/octavo fit $(DEMO)/pdfs --out $(DEMO)/run
	$(BIN)/octavo ask $(DEMO)/run $(UNSEEN) $(QUESTIONS)

lint: setup ## ruff and mypy
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check --quiet src tests benchmarks
	$(BIN)/mypy

test: setup ## all tests, offline, on two cores: each file's tests in one process, of one thread
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

clean: ## remove the environment and the demo's output
	rm -rf $(VENV) $(DEMO)
