# Two commands on a fresh machine: `make run` and `make test`. Both do nothing twice.
.DELETE_ON_ERROR:
.PHONY: run test prove lint lock clean
PY := .venv/bin/python
READY := .venv/.ready
TOOLS := .venv/.tools-ready

run: $(READY)
	@.venv/bin/tellsomeone serve

$(READY): requirements.txt pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tell Someone needs Python 3.11 or newer.")'
	@test -x $(PY) || python3 -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
