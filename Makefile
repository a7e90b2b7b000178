# Twinset. `make up` starts what there is, `make test` proves it; `make help` lists the rest.
# The pattern "work" means every package of every module in go.work.

TWINS := gdocs gdrive google gsheets jira okta slack
AGENTS := agent conformance cxdb llmtest
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BUILD := CGO_ENABLED=0 go build -trimpath -ldflags "-s -w"
IMAGE := $(shell if docker info >/dev/null 2>&1; then echo docker build; elif command -v buildah >/dev/null 2>&1; then echo buildah bud --isolation chroot --storage-driver vfs; fi)

.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

build: ## binaries into bin/
	@mkdir -p bin
	@for t in $(TWINS); do $(BUILD) -o bin/$$t-twin ./twins/$$t/cmd/$$t || exit 1; done
	@$(BUILD) -o bin/twinset ./harness/cmd/twinset
	@for c in $(AGENTS); do $(BUILD) -o bin/$$c ./agent/cmd/$$c || exit 1; done

up: ## build and start all twins, or one: make up TWIN=slack; prints the lines to paste, stops on Ctrl-C
	@mkdir -p bin
ifdef TWIN
	@$(BUILD) -o bin/$(TWIN)-twin ./twins/$(TWIN)/cmd/$(TWIN)
	@bin/$(TWIN)-twin $(ARGS)
else
	@$(BUILD) -o bin/twinset ./harness/cmd/twinset
	@bin/twinset up $(ARGS)
endif

demo: ## play the scenarios with the reference subject, and name the report
	@mkdir -p bin
	@$(BUILD) -o bin/twinset ./harness/cmd/twinset
	@bin/twinset run scenarios --subject reference --out bin/demo $(ARGS)

factory: ## a software factory offline: from a specification to users who are satisfied, by a scripted model
	@mkdir -p bin
	@$(BUILD) -o bin/twinset ./harness/cmd/twinset
	@for c in agent llmtest; do $(BUILD) -o bin/$$c ./agent/cmd/$$c || exit 1; done
	@PATH="$(CURDIR)/bin:$$PATH" sh agent/examples/factory/run.sh $(ARGS)

test: ## everything: checks, scripts, SDK conformance, race, browser, fuzz, durability
	@bash .ci/test

check: ## vet, staticcheck, generated code, import rules
	@go vet work
	@for m in kit twins harness conformance agent; do (cd $$m && go run $(STATICCHECK) ./...) || exit 1; done
	@$(MAKE) -s generate-check
	@go test -count=1 ./kit/archtest

conformance: ## drive every symbol of the vendors' SDKs
	@go test -count=1 -v -run 'TestSymbols$$|TestEvents' ./conformance/slack ./conformance/okta ./conformance/jira ./conformance/google | grep -E '^(---|ok|FAIL|panic)|of [0-9]+|    --- FAIL|^ +[a-z_]+_test.go' | grep -v -- '--- PASS'

scoreboard: ## run everything that counts and write the scoreboard
	@bash .ci/scoreboard

verify: ## replay recorded traffic at a twin: make verify ARGS="cassettes/ --service slack"
	@go run ./harness/cmd/twinset verify $(ARGS)

bench: ## throughput beside a bare Echo handler, start-up, memory, forks
	@go run ./conformance/cmd/bench $(ARGS)
	@go run ./conformance/cmd/bench -twin okta $(ARGS)
	@go run ./conformance/cmd/bench -twin google $(ARGS)
	@go run ./harness/cmd/bench
	@go test -run '^$$' -bench 'Fork|Get|Put|Scan|Drop|Snapshot|Insert|Update' -benchtime 200ms ./kit/store | grep -E '^(Benchmark|ok|FAIL)'

fuzz: ## each fuzzer for FUZZTIME (10s)
	@bash .ci/fuzz

image: TWIN ?= slack
image: ## an image of one twin, or of all: make image TWIN=slack, make image TWIN=universe
	@test -n "$(IMAGE)" || { echo "neither docker nor buildah can build here"; exit 1; }
	@mkdir -p dist/image/data
ifeq ($(TWIN),universe)
	@GOOS=linux $(BUILD) -o dist/image/universe-twin ./harness/cmd/twinset
	$(IMAGE) -f deploy/Dockerfile -t twinset/universe .
else
	@GOOS=linux $(BUILD) -o dist/image/$(TWIN)-twin ./twins/$(TWIN)/cmd/$(TWIN)
	$(IMAGE) --build-arg TWIN=$(TWIN) -t twinset/$(TWIN) .
endif

.PHONY: help build up demo factory test check conformance scoreboard verify bench fuzz image

include specs.mk
