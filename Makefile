# Every entry point. `make` alone lists them.
# The first Python that the course can use; PYTHON=… names another.
RIGHT := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do $$p -c "$(RIGHT)" 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif
READY := .venv/.ready
# The matrices of this course are small: a second BLAS thread only spins, and stalls a busy machine.
export OPENBLAS_NUM_THREADS ?= 1

# A test file in each of two processes; a test's own processes come on top.
SIDE := --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help book pdf test lab exercises student grade demo serve test-slow ci replications bench bench-grading bench-scale fuzz constraints clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(READY): requirements.txt constraints.txt pyproject.toml
	@"$(or $(PYTHON),python3)" -c "$(RIGHT)" 2>/dev/null || { echo "This course needs Python 3.11, 3.12 or 3.13 with venv; found: $(or $(PYTHON),python3) = $$("$(or $(PYTHON),python3)" --version 2>&1 | tail -n 1). Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up .venv (once, a minute or two)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.txt --constraint constraints.txt --editable .
	@touch $@

book: $(READY)  ## build the HTML book, executing every notebook
	$(BIN)/python book/build.py

pdf: $(READY)  ## print the book to _build/pdf/, for paper (needs an installed Chromium)
	$(BIN)/python book/pdf.py

test: $(READY)  ## what to run before a commit: all tests that take seconds
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(SIDE) -m "not slow"

lab: $(READY)  ## open JupyterLab: chapters in book/, exercises in exercises/
	$(BIN)/jupyter lab

exercises: $(READY)  ## check solutions/ and make exercises/ from it
	$(BIN)/python -m utils.release exercises

student: $(READY)  ## write what students get: _build/student/NAME.zip
	$(BIN)/python -m utils.release student

grade: $(READY)  ## grade submitted/STUDENT/ASSIGNMENT/, write feedback/ and grades.csv
	$(BIN)/python -m utils.grading grade $(GRADE)

demo: $(READY)  ## grade a small made-up class and print its table
	$(BIN)/python -m utils.grading demo

serve: book  ## build the book and serve it at http://localhost:8000
	$(BIN)/python -m http.server 8000 --bind localhost --directory _build/html

test-slow: book  ## whole book, browser, every variant of every exercise, hostile submissions
	$(BIN)/python -m pytest $(SIDE) -m "slow and not alone"
	$(BIN)/python -m pytest -m alone

ci: test test-slow  ## everything

replications: $(READY)  ## run again what papers report; results go to book/_data/replications
	$(BIN)/python -m utils.replications

bench: $(READY)  ## time the sweep engine, the builds of the book and the tests
	$(BIN)/python tests/bench/sweep.py
	$(BIN)/python tests/bench/build.py

bench-grading: $(READY)  ## grade a class here and with stock nbgrader: speed, memory, scores
	$(BIN)/python tests/bench/grading.py

bench-scale: $(READY)  ## grade a class of 1 000: the coordinator's memory, and what many machines would do
	$(BIN)/python tests/bench/scale.py

fuzz: $(READY)  ## grade 2 100 damaged notebooks (ten minutes)
	MUTANTS=2000 $(BIN)/python -m pytest -m slow tests/test_mutants.py

constraints: $(READY)  ## resolve requirements.txt anew into constraints.txt
	$(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --no-header --no-annotate -o constraints.txt requirements.txt

clean:  ## remove what was built (the environment and student data stay)
	rm -rf _build build .pytest_cache .ruff_cache jupyter_execute
