# Two commands do everything on a fresh machine with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
DEV := .venv/.ready
SPARK_VERSION := $(shell sed -n 's/^pyspark-client==//p' constraints.txt)
SPARK := build/spark-$(SPARK_VERSION)/.ready

.PHONY: demo test test-full soak spark bench clean

demo: $(DEV)
	$(BIN)/rfm-service demo

test: $(DEV)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-full: $(DEV) $(SPARK)
	$(BIN)/python -m pytest -n 2 --dist worksteal

soak: $(DEV) $(SPARK)
	TEST_SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m slow

bench: $(DEV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m tests.benchmarks

$(DEV): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(DEV)

spark: $(SPARK)

# What only the slow tests need: clusters and PostgreSQL, and a whole Spark (450 MB) beside the environment, where it
# hides no client that is tried.
$(SPARK): $(DEV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,dask,spark,postgres]"
	test -x build/spark-$(SPARK_VERSION)/pyspark/bin/spark-class || $(BIN)/python -m pip install --quiet --no-deps \
		--target build/spark-$(SPARK_VERSION) pyspark==$(SPARK_VERSION)
	touch $(SPARK)

clean:
	rm -rf .venv demo
