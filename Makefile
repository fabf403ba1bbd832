# Two commands: `make demo` and `make test`. Each first makes .venv with the pinned packages, by uv, by itself.
SHELL := /bin/sh
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# By uv's own certificates; behind a proxy with a certificate of its own, by the machine's.
SYNC := $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock

.PHONY: demo test test-long check bench reference lock clean
.DELETE_ON_ERROR:

demo: $(READY)
	@rm -rf demo
	@$(BIN)/baiqau demo --keep demo

test: $(READY) system-packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist loadfile -m "not long"

test-long: $(READY) system-packages
	$(BIN)/pytest -n auto -m long

bench: $(READY)
	$(BIN)/python bench/admission.py
	$(BIN)/python bench/draws.py
	$(BIN)/python bench/pool.py
	$(BIN)/python bench/integrity.py
	$(BIN)/python bench/intake.py
	$(BIN)/python bench/diplomas.py
	$(BIN)/python bench/rulebooks.py

reference: $(READY)
	$(BIN)/python -m worker.reference docs/reference

lock: $(READY)
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) demo

# A virtual environment of Python 3.11. Debian keeps what venv needs in a package of its own: as root we install it,
# else we say so.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "baiqau needs Python 3.11: install it, or say where with PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); sh tools/system-packages python3-venv && $(PYTHON) -m venv $(VENV); }

$(READY): $(BIN)/python requirements.lock bootstrap.lock pyproject.toml
	@echo "installing the pinned packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock
	@$(SYNC) 2>/dev/null || $(SYNC) --system-certs
	@$(BIN)/uv pip install --quiet --offline --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: system-packages
system-packages:
	@sh tools/system-packages poppler-utils openssl strace chromium chromium-driver xxd
