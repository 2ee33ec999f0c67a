# Everything starts from Python and make; each target does the set-up it needs and may be run again.
SHELL := /bin/sh
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup screens demo test check bench soak docs clean

setup: $(VENV)/.installed
	@$(BIN)/python -m web.vendor || true

$(VENV)/.installed: requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "Outreach needs Python 3.11, 3.12 or 3.13 and found none on PATH."; \
		echo "Install one (Debian/Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13) and run this again."; \
		exit 2; fi
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. Debian/Ubuntu: apt install python3-venv"; exit 2; }
	@echo "Installing into $(VENV) with $(PYTHON) (about a minute the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	@$(BIN)/outreach demo

# Processes that are killed, and the demo, are played when nothing else takes the processors.
test: setup
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m 'not soak and not alone'
	@$(BIN)/python -m pytest -m 'alone and not soak'

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.rows
	@$(BIN)/python docs/generate.py --check
	@$(BIN)/mkdocs build --strict --site-dir .build/site

# Pictures of every page of the console in light and dark, into docs/screens/.
screens: setup
	@$(BIN)/python -m tests.browser.gallery

bench: setup
	@$(BIN)/python -m benchmarks

soak: setup
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m soak

clean:
	rm -rf $(VENV) .build .mypy_cache .ruff_cache .pytest_cache
