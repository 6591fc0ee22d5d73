# The menu. `make demo` and `make test` set up everything they need; a second call is quick.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where Python keeps nothing compiled, each process that a test or the demo starts compiles the whole hub anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test coverage bench mutation lint lock clean

demo: $(VENV)/.run-time
	$(BIN)/hub demo $(if $(ONCE),--once) $(ARGS)

test: $(VENV)/.development $(VENV)/.browser
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# The same, with a count of the lines and branches that no test comes to; it takes half as long again.
coverage: $(VENV)/.development $(VENV)/.browser
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

bench: $(VENV)/.development
	$(BIN)/python -m bench $(ARGS)

mutation: $(VENV)/.development
	$(BIN)/python -m bench mutation $(ARGS)

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/mypy objects message_log hub scheduler admin tests bench

# Each stamp is renewed when its lock file (or setup.cfg, which names the command) changes.
$(VENV)/.run-time: requirements/run.txt setup.cfg
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.run-time
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/development.txt
	touch $@

# A Chromium of the machine serves; where there is none, one is installed. Without one the browser tests say so.
$(VENV)/.browser: $(VENV)/.development tests/browser/chromium.py
	if $(BIN)/python -m tests.browser.chromium; then touch $@; fi

# Upgrading is a decision: `make lock` writes both lock files anew from setup.cfg.
lock:
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile --quiet --generate-hashes --no-strip-extras --upgrade --python-version 3.11 --universal --no-header \
	    --extra sandbox --extra postgresql --extra celery --output-file requirements/run.txt setup.cfg requirements/build.in
	$(VENV)/lock/bin/uv pip compile --quiet --generate-hashes --no-strip-extras --upgrade --python-version 3.11 --universal --no-header \
	    --all-extras --constraint requirements/run.txt --output-file requirements/development.txt setup.cfg requirements/build.in
	rm -rf *.egg-info  # It would hide the commands of what is installed.

clean:
	rm -rf $(VENV) var build dist *.egg-info
