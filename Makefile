# make tables              install, run the pipeline on simulated traffic, print where the tables are
# make tables MIRROR=DIR   the same with the files in DIR
# make report              everything: other protocols, audits, and results/report.html
# make publish             docs/results/: what a finished run found, as Markdown and SVG; runs no job
# make pull                fetch and verify the data, models and tables in dvc.lock; runs no job
# make release             everything that a release needs: docs/versions.md; publishes nothing
# make test                install, then the checks that take minutes: style, types, fast tests
# make test-all            the same, then the slow ones: whole chains, faults, remotes, same bytes
# make lint                only the checks of style and types
# make docs                the documentation as a site: docs/_build/html/index.html
# make fuzz                fuzz each reader for ten minutes; MINUTES=1 for one
# make lock                regenerate requirements.lock and requirements.hashes from pyproject.toml
# make vulnerabilities     list the known vulnerabilities of the packages in requirements.lock
# make sbom                write the software bill of materials: sbom.json (CycloneDX)
# make clean               delete results, but not the raw files

PYTHON ?= python3
CORES ?= $(shell getconf _NPROCESSORS_ONLN)
# PyTorch's own index has the CPU build on every system. If it is unreachable or has no build, the
# ordinary index is used. For a GPU: make install TORCH_INDEX=.../whl/cu130
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

MINUTES ?= 10

BIN := .venv/bin
# Tools that inspect packages have their own environment: they need other versions of some packages.
LOOK := .venv/look/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
INSTALLED := .venv/installed
# What builds the site is no part of what results are made with, and so not in requirements.lock.
DOCS := .venv/docs

.PHONY: install tables report publish pull release test test-all lint docs fuzz lock vulnerabilities sbom clean

install: $(INSTALLED)

$(INSTALLED): requirements.lock requirements.hashes pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "ecnet needs Python 3.11, 3.12 or 3.13, this is " + sys.version.split()[0] + ": make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	sed -n '/^setuptools==/,/[^\\]$$/p' requirements.hashes > .venv/setuptools.hashes # builds packages without a wheel
	$(BIN)/pip install --quiet --no-deps --require-hashes --requirement .venv/setuptools.hashes
	$(BIN)/pip install --quiet --no-deps --require-hashes --no-build-isolation --requirement requirements.hashes
	-$(BIN)/pip install --quiet --no-deps --retries 0 --timeout 20 --index-url $(TORCH_INDEX) $$(grep '^torch==' requirements.lock)
	$(BIN)/pip install --quiet $$(grep '^torch==' requirements.lock)
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

tables: $(INSTALLED)
	snakemake --cores $(CORES) results/tables results/figures $(if $(MIRROR),--config "mirror=$(MIRROR)")
	@echo "Tables: results/tables   Figures: results/figures"

report: $(INSTALLED)
	snakemake --cores $(CORES) all $(if $(MIRROR),--config "mirror=$(MIRROR)")
	@echo "Open results/report.html"

publish: $(INSTALLED)
	ecnet publish

pull: $(INSTALLED)
	@test -f dvc.lock || { echo "dvc.lock: no version is recorded here; make one: dvc repro" >&2; exit 1; }
	@test -n "$$(dvc remote list)" || { echo "No remote is set, so there is nothing to pull from: add the objects of a release (docs/versions.md, Get a release), or make this version here: dvc repro" >&2; exit 1; }
	dvc fetch || { ecnet verify --fetched; exit 1; }
	ecnet verify --fetched
	dvc checkout || { ecnet verify; exit 1; }
	ecnet verify --touch
	snakemake --dry-run --quiet all

release: $(INSTALLED)
	.ci/release --ready
	$(MAKE) test-all
	.ci/release

$(DOCS)/installed: docs/requirements.hashes $(INSTALLED)
	rm -rf $(DOCS)
	$(BIN)/pip install --quiet --no-deps --require-hashes --only-binary :all: --target $(DOCS) --requirement $<
	touch $@

docs: $(DOCS)/installed
	PYTHONPATH=src:$(DOCS) python -m sphinx --conf-dir docs --fresh-env --nitpicky --fail-on-warning --quiet . docs/_build/html
	@echo "Open docs/_build/html/index.html"

test: lint
	pytest --numprocesses 2 --dist loadfile -m "not slow"

test-all: test docs
	pytest --numprocesses 2 --dist loadfile -m slow
	.ci/same-bytes

lint: $(INSTALLED)
	ruff check
	ruff format --check
	mypy
	lint-imports --no-logo
	snakefmt --check Snakefile workflow
	snakemake --lint
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	zizmor --offline --quiet --persona auditor .github

fuzz: $(INSTALLED)
	$(BIN)/pip install --quiet --editable '.[fuzz]'
	@for target in $$(ls tests/corpus); do \
		echo "$$target: $(MINUTES) minutes"; \
		python fuzz/run.py $$target --seconds $$((60 * $(MINUTES))) || exit 1; \
	done

lock: $(INSTALLED)
	{ sed '/^[^#]/,$$d' requirements.lock; \
	  $(BIN)/pip freeze --all --exclude pip --exclude-editable | sed 's/+cpu$$//'; } > requirements.lock.new
	mv requirements.lock.new requirements.lock
	$(PYTHON) -m venv .venv/look
	$(LOOK)/pip install --quiet uv
	{ sed '/^[^#]/,$$d' requirements.hashes; \
	  grep -v '^torch==' requirements.lock | $(LOOK)/uv pip compile - --quiet --no-deps --universal \
	    --python-version 3.11 --generate-hashes --no-annotate --no-header; } > requirements.hashes.new
	mv requirements.hashes.new requirements.hashes
	{ sed '/^[^#]/,$$d' docs/requirements.hashes; \
	  $(LOOK)/uv pip compile pyproject.toml --quiet --extra docs --excludes requirements.lock \
	    --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate \
	    --no-header; } > docs/requirements.hashes.new
	mv docs/requirements.hashes.new docs/requirements.hashes

vulnerabilities:
	$(PYTHON) -m venv .venv/look
	$(LOOK)/pip install --quiet pip-audit
	$(LOOK)/pip-audit --requirement requirements.lock --disable-pip --no-deps

sbom:
	$(PYTHON) -m venv .venv/look
	$(LOOK)/pip install --quiet cyclonedx-bom
	$(LOOK)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
	  --output-file sbom.json

clean:
	rm -rf results logs data/split data/encoded data/sampled
