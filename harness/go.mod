module twinset.dev/harness

go 1.26.0
