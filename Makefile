# Each target does its own set-up, once: `make demo` and `make test` work in a fresh clone.
# Python 3.11 to 3.13, git and make are all that must be there; `make PYTHON=python3.12 …` chooses another.

PYTHON ?= python3
VENV   ?= .venv
RUN     = $(VENV)/bin/python -m
STAMP   = $(VENV)/.installed
# One thread each: two threads on a busy two-core machine are slower, not faster.
export OMP_NUM_THREADS      = 1
export OPENBLAS_NUM_THREADS = 1
export MKL_NUM_THREADS      = 1
export PATH := $(abspath $(VENV))/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup system demo fuzz test test-site site site-next pdf serve lint format bench bench-grading experiments constraints public clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt tools/setup.py
	@$(PYTHON) tools/setup.py --venv $(VENV)
	@touch $@

setup: $(STAMP)  ## virtual environment with the tested versions
system:          ## system packages: bubblewrap (grading), Chromium and PostgreSQL (tests)
	@$(PYTHON) tools/setup.py --system bubblewrap chromium postgresql

# a public copy of the repository has no autograder
GRADING = $(wildcard autograder)

demo: $(STAMP)  ## build the site, grade a sample class, say what to open
	@$(if $(GRADING),$(PYTHON) tools/setup.py --system bubblewrap)
	@$(RUN) tools.site build
	@$(if $(GRADING),$(RUN) autograder demo --course build/demo --force)
	@echo "  site       $(abspath _build/html/index.html)   (make serve: http://localhost:8000)"

test: $(STAMP) system  ## the tests, but those that need the built site
	@$(RUN) pytest -n 2 -m "not site"

test-site: $(STAMP) system  ## the built site in headless Chromium
	@$(RUN) tools.site build
	@$(RUN) tools.site check
	@$(RUN) pytest -n 2 --dist worksteal -m site

site: $(STAMP)  ## the site, into _build/html
	@$(RUN) tools.site build

pdf: site  ## the whole book as _build/html/book.pdf, printed by Chromium
	@$(PYTHON) tools/setup.py --system chromium
	@$(RUN) tools.site pdf

serve: site  ## the site on http://localhost:8000
	@$(RUN) http.server 8000 --bind 127.0.0.1 --directory _build/html

site-next: $(STAMP)  ## the same sources under the current Sphinx, MyST-NB and theme
	@$(RUN) tools.site next

lint: $(STAMP)  ## ruff and mypy
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy $(wildcard rnncourse autograder experiments tools benchmarks)

fuzz: $(STAMP)  ## the fuzzers with other numbers and a larger budget (FUZZ_EXAMPLES=5000)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-5000} $(RUN) pytest -q tests/fuzz

format: $(STAMP)  ## format and mend what ruff can
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

bench: $(STAMP)  ## ratios of times, measured side by side
	@$(RUN) benchmarks

bench-grading: $(STAMP) system  ## grading against stock nbgrader (a quarter of an hour); N=… submissions
	@$(if $(GRADING),$(RUN) benchmarks.grading --submissions $(or $(N),60) --json benchmarks/grading.json)

experiments: $(STAMP)  ## published facts, measured again (a quarter of an hour)
	@$(RUN) experiments

constraints:  ## renew constraints.txt from the newest versions that pyproject.toml allows
	@$(PYTHON) tools/setup.py --venv .venv-new --no-constraints --freeze constraints.txt
	@rm -rf .venv-new

public: $(STAMP)  ## a public copy without solutions and hidden cases: make public TO=../rnncourse-public
	@$(RUN) tools.public $(or $(TO),$(error say where: make public TO=../rnncourse-public))

clean:  ## remove what the build made, not the environment
	rm -rf _build build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
