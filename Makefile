# Everything runs in .venv, which the first target that needs it makes from requirements.lock.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

BIN := .venv/bin
STAMP := .venv/.complete
# A file's tests stay in one process, so that what they start is started once.
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n logical --maxprocesses 8 --dist loadfile
# Parts of a target run to the end, also after one has failed.
PARTS := $(MAKE) --no-print-directory --keep-going

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Make .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml tools/make-environment
	@tools/make-environment
	@touch $@

.PHONY: run
run: setup ## Start everything with demo data: LB_HOST, LB_PORT and LB_DATA_DIR move it
	@exec $(BIN)/little-bandung up

.PHONY: test
test: setup ## Test everything on SQLite, on PostgreSQL and in Chromium
	+@$(PARTS) test-sqlite test-postgresql test-browser

.PHONY: test-sqlite
test-sqlite: setup
	LB_TEST_DATABASE=sqlite $(PYTEST) $(PARALLEL) -m "not browser and not deep"

.PHONY: test-postgresql
test-postgresql: setup
	LB_TEST_DATABASE=postgresql $(PYTEST) $(PARALLEL) -m "not browser and not deep"

# One browser at a time: its waiting times are part of what the journeys show.
.PHONY: test-browser
test-browser: setup
	LB_TEST_DATABASE=sqlite $(PYTEST) -m "browser and not deep"

.PHONY: test-deep
test-deep: export LB_TEST_DEEP := 1
test-deep: setup ## The same with larger numbers (up to 80 minutes)
	+@$(PARTS) test-deep-sqlite test-deep-postgresql

.PHONY: test-deep-sqlite
test-deep-sqlite:
	LB_TEST_DATABASE=sqlite $(PYTEST) $(PARALLEL)

.PHONY: test-deep-postgresql
test-deep-postgresql:
	LB_TEST_DATABASE=postgresql $(PYTEST) $(PARALLEL) -m "not browser"

.PHONY: check
check: setup ## Style, types, import contracts, translations, migrations
	+@$(PARTS) check-style check-format check-types check-imports check-translations check-migrations

.PHONY: check-style
check-style: setup
	$(BIN)/ruff check .

.PHONY: check-format
check-format: setup
	$(BIN)/ruff format --check .

.PHONY: check-types
check-types: setup
	$(BIN)/mypy

.PHONY: check-imports
check-imports: setup
	$(BIN)/lint-imports

.PHONY: check-translations
check-translations: setup
	$(BIN)/python -m app.core.catalogues check

.PHONY: check-migrations
check-migrations: setup
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export LB_DATA_DIR="$$folder" && unset LB_DATABASE_URL && \
	$(BIN)/little-bandung migrate && $(BIN)/alembic check

.PHONY: fix
fix: setup ## Let ruff repair and format what it can, and renew the translation catalogues
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m app.core.catalogues update

.PHONY: migrate
migrate: setup ## Bring the database of LB_DATABASE_URL up to date
	$(BIN)/little-bandung migrate

.PHONY: seed
seed: setup ## Load the reference facts
	$(BIN)/little-bandung seed

.PHONY: bench
bench: setup ## Measure speed against the reference apps of bench/reference
	$(BIN)/python -m bench

.PHONY: lock
lock: setup ## Renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --extra dev --no-emit-index-url --upgrade \
		pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove .venv and every cache; the data stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
