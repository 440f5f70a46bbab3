# Two commands do everything on a fresh machine with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
DEV := .venv/.ready

.PHONY: demo test test-full soak bench clean

demo: $(DEV)
	$(BIN)/rfm-service demo

test: $(DEV)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-full: $(DEV)
	$(BIN)/python -m pytest -n 2 --dist worksteal

soak: $(DEV)
	TEST_SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m slow

bench: $(DEV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m tests.benchmarks

$(DEV): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(DEV)

clean:
	rm -rf .venv demo
