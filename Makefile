# make app    sets up, and opens the app with an example ready to run
# make test   sets up, Chromium included, and runs every test
# make bench  speed, memory and quality against baselines, into bench/RESULTS.md: under an hour
# make quick  the tests that take a moment; make lint: ruff and mypy; make clean: start afresh

VENV ?= .venv
JOBS ?= 2
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)
PY := $(VENV)/bin/python
TORCH := "$(shell grep '^torch>' requirements.txt)"

# Debian's packages want root, or a sudo that asks for no password.
APT := $(shell [ "$$(id -u)" = 0 ] && echo apt-get || echo sudo -n apt-get)

.PHONY: app test bench quick lint clean chromium
.DEFAULT_GOAL := app

app: $(VENV)/.app
	$(PY) app.py --example walker --open

test: $(VENV)/.dev chromium
	$(PY) -m pytest -n $(JOBS) --dist loadgroup

bench: $(VENV)/.app
	$(PY) -m bench.results

quick: $(VENV)/.dev
	$(PY) -m pytest -n $(JOBS) --dist loadgroup -m "not slow and not browser"

lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

clean:
	rm -rf $(VENV) artefacts .mypy_cache .ruff_cache .pytest_cache .hypothesis

# torch goes first, so that nothing else chooses a build of it that brings CUDA along.
$(VENV)/.app: requirements.txt packages.txt
	@[ -n "$(PYTHON)" ] || { echo "Python 3.10 to 3.13 is needed: install it, or name it with 'make PYTHON=...'."; exit 1; }
	@echo "Setting up in $(VENV): two to three minutes, nearly all of it downloads."
	[ -x $(PY) ] || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install $(TORCH)
	$(PY) -m pip install -r requirements.txt
	@$(PY) -c "import cv2" 2>/dev/null \
	|| { $(APT) update -q && $(APT) install -y -q --no-install-recommends $$(cat packages.txt); } \
	|| { echo "OpenCV needs system libraries: install $$(echo $$(cat packages.txt)), then run make again."; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(PY) -m pip install -r requirements-dev.txt
	$(PY) -m pip install --no-deps pytorchcv==0.0.74
	@touch $@

# Debian's Chromium, or Playwright's own where there is no apt-get.
chromium: $(VENV)/.dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	|| { command -v apt-get >/dev/null && $(APT) update -q && $(APT) install -y -q --no-install-recommends chromium; } \
	|| $(PY) -m playwright install chromium \
	|| { echo "The browser tests need Chromium: install the package 'chromium', then run make test again."; exit 1; }
