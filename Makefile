.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPARK := $(if $(shell command -v java),--group spark)  # half a gigabyte, of no use without Java
PARALLEL := -n auto --maxprocesses 4 --dist loadgroup  # what needs search servers stays in one process

.PHONY: help install run test test-long superset lint format bench soak audit map clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev $(SPARK)
	@touch $(STAMP)

install: $(STAMP)  ## make the environment in .venv

run: $(STAMP)  ## the whole service on the built-in demo, until Ctrl-C
	$(BIN)/copytaster demo

test: $(STAMP)  ## every test that needs no special hardware
	$(BIN)/python -m pytest $(PARALLEL)

test-long: $(STAMP)  ## the long runs too
	$(BIN)/python -m pytest $(PARALLEL) -m "long or not long"

superset: $(STAMP)  ## the dashboard for Superset in a Superset of its own, 1 GB in .superset
	test -x .superset/bin/superset || $(PYTHON) -m venv .superset
	.superset/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-superset.txt \
		apache-superset psycopg2-binary rich cachetools  # it needs the last two, and does not say so
	$(BIN)/python -m pytest tests/dashboards/test_superset.py

lint: $(STAMP)  ## style, types, direction of imports, dependencies and their licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m bench.supply.licences

format: $(STAMP)  ## rewrite to the house style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMP)  ## figures of quality and speed, as tables and under bench/results/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group bench
	$(BIN)/python -m bench

soak: $(STAMP)  ## put faults in and print what the service held; the long forms of the trials
	$(BIN)/python -m bench soak

audit: $(STAMP)  ## known vulnerabilities of what is installed, and what could not be looked up (exit code 3)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group audit
	$(BIN)/python -m bench.supply.audit

map: $(STAMP)  ## draw the map of the rooms, docs/images/rooms.svg, from the imports
	$(BIN)/python -m bench.room_map

clean:  ## remove the environment and caches
	rm -rf $(VENV) .superset .mypy_cache .ruff_cache .pytest_cache build dist
