# make run     the whole system on this machine, on http://127.0.0.1:8000 (PORT=9000 make run)
# make test    everything the tests need, then all tests
# make test-loaded  the same beside four busy loops: no test depends on the machine's speed
# make train   the default recipe from the archive to work/training/model.tar.gz; goes on where it ended
# make check   format, lint, types; the page's scripts, styles and HTML as well, where node is
# make lighthouse  Lighthouse and axe-core on the deployed app; the figures go to docs/quality.md
# make install the environment in .venv, with everything
# make bench   every stage against a plain implementation; make bench-quick in under a minute
# make report  the bundled model on the test reviews, the suite and the deletion test, as a page in work/report
# make clean   caches and test results; the environment and the road's files stay

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Chalice packs chalicelib as it lies, and no __pycache__ is to lie there
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: run train test test-loaded check check-page lighthouse install format bench bench-quick report clean help
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

run: .venv/installed-run
	@exec $(BIN)/python run_local.py --port $(PORT)

# PROCESSES=2 trains in two processes; TRAIN="--epochs 1" changes settings; ARCHIVE=FILE if you have it
train: .venv/installed-run
	$(BIN)/python -m sagemaker_jobs download $(if $(ARCHIVE),--archive "$(ARCHIVE)")
	test -f work/dataset-default/dataset.json || $(BIN)/python -m sagemaker_jobs prepare
	$(BIN)/python -m sagemaker_jobs train local --directory work/training \
	  --processes $(or $(PROCESSES),1) $(TRAIN)

# in the files' order, so that the short ones come last and all cores end at about the same time
test: .venv/installed-test
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test-loaded: .venv/installed-test
	$(BIN)/python -m tools.busy_loops $(MAKE) --no-print-directory test

install: .venv/installed-test

check: .venv/installed-test check-page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The page's scripts and styles, and every kind of page that the app serves. CI must have node.
QUALITY := tests/quality
NODE_BIN := $(QUALITY)/node_modules/.bin
PAGES := test-results/pages
check-page: .venv/installed-test | system-packages
	@if command -v npm >/dev/null 2>&1; then $(MAKE) --no-print-directory check-page-with-node; \
	else echo "note: the page is not checked: that takes node and npm" >&2; test -z "$$CI"; fi

.PHONY: check-page-with-node
check-page-with-node: $(QUALITY)/node_modules/installed
	$(NODE_BIN)/eslint --config $(QUALITY)/eslint.config.js static $(QUALITY)/*.js
	$(NODE_BIN)/stylelint --config $(QUALITY)/stylelint.config.js static/*.css
	rm -rf $(PAGES)
	PYTHONPATH=.:chalice_app $(BIN)/python -m tests.quality.served_pages $(PAGES)
	$(NODE_BIN)/html-validate --config $(QUALITY)/htmlvalidate.config.json $(PAGES)/*.html
	@if command -v java >/dev/null 2>&1; then \
	  java -jar $(QUALITY)/node_modules/vnu-jar/build/dist/vnu.jar --Werror $(PAGES)/*.html; fi

lighthouse: .venv/installed-test $(QUALITY)/node_modules/installed
	PYTHONPATH=.:model_pkg:chalice_app $(BIN)/python -m tests.quality.lighthouse

$(QUALITY)/node_modules/installed: $(QUALITY)/package-lock.json | system-packages
	cd $(QUALITY) && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
	@touch $@

format: .venv/installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/installed-test
	$(BIN)/python -m benchmarks

# small sizes on made-up reviews; fails where a target is missed twofold
bench-quick: .venv/installed-test
	$(BIN)/python -m benchmarks --quick

# ARCHIVE=FILE is extracted first, or one that lies near; with none, the step says what to do
HERE = $(or $(ARCHIVE),$(firstword $(wildcard work/aclImdb_v1.tar.gz ../shared/data/aclImdb_v1.tar.gz)))
REPORT := work/report
report: .venv/installed-test $(REPORT)/behaviour.json
	@if [ ! -d work/aclImdb ] && [ -n "$(HERE)" ]; then \
	  $(BIN)/python -m sagemaker_jobs download --archive "$(HERE)"; fi
	@if [ -d work/aclImdb ]; then $(MAKE) --no-print-directory $(REPORT)/deletion.json; fi
	@$(BIN)/python -m sagemaker_jobs report --behaviour $(REPORT)/behaviour.json \
	  $$([ ! -f $(REPORT)/deletion.json ] || echo --deletion $(REPORT)/deletion.json)

$(REPORT)/behaviour.json: pretrained/model.tar.gz $(wildcard evaluation/behaviour/cases/*.toml) | .venv/installed-test
	@mkdir -p $(@D)
	@echo "the behavioural suite ..." >&2
	@$(BIN)/python -m evaluation.behaviour --json > $@.partial && mv $@.partial $@

# its exit status tells of a target missed; the page shows it as well
$(REPORT)/deletion.json: pretrained/model.tar.gz | .venv/installed-test
	@mkdir -p $(@D)
	@echo "the deletion test, a minute or two ..." >&2
	@$(BIN)/python -m evaluation.deletion > $@.partial; test -s $@.partial && mv $@.partial $@

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed; try: PYTHON=python3.11 make run" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed-run: requirements.txt | .venv/created
	@echo "installing what running needs (about 1 GB, once) ..."
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

.venv/installed-test: requirements-dev.txt .venv/installed-run | system-packages
	$(BIN)/pip install --disable-pip-version-check --progress-bar on -r requirements-dev.txt
	@touch $@

# A C compiler for sagemaker-training, which is published as source only, a browser for the tests, node
# for what checks the page, and strace, by which a test sees that no program reports to others.
.PHONY: system-packages
system-packages:
	@missing=; \
	command -v cc >/dev/null 2>&1 || missing="$$missing gcc libc6-dev"; \
	command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 || \
	  missing="$$missing chromium-headless-shell"; \
	command -v npm >/dev/null 2>&1 || missing="$$missing nodejs npm"; \
	command -v strace >/dev/null 2>&1 || missing="$$missing strace"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  apt-get update && apt-get install -y --no-install-recommends $$missing; \
	else echo "note: not installed, and no apt-get as root to do it:$$missing" >&2; fi
