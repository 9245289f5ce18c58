# make demo and make test work on a fresh Debian 12 with a Swift toolchain, as root.

VENV := .build/venv
# SwiftPM would warn of byte code beside the tests.
export PYTHONDONTWRITEBYTECODE := 1
BIN = $(shell swift build --show-bin-path)

.PHONY: help setup build test test-swift test-end-to-end test-packages torture failover simulate lint format demo bench size deb vyos clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /make \1 - /p' Makefile

setup: ## install what building and testing needs (Debian packages, $(VENV))
	@tools/setup test

build: ## build vipad and the simulator
	@tools/setup build
	swift build

demo: build ## fail an address over between two routers on this machine; KEEP=1 keeps them running
	@tools/demo

test: setup test-swift test-end-to-end ## all tests; RETRY=1 tries again what fails, for a machine that is shared

SWIFT_TEST = PATH="$(CURDIR)/$(VENV)/bin:$$PATH" swift test --skip-build --quiet
test-swift: setup
	swift build --build-tests
	$(SWIFT_TEST) $(if $(RETRY),|| $(SWIFT_TEST))

PYTEST = VIPAD_BIN_DIR="$(BIN)" $(VENV)/bin/pytest -q $(if $(RETRY),--reruns 2 -r R)
test-end-to-end: setup
	swift build
	$(PYTEST) -n 4 Tests/EndToEnd
	$(PYTEST) -n 3 Tests/Failover

torture: setup ## the slow end-to-end tests as well; a quarter of an hour
	swift build
	VIPAD_TORTURE=1 VIPAD_BIN_DIR="$(BIN)" $(VENV)/bin/pytest -q -n 4 Tests/EndToEnd

simulate: ## SEEDS failovers (100000) of two routers in virtual time; VIPAD_SIMULATION_SEED=N replays one
	VIPAD_SIMULATION_SEEDS=$(or $(SEEDS),100000) swift test --filter SimulationTests

failover: setup ## N failovers (200) of a real keepalived pair in namespaces, and where the time goes; half an hour
	swift build
	VIPAD_BIN_DIR="$(BIN)" $(VENV)/bin/pytest -q -n 2 Tests/Failover --long --failovers $(or $(N),200)

.PHONY: fuzz sanitize
fuzz: setup ## make inputs up for each parser, SECONDS (30) each; TARGETS="JSONBody ..." for some of them, SEED=N repeats
	SEED=$(SEED) SECONDS_EACH=$(or $(SECONDS),30) tools/fuzz $(TARGETS)

sanitize: setup ## all tests with ThreadSanitizer, then with AddressSanitizer; an hour and twenty minutes on two cores
	tools/sanitize thread
	tools/sanitize address

lint: ## formatting, documentation comments, shell scripts
	swift format lint --strict --recursive Sources Tests
	shellcheck deploy/vipad-transition deploy/vyos/install.sh deploy/vyos/boot deploy/debian/postrm tools/build-deb \
		tools/build-release tools/build-vyos tools/check-size tools/packaged tools/setup tools/fuzz .ci/run bench/http/run.sh

format: ## format all Swift
	swift format --in-place --recursive Sources Tests

bench: setup ## vipad beside curl, boto3 and C, from one run
	tools/build-release ec2sim
	tools/build-release vipad
	$(VENV)/bin/python bench/bench.py

deb: setup ## the Debian package; VIPAD_BINARY=FILE takes a program that was built before
	@tools/build-deb

vyos: setup ## the archive for VyOS 1.4 and later; VIPAD_BINARY as above
	@tools/build-vyos

test-packages: setup ## both packages, installed in Debian 12 roots of their own (root, debootstrap); VIPAD_BINARY as above
	swift build --product ec2sim
	VIPAD_PACKAGES=1 VIPAD_BIN_DIR="$(BIN)" $(VENV)/bin/pytest -q Tests/EndToEnd/test_packages.py

size: setup ## the size of the release binary, and that no ICU is in it
	@tools/check-size

clean: ## remove all that was built and installed here
	rm -rf .build .build-*
