# The public specifications: see kit/specgen.

.PHONY: specs generate generate-check

# Fetches the pinned packages (network, npm and node) and writes twins/*/spec.
specs:
	go run ./kit/specgen fetch

# Writes twins/*/internal/api from twins/*/spec.
generate:
	go run ./kit/specgen generate

# Fails if generating would change something.
generate-check:
	go run ./kit/specgen generate -check
