# make run    the whole suite with demo data in one terminal        make test   every test
# make check  format, lint, types, laws, sizes, catalogues          make bench  the figures of docs/benchmarks.md
# make vendor the front-end files of others, from npm by lock

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check bench clean lock catalogues vendor pictures

run: .venv/.run
	$(BIN)/python -m suite.up

test: .venv/.dev
	tests/install-system.sh
	if command -v npm >/dev/null; then $(MAKE) frontend/node_modules/.stamp; fi
	$(BIN)/coverage erase
	$(BIN)/python -m tools.tests $(ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=95 --include='billing/*,olltv_module/services/*,olltv_module/delivery/*,ppv_module/credits/*,ppv_module/chat/*'

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.sizes
	$(BIN)/python -m tools.laws
	$(BIN)/python -m tools.catalogues

bench: .venv/.dev
	tests/install-system.sh
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf .venv frontend/node_modules var exports build *.egg-info .coverage .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Bring new texts into translations/*/LC_MESSAGES/messages.po; `make check` fails until they are translated.
catalogues: .venv/.dev
	$(BIN)/python -m tools.catalogues --update

# Copy stylesheets, scripts and icons of others into weblib/static/vendor, as frontend/package-lock.json says.
vendor: .venv/.dev frontend/node_modules/.stamp
	$(BIN)/python -m tools.vendor

# Take the pictures of panel and cabinet that the documentation shows.
pictures: .venv/.dev
	tests/install-system.sh
	$(BIN)/python -m tests.browser.pictures

# Write the lock files anew from setup.cfg.
lock: .venv/.dev
	$(BIN)/pip-compile -q --no-emit-find-links --no-emit-index-url --strip-extras --generate-hashes \
		-o requirements.lock setup.cfg
	$(BIN)/pip-compile -q --no-emit-find-links --no-emit-index-url --strip-extras --generate-hashes \
		-c requirements.lock -o requirements-cabinet.lock userstats/requirements.in
	$(BIN)/pip-compile -q --no-emit-find-links --no-emit-index-url --strip-extras --generate-hashes --allow-unsafe \
		--extra test --extra check -c requirements.lock -o requirements-dev.lock setup.cfg

.venv/.run: requirements.lock setup.cfg
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

frontend/node_modules/.stamp: frontend/package-lock.json
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@
