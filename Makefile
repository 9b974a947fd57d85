# make demo   set-up, then train, test and draw on synthetic images (no download of data)
# make test   set-up, then all tests
# make lint   style, spelling and types
# make format  mends style as far as a program can
# make docs   the documentation as a site in site/
# make package  sdist and wheel, which are installed elsewhere and used
# make venv   set-up only
#
# Variables: PYTHON (the interpreter to start from), VENV (folder of the environment), EXTRA (the
# host packages: onedl or openmmlab), PYTEST_ARGS. Paths may contain spaces.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help venv demo test lint format docs package clean

PYTHON ?= python3
VENV ?= .venv
EXTRA ?= onedl
PYTEST_ARGS ?=
PY := "$(VENV)/bin/python"
# The environment is made anew when what describes it changes.
STAMP := .ready-$(EXTRA)-$(shell cat setup.py Makefile | cksum | tr ' ' '-')

DEMO_CONFIG ?= configs/mdpnet/mdpnet-tiny_synthetic-256x256.py
DEMO_DIR ?= work_dirs/demo
DEMO_ENV := env -u IRSTD_DATA_ROOT

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -10

# uv installs in a fraction of pip's time. onedl-mmcv has no wheel and is built here, without its
# compiled operators, which nothing in this project uses.
venv:
	@if [ ! -e "$(VENV)/$(STAMP)" ]; then \
	  echo "== environment: $(VENV) ($(EXTRA))"; \
	  [ -x $(PY) ] || $(PYTHON) -m venv "$(VENV)"; \
	  $(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet uv; \
	  MMCV_WITH_OPS=0 $(PY) -m uv pip install --compile-bytecode --python $(PY) -e ".[$(EXTRA),dev]"; \
	  $(PY) -c 'import mdp_plugin.registration'; \
	  rm -f "$(VENV)"/.ready-*; \
	  pwd > "$(VENV)/.checkout"; \
	  touch "$(VENV)/$(STAMP)"; \
	elif [ "$$(cat "$(VENV)/.checkout")" != "$$(pwd)" ]; then \
	  $(PY) -m uv pip install --quiet --python $(PY) --no-deps -e .; \
	  pwd > "$(VENV)/.checkout"; \
	fi

demo: venv
	@echo "== synthetic infrared images: data/synthetic"
	@$(PY) tools/make_synthetic_dataset.py data/synthetic
	@echo "== training: $(DEMO_CONFIG)"
	@$(DEMO_ENV) $(PY) tools/train.py $(DEMO_CONFIG) --work-dir "$(DEMO_DIR)" --resume
	@echo "== test on held-out images"
	@best=$$(ls -t "$(DEMO_DIR)"/best_*.pth | head -1); \
	  $(DEMO_ENV) $(PY) tools/test.py $(DEMO_CONFIG) "$$best" --work-dir "$(DEMO_DIR)/test"; \
	  $(DEMO_ENV) $(PY) tools/analysis_tools/draw_predictions.py $(DEMO_CONFIG) "$$best" \
	    --out "$(DEMO_DIR)/pictures"
	@echo "== pictures (image, truth, prediction): $$(pwd)/$(DEMO_DIR)/pictures"

# pip gets no index: mmengine's hub would install stock packages over the OneDL ones by itself.
test: venv
	@OMP_NUM_THREADS=1 PIP_NO_INDEX=1 PIP_FIND_LINKS= $(PY) -m pytest $(PYTEST_ARGS)

lint: venv
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m codespell_lib .
	@$(PY) -m mypy

format: venv
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

# A link, an anchor or a docstring that leads nowhere is an error. The variable silences an advertisement.
docs: venv
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --site-dir site
	@echo "== documentation: $$(pwd)/site/index.html"

package: venv
	@.ci/package $(PY)

clean:
	rm -rf build dist site *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
