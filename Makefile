# Each command sets up what it needs: PYTHON can name another interpreter, as in `make lab PYTHON=python3.12`.
PYTHON ?= python3
# How many tests, or lessons of the audit, run at the same time; GUIDE's line without make says the same number.
PROCESSES ?= 2
VENV := .venv
BENCH := .venv-bench
TEACHING := .venv-teaching
BROWSER := .venv-browser
SERVER := .venv-server
SITE := .venv-site
INSTALL := -m pip install -qq --disable-pip-version-check
ONE_THREAD := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE

.PHONY: help lab test lint memory audit bench browser-test omniglot results update-outputs student class slides assignment teaching-test server server-test site site-test release

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' $(MAKEFILE_LIST)

lab: $(VENV)/.installed  ## open the course in JupyterLab
	@$(VENV)/bin/python -m mlcourse

test: $(VENV)/.installed  ## run the unit tests, and every notebook against its stored outputs
	$(VENV)/bin/python -m pytest -n $(PROCESSES) --dist loadfile

lint: $(VENV)/.installed  ## check the style of code and notebooks, the workflows and the citation
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

memory: $(VENV)/.installed  ## measure how much memory each lesson needs, or one (LESSON=04), in about ten minutes
	@$(VENV)/bin/python tests/memory.py $(LESSON)

audit: $(VENV)/.installed  ## ask which assertions hold with other seeds, or of one lesson (LESSON=03 SEEDS=1,2), in about half an hour
	@$(VENV)/bin/python tests/audit.py $(LESSON) --processes $(PROCESSES) $(if $(SEEDS),--seeds $(SEEDS))

bench: $(BENCH)/.installed  ## measure the speed beside other libraries, in about ten minutes
	@$(ONE_THREAD) $(BENCH)/bin/python tests/benchmarks

browser-test: $(VENV)/.installed $(BROWSER)/.installed  ## take lessons in a headless Chromium, as a learner would
	$(BROWSER)/bin/python -m pytest tests/browser --ignore tests/browser/site

site: $(SITE)/.installed  ## write lessons, quizzes and pages as a static site that needs no network: build/site
	@rm -rf build/site
	@$(SITE)/bin/python -m sphinx --quiet --fresh-env --fail-on-warning --keep-going -c docs -d build/doctrees . build/site
	@echo build/site/index.html

site-test: site $(BROWSER)/.installed  ## build the site, and read it in a headless Chromium without network
	$(BROWSER)/bin/python -m pytest tests/browser/site

omniglot: $(VENV)/.installed  ## fetch the real Omniglot (not needed for any lesson)
	@$(VENV)/bin/python -m mlcourse omniglot $(if $(FROM),--from "$(FROM)")

results: $(VENV)/.installed  ## list the recorded runs, or do one and write all tables anew (NAME=...)
	@$(VENV)/bin/python -m mlcourse results $(if $(NAME),$(NAME) --table)

update-outputs: $(VENV)/.installed  ## execute all lessons again, or one (LESSON=05), and show which texts changed
	@$(VENV)/bin/python tests/update_outputs.py $(LESSON)

