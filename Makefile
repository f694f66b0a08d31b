# The front door. meson.build says how things are built, scripts/ how they are set up and checked.
FUZZ_SECONDS ?= 60
SEEDS ?= 1 2 3 4 5 6 7 8 9 10
PREFIX ?= /usr/local
export DESTDIR

all: ## build/hotstuff and build/hotstuff-sim, set-up included
	@scripts/setup build
	@test -f build/build.ninja || meson setup build
	@ninja -C build programs
devnet: all ## run a chain of four processes here; Ctrl-C stops it (DEVNET="--load 1000")
	build/hotstuff devnet $(DEVNET)
test: all ## every test, the last line says how many passed
	@scripts/setup test
	@scripts/test
tsan: all ## the system tests marked `tsan`, with a binary under the thread sanitizer
	@scripts/setup test
	@scripts/variant tsan
	@ninja -C build/tsan hotstuff
	HOTSTUFF=build/tsan/hotstuff scripts/pytest -m tsan tests/system
determinism: all ## the same blocks and seeds in builds by gcc and clang at -O0, -O2, -O3
	@scripts/setup lint
	@scripts/determinism
cover: ## which lines the tests run; consensus, wire and storage need 90 % of theirs
	@scripts/setup cover
	@scripts/cover
sim: all ## simulated clusters with faults, one for each of SEEDS (or SIM="--nodes 7 --seed 3")
	@if test -n "$(SIM)"; then build/hotstuff-sim sim $(SIM); \
	else for seed in $(SEEDS); do build/hotstuff-sim sim --json --seed $$seed || exit; done; fi
fire: all ## as root: a thousand kills, partitions and bad disks (FIRE="--kills 1000 --seed 7")
	@scripts/setup test
	@scripts/fire-long $(FIRE)
sim-long: all ## seeds and twins until Ctrl-C, with a line in docs/campaigns.md (CAMPAIGN="--seeds 50000")
	@scripts/campaign --twins --ledger $(CAMPAIGN)
fee-model: all ## a million blocks' fees against a model in Python (BLOCKS=1000000)
	@scripts/fee-model $(BLOCKS)
mutants: all ## each rule broken once, and the seed that shows it (MUTANTS="gap_commit one_chain")
	@scripts/mutants $(MUTANTS)
economy: all ## validators that change under load, as real processes (MINUTES=10)
	@scripts/setup test
	@scripts/economy $(MINUTES)
bench: all ## throughput and latency of real processes (BENCH="--duration 30")
	build/hotstuff bench $(BENCH)
fuzz: ## each fuzz target for FUZZ_SECONDS=60
	@scripts/setup lint
	@scripts/fuzz $(FUZZ_SECONDS)
lint: all ## what must hold of the source, a line each
	@scripts/setup lint
	@scripts/lint/run
model: ## the formal model of the protocol, every rule and every loosened one (MODEL=quick)
	@scripts/model $(MODEL)
fmt: ## clang-format over the C files
	@scripts/setup lint
	@git ls-files '*.c' '*.h' | xargs -r clang-format -i
install: all ## libhotstuff, its headers and the binary into DESTDIR and PREFIX
	@meson configure build -Dprefix=$(PREFIX) -Dlibdir=lib
	@meson install -C build
	@test -n "$(DESTDIR)" || ldconfig || true
help: ## this
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 13

.PHONY: all devnet test tsan determinism cover sim sim-long fee-model fire economy bench fuzz lint model fmt install help
