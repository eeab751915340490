# Everything a fresh Debian machine with Python 3.11 needs: `make demo`, `make test`. `make` alone prints the verbs.

.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
    $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
VENV ?= .venv
PYSIDE ?= .venv-pyside
WORKERS ?= 2
# `make TORCH_BACKEND=cpu demo` takes PyTorch's small CPU build; `cu130`, `rocm6.4`, `auto`, ... work too.
TORCH_BACKEND ?=

BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(VENV) $(if $(TORCH_BACKEND),UV_TORCH_BACKEND=$(TORCH_BACKEND)) $(BIN)/uv pip install -c constraints.txt
PIP := $(BIN)/python -m pip install

WINDOW_PACKAGES := xvfb xauth libgl1 libegl1 libgl1-mesa-dri libglib2.0-0 libfontconfig1 libdbus-1-3 \
    libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 \
    libxcb-render-util0 libxcb-shape0 libxcb-xinerama0

# Looked up when a test starts, after `system` had its turn: a screen nobody sees, and no Qt where Qt can't be loaded.
SCREEN = $(shell command -v xvfb-run >/dev/null && echo xvfb-run -a)
NO_QT = $(shell $(BIN)/python -c 'import PyQt6.QtWidgets, vispy.util.fonts' 2>/dev/null || echo -p no:pytest-qt -p no:napari)
PYTEST = OMP_NUM_THREADS=1 $(SCREEN) $(BIN)/pytest $(NO_QT) -n $(WORKERS) --dist loadfile

.PHONY: help
help: ## Print these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.runtime ## Simulate a screen, train on it, score it, write a report (minutes, no data needed)
	$(BIN)/cdcl demo

.PHONY: test
test: lint system ## Run every check but the slow tests; what CI runs
	$(PYTEST)

.PHONY: test-all
test-all: lint system ## Run every check, the slow tests too
	$(PYTEST) -m ""
	$(MAKE) test-builds

.PHONY: test-hostile
test-hostile: $(VENV)/.dev ## Damage every file of a run, kill every verb at work; TRIES=40 KILLS=34 take a sample (long)
	ulimit -v 33554432; timeout 7200 $(BIN)/python tests/hostile/hostile_files.py $(if $(TRIES),--tries $(TRIES))
	ulimit -v 33554432; timeout 3600 $(BIN)/python tests/hostile/random_kills.py $(if $(KILLS),--kills $(KILLS))
	ulimit -v 33554432; timeout 3600 $(BIN)/python tests/hostile/bad_outputs.py

.PHONY: test-cluster
test-cluster: $(VENV)/.dev ## Submit real jobs to a SLURM cluster that runs on this machine alone (minutes)
	@.ci/debian slurm-wlm munge openssh-server openssh-client
	OMP_NUM_THREADS=1 $(BIN)/pytest -m "" tests/cluster

.PHONY: test-pyside
test-pyside: system ## Run the window's tests with PySide6 instead of PyQt6, in an environment of its own
	$(MAKE) VENV=$(PYSIDE) $(PYSIDE)/.pyside
	QT_API=pyside6 OMP_NUM_THREADS=1 $(SCREEN) $(PYSIDE)/bin/pytest -n $(WORKERS) --dist loadfile -m "" tests/plugin

.PHONY: test-newest
test-newest: $(VENV)/.dev ## Use the wheel with the newest of every dependency, outside the checkout
	.ci/leg newest

.PHONY: test-oldest
test-oldest: $(VENV)/.dev ## Use the wheel with the oldest dependencies that are promised
	.ci/leg oldest

.PHONY: test-builds
test-builds: $(VENV)/.dev ## Use the wheel with pre-releases, and with each mix of torch and torchvision for CPU and CUDA (gigabytes)
	.ci/leg pre
	for torch in cpu cuda; do for vision in cpu cuda; do .ci/leg mixed $$torch $$vision || exit 1; done; done

.PHONY: lint
lint: $(VENV)/.dev ## Check style, spelling, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/typos
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(VENV)/.dev ## Mend style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(VENV)/.dev ## Run the benchmarks; each prints its table (long)
	for script in $$(grep -l __main__ benchmarks/*.py); do echo "== $$script" && $(BIN)/python $$script || exit 1; done

.PHONY: tour-explore
tour-explore: $(VENV)/.dev system ## Drive the real window through docs/explore.md and draw its pictures (minutes)
	$(if $(SCREEN),$(SCREEN) -s "-screen 0 1600x1000x24") $(BIN)/python docs/tour_explore.py

.PHONY: tour-menu
tour-menu: $(VENV)/.dev system ## Drive the real window from the menu through two screens and two runs (minutes)
	$(if $(SCREEN),$(SCREEN) -s "-screen 0 1600x1000x24") $(BIN)/python docs/tour_menu.py

.PHONY: tour-decide
tour-decide: $(VENV)/.dev system ## Drive the real window from a dose screen to a list of hits and draw docs/decide.md's pictures (minutes)
	$(if $(SCREEN),$(SCREEN) -s "-screen 0 1366x768x24") $(BIN)/python docs/tour_decide.py

.PHONY: tour-train
tour-train: $(VENV)/.dev system ## Drive the real window from a simulated screen to a trained embedding (minutes)
	$(if $(SCREEN),$(SCREEN) -s "-screen 0 1600x1000x24") $(BIN)/python docs/tour_train.py

.PHONY: docs
docs: $(VENV)/.docs ## Build the site of docs/ into site/; fails on a link that leads nowhere
	$(BIN)/mkdocs build --strict

.PHONY: install
install: $(VENV)/.dev ## Make the environment, with all that tests and checks need

.PHONY: system
system: ## Install the system's part of the window tests as root, else name the packages
	@.ci/debian $(WINDOW_PACKAGES) || echo "Until then the tests that open a window are skipped."

.PHONY: clean
clean: ## Remove what make made: environment, caches, builds (runs stay)
	rm -rf $(VENV) $(PYSIDE) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src trainer tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# PyTorch goes first and by pip: the constraint then holds it, where a bare `timm` would bring the newest build.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/uv
	$(if $(TORCH_BACKEND),$(UV),$(PIP) -c constraints.txt) torch
	$(UV) -e .
	@touch $@

# Without its own dependencies: centrosome asks for a Pillow below 12, and works with the one that users get.
CLASSICAL := cp_measure centrosome mahotas deprecation

$(VENV)/.dev: $(VENV)/.runtime
	$(UV) -e . --group dev
	$(UV) --no-deps $(CLASSICAL)
	@touch $@

$(VENV)/.docs: $(VENV)/.runtime
	$(UV) --group docs
	@touch $@

$(PYSIDE)/.pyside: $(PYSIDE)/.runtime
	$(UV) -e . --group test "napari[pyside6]"
	VIRTUAL_ENV=$(PYSIDE) $(BIN)/uv pip uninstall pyqt6 pyqt6-qt6 pyqt6-sip
	@touch $@

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found: name one with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/debian $(notdir $(PYTHON))-venv
	$(PYTHON) -m venv $(VENV)
	$(PIP) --quiet --upgrade pip uv
