# `make run` and `make test` work on a fresh machine; rerunning is cheap. `make help` lists the targets: each has its line
# behind `##`.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := run
.PHONY: help run test prove bench lint hook pictures reference release lock clean
PY := .venv/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check
READY := .venv/.ready
TOOLS := .venv/.tools-ready
NODE := node_modules/.ready

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r target words; do printf '%-15s %s\n' "$$target" "$$words"; done

run: $(READY) ## Set everything up once, then serve http://127.0.0.1:8000
	@.venv/bin/tellsomeone serve

# Every test, the long ones on a sample. Six at a time on two cores: much of their time they wait. A process that has
# nothing left takes over the tests of another.
# `make test ONLY=<part>` runs one part; `make test AT='2027-03-28 23:58:00'` starts the clock of the run then.
PARTS := unit http browser offline leaving alerts
test: known-part $(TOOLS) $(NODE) ## Lint and run every test, the long ones on a sample; ONLY=<part> runs one part
	@tests/tools/browsers.sh
	@tests/tools/postgres.sh
	@$(if $(ONLY),,$(PY) tests/tools/lint.py)
	@$(if $(AT),tests/tools/at.sh '$(AT)') .venv/bin/pytest -n 6 --dist worksteal -q -m "not prove" $(if $(ONLY),tests/$(ONLY),--ignore=tests/bench)

.PHONY: known-part
known-part:
	@test "$(words $(ONLY))" -le 1 -a -z "$(filter-out $(PARTS),$(ONLY))" || \
		{ echo "ONLY is '$(ONLY)': name one of $(PARTS)." >&2; exit 1; }

# Every test whole, four at a time, with the tables of leaving and of offline written down, and the bench, which has the machine to itself.
prove: $(TOOLS) $(NODE) ## Run the long tests in full, then the bench; takes hours
	@tests/tools/browsers.sh
	@tests/tools/postgres.sh
	@$(PY) tests/tools/lint.py
	@rm -rf .tools/found
	@PROVE=1 .venv/bin/pytest -n 4 --dist worksteal -q --timeout 7200 -o faulthandler_timeout=0 --ignore=tests/bench; proved=$$?; $(PY) -m tests.leaving.table; $(PY) -m tests.offline.table; exit $$proved
	@$(MAKE) --no-print-directory bench

# What is measured: it has the machine to itself.
bench: $(TOOLS) ## Measure speed and memory on an idle machine
	@tests/tools/browsers.sh
	@tests/tools/postgres.sh
	@.venv/bin/pytest -q -s --timeout 7200 -o faulthandler_timeout=0 tests/bench

lint: $(TOOLS) $(NODE) ## Run every linter, on the sources and on the built site
	@$(PY) tests/tools/lint.py

hook: $(TOOLS) $(NODE) ## Let git run the quick linters before each commit
	@git config core.hooksPath .githooks
	@echo "git runs .githooks/pre-commit before each commit. To stop it: git config --unset core.hooksPath"

pictures: $(TOOLS) ## Take the pictures of the README again
	@tests/tools/browsers.sh
	@$(PY) -m tests.tools.pictures

reference: $(TOOLS) ## Update the commands and settings in docs/reference.md
	@$(PY) -m tests.tools.reference

release: $(READY) ## Set the version, close the changelog, commit and tag: VERSION=1.2.0
	@$(PY) tests/tools/release.py '$(VERSION)'

lock: $(READY) ## Update the lock files; UPGRADE=--upgrade takes the newest versions
	@test -x .tools/lock/bin/pip-compile || { $(PY) -m venv .tools/lock && \
		.tools/lock/bin/python -m pip install -qq --disable-pip-version-check pip-tools==7.6.2; }
	@for name in requirements requirements-editor requirements-dev tests/tools/node; do .tools/lock/bin/pip-compile -q $(UPGRADE) \
		--generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe --no-header \
		--output-file $$name.txt $$name.in || exit 1; done
	@bin=$$(tests/tools/node.sh) && PATH="$$bin:$$PATH" npm install --package-lock-only --loglevel=error >/dev/null

clean: ## Remove everything that was installed or built
	@rm -rf .venv .tools node_modules dist build *.egg-info test-results .*_cache .hypothesis
	@find server tests -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements.txt pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Tell Someone needs Python 3.11 or newer, as python3." >&2; exit 1; }
	@python3 -c 'import ensurepip' 2>/dev/null || test "$$(id -u)" != 0 || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv; } >/dev/null 2>&1 || true
	@python3 -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is not whole: install python3-venv and try again." >&2; exit 1; }
	@echo "Installing the server into .venv (once)."
	@$(PY) -c 'import pip' 2>/dev/null || python3 -m venv --clear .venv
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TOOLS): $(READY) requirements-dev.txt
	@echo "Installing what the tests need into .venv (once)."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

$(NODE): package.json package-lock.json .npmrc | $(READY)
	@echo "Installing the linters into node_modules (once)."
	@bin=$$(tests/tools/node.sh) && PATH="$$bin:$$PATH" npm ci --loglevel=error --no-progress >/dev/null
	@touch $@
