# The commands: `make demo` trains a network, `make lab` opens the browser lab, `make test` runs the
# whole test suite.
# Each makes .venv from the pinned requirements first; nothing but the package indexes of Python and,
# for the lab's page, of Node is asked.

BIN := .venv/bin
UV ?= uv
LOCK = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-config --quiet \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	--group build pyproject.toml

.PHONY: demo lab page test lint types web suite neon sanitize environment-demo environment-test lock clean
.NOTPARALLEL:

demo: environment-demo
	$(BIN)/glassnet train digits

lab: environment-demo
	@.venv/bin/python web/build.py --required
	$(BIN)/glassnet lab

page: environment-test
	@.venv/bin/python web/build.py

test: lint types web suite

lint: environment-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: environment-test
	$(BIN)/mypy

# The page's own checks, where Node is there.
web: page
	@if [ -d web/node_modules ]; then cd web && npm run --silent check && npm test --silent; fi

suite: page
	$(BIN)/python -m pytest -n auto --dist worksteal

# The kernel for 64-bit Arm, by a cross-compiler; the kernel's tests under sanitizers.
neon:
	sh tools/check_neon.sh

sanitize: environment-test
	sh tools/sanitize.sh

environment-demo environment-test:
	@python=$$(sh tools/python.sh) && $$python tools/environment.py $(@:environment-%=%)

# Renew the pins: `make lock` keeps what still fits, `make lock UPGRADE=--upgrade` takes the newest.
lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 2; }
	$(LOCK) $(UPGRADE) --extra test --output-file requirements-test.txt
	$(LOCK) $(UPGRADE) --constraint requirements-test.txt --no-annotate --output-file requirements.txt

clean:
	rm -rf .venv .venv-lock build dist web/node_modules src/glassnet/lab/page .mypy_cache .pytest_cache .ruff_cache .hypothesis