student: $(VENV)/.installed  ## write copies without solutions, answers and outputs: build/student
	$(VENV)/bin/python -m nbconvert --to notebook --TagRemovePreprocessor.enabled=True --TagRemovePreprocessor.remove_cell_tags=solution --ClearOutputPreprocessor.enabled=True --output-dir build/student/notebooks notebooks/*.ipynb
	@mkdir -p build/student/data && cp GLOSSARY.md build/student && cp data/README.md build/student/data

class: student  ## write what a class gets, those lessons with all that they need, as a folder and a zip: build/class
	@rm -rf build/class
	@$(VENV)/bin/python -m teaching.handout build/student build/class

slides: $(TEACHING)/.installed  ## turn a lesson and its quiz into slides that need no network (LESSON=02): build/slides
	@$(TEACHING)/bin/python -m teaching.slides $(call lesson,slides) build/slides
	@$(TEACHING)/bin/python -m teaching.slides $(patsubst notebooks/%.ipynb,teaching/quizzes/%.md,$(call lesson,slides)) build/slides

assignment: $(TEACHING)/.installed  ## make graded work for nbgrader from a lesson (LESSON=02): build/assignment
	@$(TEACHING)/bin/python -m teaching.assignment $(call lesson,assignment) build/assignment

teaching-test: $(TEACHING)/.installed  ## check what these write: open it, run it, and grade with nbgrader itself
	$(TEACHING)/bin/python -m pytest tests/teaching

server: $(SERVER)/.installed  ## serve a class with JupyterHub, as root (see teaching/server/README.md)
	$(SERVER)/bin/jupyterhub -f teaching/server/jupyterhub_config.py

server-test: $(SERVER)/.installed  ## serve lesson 02 to five students at once, with JupyterHub, on this machine
	$(SERVER)/bin/python -m pytest tests/server

release: $(VENV)/.installed  ## write an archive of the course, and try it in an empty folder (WHEELS=1: with all packages)
	@$(VENV)/bin/python tests/release.py $(if $(WHEELS),--wheels)

# The notebook that LESSON=02 means.
lesson = $(or $(and $(LESSON),$(wildcard notebooks/$(LESSON)_*.ipynb)),$(error Which lesson? Say for instance 'make $(1) LESSON=02'))

# The stamp comes last, so that an interrupted installation is taken up again.
$(VENV)/.installed: requirements.txt pyproject.toml
	@$(call environment,$(VENV))
	@echo "Installing the course into $(VENV). The first time takes some minutes."
	@$(VENV)/bin/python $(INSTALL) -r requirements.txt
	@touch $@

$(BENCH)/.installed: requirements.txt pyproject.toml tests/benchmarks/requirements.txt
	@$(call environment,$(BENCH))
	@echo "Installing the benchmarks' libraries into $(BENCH). The first time takes some minutes."
	@$(BENCH)/bin/python $(INSTALL) "$(shell grep -E '^torch([^a-z-]|$$)' requirements.txt)" -r tests/benchmarks/requirements.txt -e .
	@touch $@

$(TEACHING)/.installed: requirements-teaching.txt requirements.txt pyproject.toml
	@$(call environment,$(TEACHING))
	@echo "Installing what teaching needs into $(TEACHING). The first time takes some minutes."
	@$(TEACHING)/bin/python $(INSTALL) -r requirements-teaching.txt
	@touch $@

$(BROWSER)/.installed: tests/browser/requirements.txt
	@$(call environment,$(BROWSER))
	@$(BROWSER)/bin/python $(INSTALL) -r tests/browser/requirements.txt
	@touch $@

$(SERVER)/.installed: teaching/server/requirements.txt requirements.txt pyproject.toml
	@$(call environment,$(SERVER))
	@echo "Installing the server for a class into $(SERVER). The first time takes some minutes."
	@$(SERVER)/bin/python $(INSTALL) -r teaching/server/requirements.txt
	@command -v npm >/dev/null || { echo "JupyterHub's proxy comes from npm, which is not here: on Debian or Ubuntu, run 'sudo apt install nodejs npm'."; exit 1; }
	@npm install --prefix $(SERVER) --silent --no-fund --no-audit configurable-http-proxy@5
	@touch $@

$(SITE)/.installed: requirements-site.txt
	@$(call environment,$(SITE))
	@echo "Installing what the site needs into $(SITE)."
	@$(SITE)/bin/python $(INSTALL) -r requirements-site.txt
	@touch $@

# Make the environment $(1) unless it works already; check first what would leave half of one behind.
define environment
$(1)/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or newer, or name one with 'make PYTHON=...'."; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The course needs Python 3.11 or newer, and this is $$($(PYTHON) --version 2>&1): install a newer one, or name one with 'make PYTHON=...'."; exit 1; }; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python cannot make virtual environments, because its ensurepip is missing: on Debian or Ubuntu, run 'sudo apt install python3-venv'."; exit 1; }; \
	$(PYTHON) -m venv --clear $(1); }
endef
