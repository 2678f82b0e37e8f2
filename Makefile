# Better Profile. "make" or "make help" lists the targets. Needs Go 1.26 and nothing else; "make test" installs what
# the tests need. Written for the make 3.81 and the BSD tools of macOS as well.

GO      ?= go
TAGS    := nomsgpack
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags "$(LDFLAGS)"
TOOL    := $(GO) tool -modfile=tools/go.mod

# To be given on the command line, such as "make run ARGS=--plain" or "make test PKG=./storage/... TESTFLAGS=-v".
ARGS      ?=
PKG       ?= ./...
TESTFLAGS ?=
BENCH     ?= .
COUNT     ?= 1
FUZZTIME  ?= 30s
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

export GOTOOLCHAIN := local

.DEFAULT_GOAL := help
.PHONY: help run build test test-deps lint fmt bench bench-turns bench-tui fault interop live pictures fuzz docs completions snapshot clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start an interview from source (ARGS="--new")
	@CGO_ENABLED=0 $(GO) run -tags $(TAGS) ./cmd/betterprofile interview $(ARGS)

build: ## build both programs into bin/
	$(BUILD) -o bin/betterprofile ./cmd/betterprofile
	$(BUILD) -o bin/betterprofile-server ./cmd/server

# A program built with the race detector sleeps for a second at its end, in case a race is still being told. The tests start hundreds.
test: export GORACE := atexit_sleep_ms=0
test: test-deps ## run all tests with the race detector; a skipped test is a failure (PKG=./storage/...)
	@$(GO) test -C tools ./...
	@$(GO) build -C tools -o ../bin/testreport ./testreport
	@CGO_ENABLED=1 BETTERPROFILE_TEST_REQUIRE_POSTGRES=1 \
		bin/testreport -race -tags $(TAGS) -p 2 -timeout 10m $(TESTFLAGS) $(PKG)

test-deps: ## install what the tests need and the machine lacks: a C compiler, PostgreSQL, tmux
	@GO="$(GO)" sh tools/test-deps.sh

lint: ## check format, go vet, staticcheck and the module files
	@GO="$(GO)" TAGS="$(TAGS)" sh tools/lint.sh

fmt: ## format all Go files
	@$(TOOL) gofumpt -w .

# Compare two outputs with: go tool -modfile=tools/go.mod benchstat old new
bench: ## run the benchmarks (PKG=./sse BENCH=Writer COUNT=6)
	$(GO) test -tags $(TAGS) -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(PKG)

bench-turns: ## measure turns side by side with a floor, a proxy and pgbench (ARGS=-quick for a minute's worth)
	$(GO) run -tags $(TAGS) ./bench/turns $(ARGS)

fault: ## kill, cut, pause and flood servers and PostgreSQL, and count what is lost (ARGS=kills for one kind)
	$(GO) run -tags $(TAGS) ./bench/fault $(or $(ARGS),all)

interop: ## run the real clients and servers of web platforms against ours; needs node and npm (ARGS=orpc for one suite)
	$(GO) run -tags $(TAGS) ./bench/interop $(ARGS)

live: ## ask the configured model for real (OPENAI_API_KEY, OPENAI_BASE_URL, BETTERPROFILE_MODEL)
	$(GO) test -tags $(TAGS),live -count=1 -v -run TestLive ./agent/openai

bench-tui: ## measure the terminal program in a real terminal, beside its aims (ARGS=-quick)
	$(GO) run -tags $(TAGS) ./bench/tui $(ARGS)

pictures: ## draw the screenshots and the recording of the README anew, from real runs
	$(GO) run -tags $(TAGS) ./bench/tui pictures docs/img

fuzz: ## run each fuzz target for FUZZTIME (30s)
	@GO="$(GO)" TAGS="$(TAGS)" sh tools/fuzz.sh '$(FUZZTIME)' $(PKG)

docs: ## write the man pages, the reference of the commands and the list of settings into docs/
	$(GO) test -tags $(TAGS) ./cmd/... -run TestDocs -update

completions: ## write the shells' completions into dist-completions/
	@mkdir -p dist-completions
	@for shell in bash zsh fish; do \
		$(GO) run -tags $(TAGS) ./cmd/betterprofile completion $$shell >dist-completions/betterprofile.$$shell || exit 1; \
	done

snapshot: ## build both programs for each system and processor into dist/
	@for platform in $(PLATFORMS); do \
		os=$${platform%/*} arch=$${platform#*/} suffix=; \
		if [ $$os = windows ]; then suffix=.exe; fi; \
		dir=dist/$(VERSION)_$${os}_$$arch; \
		echo "$$dir"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o $$dir/betterprofile$$suffix ./cmd/betterprofile && \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o $$dir/betterprofile-server$$suffix ./cmd/server || exit 1; \
	done

clean: ## remove what was built
	rm -rf bin dist dist-completions
