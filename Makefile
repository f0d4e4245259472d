# The two commands of the README are `make demo` and `make test`. Each makes its own virtual environment in .venv.
PYTHON ?= python3
BIN := .venv/bin
# How many tests run at once. One of whole controllers at most: see tests/conftest.py.
AT_ONCE ?= 2
# What pytest's own `timeout` raises may be swallowed by a task of asyncio: what hangs on ends its process, so that the run ends.
HANGS := -o faulthandler_timeout=1000 -o faulthandler_exit_on_timeout=true

.PHONY: demo demo-ai test lint unit bench dashboard docs clean

demo: .venv/installed
	$(BIN)/bluegreen demo

demo-ai: .venv/installed
	$(BIN)/bluegreen demo ai

test: lint unit

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: .venv/installed
	$(BIN)/pytest -n $(AT_ONCE) --dist loadfile --max-worker-restart 0 $(HANGS)

bench: .venv/installed
	$(BIN)/python -m bench.run

# The page that the wheel ships; a test compares it with what is committed.
dashboard: .venv/installed
	cd dashboard && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci && PATH="$(CURDIR)/$(BIN):$$PATH" npm run build

docs: .venv/installed
	$(BIN)/python -m bluegreen.reference
	$(BIN)/mkdocs build --strict --site-dir build/site

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "bluegreen needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
