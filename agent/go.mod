module twinset.dev/agent

go 1.26.0
