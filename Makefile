# The menu. `make` alone prints it.
.DEFAULT_GOAL := help
.PHONY: help run test check bench profile fuzz tidy bless package build clean
SHELL := /bin/bash
JOBS ?= $(shell nproc)
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  UPSTREAM=URL make run      puts the gate before your own OpenAI-compatible endpoint"
	@echo "  ROOM=NAME make test        the unit tests of one room: the short loop"
	@echo "  ALL=1 make check           clang-tidy over the whole tree, not only what changed"
	@echo "  ROOM=NAME make bench       the benchmarks of one room"
	@echo "  T=TARGET SECONDS=600 make fuzz"

run: build/release/.configured ## install, build, start the gate and two examples, say what to try
	@cmake --build build/release --parallel $(JOBS) --target sallyport
	@tools/run.sh

ifdef ROOM
test: build/dev/.configured
	@cmake --build build/dev --parallel $(JOBS) --target $(ROOM)_test
	@build/dev/bin/$(ROOM)_test --gtest_brief=1
else
test: build/dev/.configured build/release/.configured ## install, build, and run every test
	@tools/install_packages.sh npm
	@cmake --build build/release --parallel $(JOBS) --target sallyport
	@cmake --build build/dev --parallel $(JOBS)
	@mkdir -p build/results
	@tools/run_ctest.sh
endif

check: build/dev/.configured ## layers, format, headers, clang-tidy, tree: what no test sees
	@tools/install_packages.sh check
	@tools/check.sh

bench: build/release/.configured ## measure, and write build/bench/results.json
	@tools/install_packages.sh bench npm
	@cmake --build build/release --parallel $(JOBS)
	@tests/bench/run.sh $(ROOM)

profile: build/release/.configured ## record anew by what profile release builds are laid out
	@tools/install_packages.sh bench profile
	@cmake --preset profile >/dev/null
	@cmake --build build/profile --parallel $(JOBS) --target sallyport
	@cmake --build build/release --parallel $(JOBS) --target bench_upstream
	@tools/profile.sh

fuzz: ## fuzz every target for SECONDS (60), or one: T=json_fuzz
	@tools/install_packages.sh build
	@cmake --preset fuzz >/dev/null
	@tools/fuzz.sh "$(T)" "$(SECONDS)"

tidy: build/dev/.configured ## clang-tidy over the whole tree
	@tools/install_packages.sh check
	@tools/tidy.py --all

bless: build/dev/.configured ## rewrite expectations, snapshots and generated documents
	@test -z "$$CI" || { echo "make bless: expectations are not rewritten where CI is set" >&2; exit 2; }
	@cmake --build build/dev --parallel $(JOBS)
	@SALLY_BLESS=1 ctest --test-dir build/dev --output-on-failure -L unit
	@git status --short tests docs

package: build/release/.configured ## build/release/sallyport_VERSION_ARCH.deb
	@tools/install_packages.sh package
	@cmake --build build/release --parallel $(JOBS) --target sallyport
	@cd build/release && cpack -G DEB

build: build/release/.configured ## the release binary alone: build/release/bin/sallyport
	@cmake --build build/release --parallel $(JOBS) --target sallyport

clean: ## remove what was built; .sallyport stays
	rm -rf build

build/dev/.configured: CMakePresets.json tools/install_packages.sh
	@tools/install_packages.sh build test
	@cmake --preset dev >/dev/null
	@touch $@

build/release/.configured: CMakePresets.json tools/install_packages.sh
	@tools/install_packages.sh build run
	@cmake --preset release >/dev/null
	@touch $@
