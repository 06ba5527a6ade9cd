# One command for each thing; `make help` lists them.
# The system's own Python, where it will do: distributions optimise it by profiles (PGO), which makes feedhub a fifth
# faster than one that pyenv compiles by default. PYTHON= names another.
PYTHON ?= $(shell for python in /usr/bin/python3 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; done; echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
CLIENTS := newsboat sfeed curl rss2email
BROWSER := chromium fonts-noto-cjk
PROXIES := nginx caddy openssl
# RUNLEVEL: servers are installed, not started.
APT    := env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends
EXTRAS := test,dev
ifeq ($(CI),true)
EXTRAS := $(EXTRAS),e2e
endif
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Modules are compiled once, not by each of the hundred processes that tests start, whatever the environment says. Files
# are kept in memory where there is a gigabyte for them: databases wait for the disk at every commit.
MEMORY := $(shell [ "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 1000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(MEMORY) $(BIN)/python -m pytest

.PHONY: help run test quick lint soak kills constraints bench dedup-report programs axe clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8

# Two stamps: running needs less than testing. Both follow pyproject.toml.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "feedhub needs Python 3.11 or newer; name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "making a virtual environment failed; Debian and Ubuntu have it in python3-venv" >&2; exit 1; }

$(VENV)/.runs: pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.tests: pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) for tests ..."
	@$(PIP) -e '.[$(EXTRAS)]' || { $(PIP) -e '.[test,dev]' && echo "could not install Playwright; the browser tests are skipped"; }
	@touch $@ $(VENV)/.runs

run: $(VENV)/.runs  ## start feedhub over its wire room, or over CONFIG=config/feedhub.toml
	@$(if $(CONFIG),exec $(BIN)/feedhub run --config $(CONFIG),exec $(BIN)/feedhub demo)

lint: $(VENV)/.tests  ## ruff, mypy and the import contracts
	@$(BIN)/ruff check --quiet src tests bench
	@$(BIN)/ruff format --quiet --check src tests bench
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >.lint-imports.log || { cat .lint-imports.log; exit 1; }

# On a CI machine only, where it may: nobody's own machine is changed. Tests of what is missing are skipped and say so.
programs:  ## in CI, install the programs that tests use: feed readers, proxies, Chromium and its fonts
	@if [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		timeout 60 apt-get update -qq >/dev/null 2>&1; \
		timeout 180 $(APT) $(CLIENTS) >/dev/null 2>&1 || echo "could not install $(CLIENTS); their tests are skipped"; \
		timeout 180 $(APT) $(PROXIES) >/dev/null 2>&1 || echo "could not install $(PROXIES); their tests are skipped"; \
		timeout 400 $(APT) $(BROWSER) >/dev/null 2>&1 || echo "could not install $(BROWSER); the browser tests are skipped"; \
	fi

axe: | $(VENV)/bin/python  ## in CI, install axe-core, which looks over the pages
	@if [ "$$CI" = true ]; then \
		timeout 120 npm install --silent --no-audit --no-fund --prefix $(VENV)/axe axe-core@4 >/dev/null 2>&1 \
		|| echo "could not install axe-core; its test is skipped"; \
	fi

# Three files at once, in their order: half of what slow tests do is to wait, and those of a file may share a daemon.
test: lint programs axe  ## everything: lint, types, contracts, quick and slow tests
	@$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder

quick: $(VENV)/.tests  ## the quick tests only, on all cores
	@$(PYTEST) -m "not slow" -n auto

bench: $(VENV)/.tests  ## measure polling against other programs, draw how its cost grows
	@$(BIN)/python bench/poll.py --sources 500 --items 30
	@$(BIN)/python bench/growth.py docs/growth.svg

dedup-report: $(VENV)/.tests  ## what each rule of the merge gives, over the labelled items in DATA=directory
	@$(if $(DATA),$(BIN)/python bench/ablation.py $(DATA),echo "name a directory with items.jsonl and labels.jsonl: make dedup-report DATA=..." >&2; exit 2)

soak: $(VENV)/.tests  ## 72 simulated hours over 1,000 sources: nothing may grow (HOURS=, SOURCES=)
	@$(BIN)/python bench/soak.py --hours $(or $(HOURS),72) --sources $(or $(SOURCES),1000)

kills: $(VENV)/.tests  ## kill -9 in 200 rounds under load, and 50 power cuts
	@FEEDHUB_KILLS=200 FEEDHUB_POWER_CUTS=50 $(PYTEST) tests/hostile/test_hostile_kills.py -k "kill_9 or power_cut" --timeout 3600

constraints: $(VENV)/.runs  ## write constraints.txt anew: exact versions and hashes of what the image installs
	@$(PIP) 'pip-tools>=7.4'
	@$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --build-deps-for wheel --no-emit-options --no-header --no-annotate --output-file constraints.txt pyproject.toml

clean:  ## remove what the commands above made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .lint-imports.log
