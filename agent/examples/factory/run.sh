#!/bin/sh
# A software factory without a model, and without a network: agent/examples/factory/run.sh [DIR]
# A specification goes in. A scripted brain writes code, sealed scenarios are played against it in the twins, what a user complains of
# comes back, and the second version passes. Then the reports say what was asked and what it cost. Needs the programs twinset, agent and
# llmtest on the PATH (make build puts them into bin), git, curl, and go and make, with which the product is built.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$(mktemp -d)}
mkdir -p "$dir" && chmod 700 "$dir"
pids=""
trap 'for p in $pids; do kill "$p" 2>/dev/null || true; done; wait' EXIT

# The product's directory, which the agent works in, and beside it, where it cannot look, the sealed scenarios.
cp -R "$here/work" "$dir/work"
git -C "$dir/work" init -q && git -C "$dir/work" add -A && git -C "$dir/work" -c user.name=factory -c user.email=factory@localhost commit -qm "The specification"
export TWINSET_SCENARIOS="$dir/scenarios" TWINSET_KEY="$dir/key"
twinset holdout init >/dev/null
twinset holdout seal "$here"/sealed/* >/dev/null

# The model, and the store that remembers everything. The gate's figures are in a namespace that the agent's token cannot read.
listening() { # FILE PATTERN: waits for a server to say where it listens
	for _ in $(seq 200); do
		at=$(sed -nE "s|.*(http://127\.0\.0\.1:[0-9]+).*|\1|p" "$1" | head -1)
		[ -n "$at" ] && echo "$at" && return
		sleep 0.05
	done
	echo "no server: $(cat "$1")" >&2
	return 1
}
llmtest --brain fixer --patches "$here/fixer.yaml" --listen 127.0.0.1:0 >"$dir/model.log" 2>&1 & pids="$pids $!"
printf 'agent agents-token\ngate gates-token\n* owners-token read-only\n' >"$dir/tokens" && chmod 600 "$dir/tokens"
agent cxdb serve --dir "$dir/store" --addr 127.0.0.1:0 --binary "" --tokens "$dir/tokens" >"$dir/store.log" 2>&1 & pids="$pids $!"
model=$(listening "$dir/model.log") store=$(listening "$dir/store.log")

cd "$dir/work"
env GOCACHE="$(go env GOCACHE)" GOPATH="$(go env GOPATH)" ANTHROPIC_API_KEY=none ANTHROPIC_BASE_URL="$model" CXDB_STORE="$store" CXDB_TOKEN=agents-token SATISFACTION_STORE="$store" SATISFACTION_TOKEN=gates-token \
	SATISFACTION="agent satisfaction --bar 0.9 -- ./desk" \
	agent run "$here/../../pipelines/factory_loop.dot" --confined --read "$(go env GOROOT)" --write "$(go env GOCACHE)" --write "$(go env GOPATH)" --auto --logs "$dir/run"

# What is known of it, by whoever owns the store.
export CXDB_STORE="$store" CXDB_TOKEN=owners-token
echo && agent weather && echo && agent spend
echo
echo "requests that the model's server counted: $(curl -s "$model/__admin/requests?key=none" | grep -o '"protocol":' | wc -l)"
for p in $pids; do kill "$p"; done && wait && pids=""
echo "requests in the context store: $(agent cxdb export --store "$dir/store" | grep -c '"type_id":"factory.LLMCall"')"
echo "the records are in $dir"
