# Gapwatch. `make up` runs the whole system on this machine, `make test` runs all tests; both fetch what they need.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LIBCHDB := node_modules/@chdb/lib-linux-x64-gnu/libchdb.so
ECHARTS := dashboards/web/assets/vendor/echarts.min.js

.PHONY: FORCE help up test check bench fuzz e2e attack sbom build tools browser clean

help: ## list the targets
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

up: build ## build, then run the whole system with the sample market (Ctrl-C ends it)
	@exec bin/gapwatch up --sample --data data/sample

build: bin/gapwatch bin/libchdb.so ## bin/gapwatch with the engine's library beside it

test: build browser ## all tests
	go test -timeout 20m ./...

check: tools $(ECHARTS) ## lint, vet, known vulnerabilities
	.ci/check

bench: build ## benchmarks: speed and memory
	go test -run '^$$' -bench . -benchmem ./...

N ?= 3000
fuzz: ## every fuzz target for N inputs (make fuzz N=500000 for a long run)
	.ci/fuzz $(N)x

e2e: build ## the main job end to end on real input, printed as a table
	go test -tags e2e -count=1 -timeout 40m -v -run TestEndToEnd ./internal/e2e

attack: build ## every known attack on a fresh system, printed as a table
	go test -tags e2e -count=1 -timeout 40m -v -run TestAttack ./internal/e2e

# What the program is made of, from the lock files alone: the same files give the same bytes.
sbom: bin/cyclonedx-gomod ## bill of materials (CycloneDX) in bin/sbom, from the lock files
	@mkdir -p bin/sbom
	bin/cyclonedx-gomod mod -json -licenses -noserial -notimestamp -output bin/sbom/go.cdx.json
	npm sbom --sbom-format cyclonedx --package-lock-only > bin/sbom/npm.cdx.json
	@node .ci/sbom.js bin/sbom/npm.cdx.json
	@ls -l bin/sbom

# What the program is made of. The stamp makes npm run once per lock file.
node_modules/.stamp: package.json package-lock.json
	@test "$$(uname -sm)" = "Linux x86_64" || { echo "the embedded ClickHouse engine is locked for Linux x86-64 only; elsewhere run the stages against a ClickHouse server (docs/operating.md)"; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 18 or newer (Debian: apt-get install nodejs npm)"; exit 1; }
	@echo "fetching the ClickHouse engine (about 120 MB, once) and the chart library …"
	npm ci --no-audit --no-fund
	@touch $@

$(ECHARTS): node_modules/.stamp
	@mkdir -p $(@D)
	cp node_modules/echarts/dist/echarts.min.js $@

bin/libchdb.so: node_modules/.stamp
	@mkdir -p bin
	ln -f "$(LIBCHDB)" $@ 2>/dev/null || cp "$(LIBCHDB)" $@

# always asked: go knows best whether anything changed
bin/gapwatch: $(ECHARTS) FORCE
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or newer"; exit 1; }
	go build -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/gapwatch

# The browser tests drive Debian's Chromium.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing Chromium for the browser tests …"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; \
	  else echo "Chromium is missing, the browser tests will be skipped. Install it with: sudo apt-get install chromium fonts-noto-cjk"; fi; }

TOOLS := github.com/golangci/golangci-lint/v2/cmd/golangci-lint golang.org/x/vuln/cmd/govulncheck github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
tools: bin/golangci-lint bin/govulncheck tools/node_modules/.stamp
bin/golangci-lint bin/govulncheck bin/cyclonedx-gomod: tools/go.mod tools/go.sum
	@mkdir -p bin
	@echo "building $(@F) (a few minutes, once) …"
	go -C tools build -o ../$@ $(filter %/$(@F),$(TOOLS))

tools/node_modules/.stamp: tools/package.json tools/package-lock.json
	npm ci --prefix tools --no-audit --no-fund
	@touch $@

clean: ## remove what was built and fetched; data stays
	rm -rf bin node_modules tools/node_modules dashboards/web/assets/vendor/echarts.min.js
