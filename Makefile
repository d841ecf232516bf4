# One virtual environment in .venv, made with pip and constraints.txt; Node 20+ of the system, else one from PyPI.
# Stamps in .stamps say what is already done, so that a second start is quick.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
TYPESCRIPT := $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) \
	$(wildcard labextension/*.json labextension/*.mjs labextension/*.js labextension/*.ts)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

.stamps/environment: pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "Making the virtual environment .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing the Python packages (about two minutes the first time) ..."
	@$(PIP) 'hatchling>=1.27' 'hatch-jupyter-builder>=0.9' editables
	@mkdir -p patholearn_lab/labextension
	@SKIP_JUPYTER_BUILDER=1 $(PIP) --no-build-isolation --editable '.[dev]'
	@mkdir -p .stamps && touch $@

# Not `npm ci`: it refuses a lock file that lacks the binaries of other platforms, which not every registry serves.
# `npm install --no-save` installs exactly what the lock file says, and leaves it alone.
.stamps/node-modules: labextension/package.json labextension/package-lock.json .stamps/environment
	@echo "Installing the TypeScript packages ..."
	@cd labextension && ../scripts/with-node npm install --no-save --no-audit --no-fund --loglevel=error
	@mkdir -p .stamps && touch $@

# The environment was installed before the labextension was built, so that it is installed once more, in seconds:
# an editable install copies what is built to share/jupyter, where JupyterLab looks for it.
.stamps/build: .stamps/node-modules $(TYPESCRIPT)
	@echo "Building the labextension and the widgets ..."
	@cd labextension && PATH="$(CURDIR)/$(BIN):$$PATH" ../scripts/with-node npm run --silent build
	@SKIP_JUPYTER_BUILDER=1 $(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.PHONY: build
build: .stamps/build ## install everything and build the labextension and the widgets

# The notebook is the default address, not an argument: so it stands in the printed address too, where no browser opens.
.PHONY: lab
lab: build ## open JupyterLab on the first guided notebook
	@$(BIN)/jupyter lab $(AS_ROOT) --notebook-dir=notebooks --LabApp.default_url=/lab/tree/01_first_network.ipynb

.PHONY: demo
demo: build ## the same journey without a screen; the last line is one JSON object
	@$(BIN)/patholearn demo

.PHONY: check
check: build ## lint, types and layers only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config .importlinter
	@cd labextension && ../scripts/with-node npm run --silent lint

# The first share the cores, one thread of torch each. What starts servers and browsers runs after them and alone, so
# that nobody's patience ends by somebody else's load.
SIDE_BY_SIDE := tests/unit tests/repository tests/contract
ALONE := tests/gpu tests/integration tests/notebooks tests/ui

.PHONY: test
test: check ## everything: check, Python tests, TypeScript tests, notebooks, browser tests
	@cd labextension && ../scripts/with-node npm test --silent
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist loadfile $(SIDE_BY_SIDE)
	@$(BIN)/pytest $(ALONE)

# Not a part of `test`: counting the lines that run makes the Python tests take up to twice as long.
.PHONY: coverage
coverage: build ## which lines of the package the Python tests run
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist loadfile --cov --cov-report= $(SIDE_BY_SIDE)
	@$(BIN)/pytest --cov --cov-append --cov-report=term:skip-covered $(ALONE)

.PHONY: bench
bench: build ## the benchmarks; each prints a table and, as its last line, one JSON object
	@for file in tests/benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

.PHONY: wheel
wheel: build ## one wheel that holds the built labextension and widgets
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

.PHONY: clean
clean: ## remove what was built and installed
	rm -rf .venv .stamps dist build labextension/node_modules labextension/lib labextension/coverage
	rm -rf patholearn_lab/labextension patholearn_lab/widgets/static .mypy_cache .ruff_cache .pytest_cache .coverage
