# Two commands: `make run` (the rehearsal county, alive) and `make test`. Everything lands in .venv, node_modules and var.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PERSONS ?= 20000
DAYS ?= 21
PORT ?= 8000
# Each worker has a database of its own in one cluster; more than eight wait for the disk.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); [ $$n -gt 8 ] && echo 8 || echo $$n)
ROUNDS ?= 3
# Seconds the database is away under phones.
AWAY ?= 10
ARGS ?=
PYTEST = .venv/bin/python -m pytest

.PHONY: run env env-test test faults bench lint clean

run: env
	@exec .venv/bin/nanxi serve --rehearsal --persons $(PERSONS) --days $(DAYS) --port $(PORT) $(ARGS)

env:
	@$(if $(PYTHON),,$(error Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv))$(PYTHON) scripts/environment.py run

env-test:
	@$(if $(PYTHON),,$(error Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv))$(PYTHON) scripts/environment.py test

# The browser tests run where Chromium is, and say plainly when they are skipped; NANXI_E2E=required makes that a failure.
# They run apart: the browser's driver keeps an event loop in its thread, and Django rightly refuses the database there.
test: env-test
	$(PYTEST) -n $(JOBS) --dist loadfile -m "not faults and not e2e" $(ARGS)
	$(PYTEST) -n 0 -m e2e $(ARGS) || [ $$? -eq 5 ]

# Kill and fault loops on a cluster of their own. `make faults ROUNDS=20` in CI; `make faults ROUNDS=500 AWAY=60` takes hours.
faults: env-test
	NANXI_FAULT_ROUNDS=$(ROUNDS) NANXI_FAULT_AWAY_S=$(AWAY) $(PYTEST) -n 0 -m faults --timeout 28800 tests/faults $(ARGS)

bench: env-test
	@for question in bench/*.py; do echo "== $$question"; .venv/bin/python $$question || exit 1; done

lint: env-test
	.venv/bin/ruff check .
	.venv/bin/pyright
	.venv/bin/lint-imports

# Leaves var/ alone: a county may live there.
clean:
	rm -rf .venv node_modules nanxi/web/static/vendor .pytest_cache .ruff_cache .hypothesis
