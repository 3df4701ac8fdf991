# Everything that a person or a machine does with this project, by name. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
CARGO ?= cargo
# How many kills `make torture` does.
KILLS ?= 200
# How many tests run side by side: those against Kafka mostly wait (for sessions to end, for promises to run out), so more than one has cores.
# With eight on two slow cores, some forty processes want to run at once, and what has a bound in seconds is late.
TEST_THREADS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 5 ? 5 : cores)))
# `make bench` needs the folder of the yardstick (compare.sh and its broker) and that of the peer.
BENCH ?=
PEER ?=
ROUNDS ?= 3

.PHONY: help demo test check fmt torture broker bench doc lists clean prerequisites prerequisites-test

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# The debug profile on purpose: the dependencies are optimised in it all the same, a month of sample events is nothing to
# it, it builds in a good half of the time that a release build takes, and `make test` then finds its dependencies built.
demo: prerequisites ## Build, and watch a sample month of campaigns become leads (embedded broker, about a minute)
	@$(CARGO) run -- demo

test: prerequisites-test check ## Run every test, those against a real Apache Kafka among them
	@RUST_TEST_THREADS=$(TEST_THREADS) $(CARGO) test

check: prerequisites ## Formatting and lints, with every warning denied
	@$(CARGO) fmt --check
	@$(CARGO) clippy --all-targets -- -D warnings

fmt: ## Format the code
	@$(CARGO) fmt

torture: prerequisites-test ## Kill workers at random under load (KILLS=200), with a clock that is wrong, and count what was lost, doubled or misjudged
	@RELEVO_TORTURE_KILLS=$(KILLS) $(CARGO) test --test kafka torture -- --nocapture --test-threads 1

broker: prerequisites-test ## A real Kafka on 127.0.0.1:19092 until Enter is pressed, for RELEVO_TEST_KAFKA or for trying things
	@tests/kafka/broker.sh fetch target/tmp/kafka-libs
	@echo "Kafka is starting on 127.0.0.1:19092; press Enter to end it and drop its data"
	@tests/kafka/broker.sh run 19092 target/tmp/kafka-by-hand target/tmp/kafka-libs

bench: prerequisites-test ## Speed beside the peer: BENCH=folder of compare.sh, PEER=folder of the peer, ROUNDS=3
	@if [ -z "$(BENCH)" ] || [ -z "$(PEER)" ]; then echo "make bench BENCH=<folder of compare.sh> PEER=<folder of the peer> [ROUNDS=3]" >&2; exit 2; fi
	@$(CARGO) build --release
	@"$(BENCH)/kafka/broker.sh" start
	@"$(BENCH)/load.sh"
	@# The peer, re-keying, does not say which input a decision answers: only Relevo's can be verified. The last table has all rounds.
	@export ROWS="$$(mktemp)"; for round in $$(seq $(ROUNDS)); do \
	  "$(BENCH)/compare.sh" -n 1 "$(PEER):STORE=memory,THREADS=1,REKEY=on" "$(PEER):STORE=rocksdb,THREADS=2,REKEY=on"; \
	  VERIFY=1 "$(BENCH)/compare.sh" -n 1 "$(CURDIR)/bench/relevo"; \
	done
	@"$(BENCH)/kafka/broker.sh" stop

doc: ## Build the crate's documentation
	@$(CARGO) doc --no-deps --document-private-items

# Python 3.12 and npm, whose registry has the packages. Look at the difference: a provider's name that is a company's belongs into known.txt.
lists: ## Write the lists of free mail and of countries anew (src/contract/domains/free_mail.txt, src/contract/typed/countries.txt)
	@python3 src/contract/domains/lists.py
	@git --no-pager diff --stat -- src/contract/domains src/contract/typed

clean: ## Remove everything that was built, Kafka's jars for the tests included
	@$(CARGO) clean

prerequisites:
	@tests/prerequisites.sh build

prerequisites-test:
	@tests/prerequisites.sh test
