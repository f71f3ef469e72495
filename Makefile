# make run         run the whole system on http://127.0.0.1:8000, or on PORT=9000
# make test        install what the tests need, and run them all
# make test-loaded run all tests beside four busy loops
# make test-sdk    run SageMaker's Python SDKs 2 and 3 on local_aws (1.5 GB)
# make check       run formatter, linter and type checker; validate the page
# make format      format the code, and fix what the linter can fix
# make install     install everything in .venv
# make train       train the default recipe; resumes where it stopped
# make report      evaluate the bundled model; writes work/report/index.html
# make bench       measure every stage against a plain implementation
# make bench-quick do the same at small sizes, in a minute
# make soak        load the deployed zip and serve.py with 200 clients
# make fuzz        fuzz every parser and the deployed app for FUZZ_S=300 seconds
# make mutation    change the code at random; list changes that no test notices
# make lighthouse  measure the page; copies the figures to docs/quality.md
# make lock        pin what the container installs by digest
# make sbom        write the bills of materials (CycloneDX) to work/sbom
# make clean       delete caches and test results; keep .venv and work/

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check
# Chalice packs all of chalicelib, also a __pycache__
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: run train test test-loaded test-sdk soak fuzz check check-page lighthouse install format lock sbom bench bench-quick report clean help
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

# app.py keeps caches out of chalicelib by itself; the packages' make each later start faster
run: export PYTHONDONTWRITEBYTECODE :=
run: .venv/installed-run
	@exec $(BIN)/python run_local.py --port $(PORT)

# PROCESSES=2 trains in two processes; TRAIN="--epochs 1" changes settings; ARCHIVE=FILE skips the download
train: .venv/installed-train
	$(BIN)/python -m sagemaker_jobs download $(if $(ARCHIVE),--archive "$(ARCHIVE)")
	test -f work/dataset-default/dataset.json || $(BIN)/python -m sagemaker_jobs prepare
	$(BIN)/python -m sagemaker_jobs train local --directory work/training \
	  --processes $(or $(PROCESSES),1) $(TRAIN)

# in the files' order: the short ones come last, so all cores finish at about the same time
test: .venv/installed-test
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test-loaded: .venv/installed-test
	$(BIN)/python -m tools.busy_loops $(MAKE) --no-print-directory test

# not in `make test`: the SDKs take minutes to install, and wait 30 seconds between two looks
SDK_FLOW := $(BIN)/python -m tests.support.local_aws.sdk_flows
test-sdk: .venv/installed-test .venv-sdk2/installed .venv-sdk3/installed
	$(SDK_FLOW) .venv-sdk2/bin/python sdk_v2.py
	$(SDK_FLOW) .venv-sdk3/bin/python sdk_v3.py

.venv-sdk2/installed: SDK := sagemaker==2.257.7
.venv-sdk3/installed: SDK := sagemaker==3.27.0
.venv-sdk2/installed .venv-sdk3/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet "$(SDK)"
	@touch $@

# CLIENTS=20 SOAK_S=10 is a short one
soak: export PYTHONPATH := chalice_app
soak: .venv/installed-test
	$(BIN)/python -m tests.support.soak --clients $(or $(CLIENTS),200) --seconds $(or $(SOAK_S),60)

fuzz: export PYTHONPATH := chalice_app
fuzz: .venv/installed-test
	$(BIN)/python -m tests.support.fuzz --seconds $(or $(FUZZ_S),300) --seed $(or $(SEED),1)
	$(BIN)/python -m tests.support.fuzz.deployed --seconds $(or $(FUZZ_S),300) --seed $(or $(SEED),1)

install: .venv/installed-test

check: .venv/installed-test check-page
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Checks scripts, styles, and every kind of page that the app serves. CI must have Node.
QUALITY := tests/quality
NODE_BIN := $(QUALITY)/node_modules/.bin
PAGES := test-results/pages
check-page: .venv/installed-test | system-packages
	@if command -v npm >/dev/null 2>&1; then $(MAKE) --no-print-directory check-page-with-node; \
	else echo "note: the page is not checked; try: install Node and npm" >&2; test -z "$$CI"; fi

.PHONY: check-page-with-node
check-page-with-node: $(QUALITY)/node_modules/installed
	$(NODE_BIN)/eslint --config $(QUALITY)/eslint.config.js static $(QUALITY)/*.js
	node --test $(QUALITY)/*.test.mjs
	$(NODE_BIN)/stylelint --config $(QUALITY)/stylelint.config.js static/*.css
	rm -rf $(PAGES)
	PYTHONPATH=chalice_app $(BIN)/python -m tests.quality.served_pages $(PAGES)
	$(NODE_BIN)/html-validate --config $(QUALITY)/htmlvalidate.config.json $(PAGES)/*.html
	@if command -v java >/dev/null 2>&1; then \
	  java -jar $(QUALITY)/node_modules/vnu-jar/build/dist/vnu.jar --Werror $(PAGES)/*.html; fi

lighthouse: .venv/installed-test $(QUALITY)/node_modules/installed
	PYTHONPATH=chalice_app $(BIN)/python -m tests.quality.lighthouse

$(QUALITY)/node_modules/installed: $(QUALITY)/package-lock.json | system-packages
	cd $(QUALITY) && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
	@touch $@

format: .venv/installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Both use an environment of their own, so that neither grows what others install.
SUPPLY := .venv-supply/bin
lock: .venv-supply/installed
	@mkdir -p work
	grep -h '^numpy==' requirements-run.txt | cat - model_pkg/requirements.txt | \
	  $(SUPPLY)/uv pip compile - --quiet --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --python-version 3.11 --python-platform x86_64-unknown-linux-gnu \
	  --output-file work/requirements.lock
	sed -n '/^#/p' model_pkg/requirements.lock | cat - work/requirements.lock > work/lock.new
	mv work/lock.new model_pkg/requirements.lock

SBOM := --output-reproducible --mc-type application --of JSON --output-file work/sbom
sbom: .venv-supply/installed .venv/installed-test
	@mkdir -p work/sbom
	$(SUPPLY)/cyclonedx-py requirements model_pkg/requirements.lock $(SBOM)/container.cdx.json
	$(SUPPLY)/cyclonedx-py environment --pyproject pyproject.toml $(BIN)/python \
	  $(SBOM)/environment.cdx.json
	@echo "wrote work/sbom/container.cdx.json and work/sbom/environment.cdx.json"

.venv-supply/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet cyclonedx-bom==7.5.0 uv==0.13.9
	@touch $@

# MUTATION="text --mutants 40 --seed 2" chooses another sample
.PHONY: mutation
mutation: .venv-mutation/installed .venv/installed-test
	PYTHONPATH=model_pkg:.:$$(echo .venv-mutation/lib/python3*/site-packages) \
	  $(BIN)/python -m tools.mutation $(MUTATION)

.venv-mutation/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --disable-pip-version-check --quiet cosmic-ray==8.7.0
	@touch $@

bench: .venv/installed-test
	$(BIN)/python -m benchmarks

# small sizes on synthetic reviews; fails if a target is missed twofold
bench-quick: .venv/installed-test
	$(BIN)/python -m benchmarks --quick

# Extracts ARCHIVE=FILE, or an archive found nearby, first; without one, the step says what to do
HERE = $(or $(ARCHIVE),$(firstword $(wildcard work/aclImdb_v1.tar.gz ../shared/data/aclImdb_v1.tar.gz)))
REPORT := work/report
report: .venv/installed-test $(REPORT)/behaviour.json
	@if [ ! -d work/aclImdb ] && [ -n "$(HERE)" ]; then \
	  $(BIN)/python -m sagemaker_jobs download --archive "$(HERE)"; fi
	@if [ -d work/aclImdb ]; then $(MAKE) --no-print-directory $(REPORT)/deletion.json; fi
	@$(BIN)/python -m sagemaker_jobs report --behaviour $(REPORT)/behaviour.json \
	  $$([ ! -f $(REPORT)/deletion.json ] || echo --deletion $(REPORT)/deletion.json)

$(REPORT)/behaviour.json: pretrained/model.json $(wildcard evaluation/behaviour/cases/*.toml) | .venv/installed-test
	@mkdir -p $(@D)
	@echo "running the behavioural suite ..." >&2
	@$(BIN)/python -m evaluation.behaviour --json > $@.partial && mv $@.partial $@

# its exit status only reports a missed target, which the page shows too
$(REPORT)/deletion.json: pretrained/model.json | .venv/installed-test
	@mkdir -p $(@D)
	@echo "running the deletion test (a minute or two) ..." >&2
	@$(BIN)/python -m evaluation.deletion > $@.partial; test -s $@.partial && mv $@.partial $@

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results build
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed; try: PYTHON=python3.11 make run" >&2; exit 1; }
	$(PYTHON) -m venv $$($(PYTHON) -m pip --version >/dev/null 2>&1 && echo --without-pip) .venv
	@touch $@

# chalice brings a pip and a setuptools. So the pip of PYTHON, where it has one, installs the packages
# into an environment that is still without; else venv adds another copy, 20 MB larger, and slower.
# The wheels bring tests of their own, 24 MB in all, which nothing imports.
# The last line makes `import sentiment` work; it builds with chalice's setuptools.
FIRST_PIP = $(if $(wildcard $(BIN)/pip),$(PIP), \
  $(PYTHON) -m pip --python $(BIN)/python install --disable-pip-version-check)
.venv/installed-run: requirements-run.txt pyproject.toml setup.py | .venv/created
	@echo "installing what running needs (about 300 MB, once) ..."
	$(FIRST_PIP) --no-compile -r requirements-run.txt
	rm -rf .venv/lib/python3*/site-packages/onnx/backend/test
	find .venv/lib/python3*/site-packages/numpy -name tests -prune -exec rm -rf {} +
	$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# compileall is for the packages that are there already: most programs here write no caches
.venv/installed-train: requirements.txt .venv/installed-run
	@echo "installing what training and AWS need (about 1 GB, once) ..."
	$(PIP) -r requirements.txt
	-@$(BIN)/python -m compileall -qq -j 0 .venv/lib
	@touch $@

.venv/installed-test: requirements-dev.txt .venv/installed-train | system-packages
	$(PIP) -r requirements-dev.txt
	@touch $@

# A C compiler builds sagemaker-training, which is published as source only. The tests need three browsers,
# and strace to see that no program sends telemetry. The page's checks need Node.
.PHONY: system-packages
system-packages:
	@missing=; \
	command -v cc >/dev/null 2>&1 || missing="$$missing gcc libc6-dev"; \
	command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 || \
	  missing="$$missing chromium-headless-shell"; \
	command -v firefox-esr >/dev/null 2>&1 || missing="$$missing firefox-esr"; \
	command -v WebKitWebDriver >/dev/null 2>&1 || missing="$$missing webkit2gtk-driver xvfb xauth"; \
	command -v npm >/dev/null 2>&1 || missing="$$missing nodejs npm"; \
	command -v strace >/dev/null 2>&1 || missing="$$missing strace"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  apt-get update && apt-get install -y --no-install-recommends $$missing; \
	else echo "note: missing, and only root with apt-get can install it:$$missing" >&2; fi
