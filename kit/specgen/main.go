// Specgen keeps the public specifications that the twins are held to, and the Go code that follows from them.
//
//	go run ./kit/specgen fetch [twin…]              (make specs: needs the network, npm and node)
//	go run ./kit/specgen generate [-check] [twin…]  (make generate: needs neither)
//
// Fetch takes the packages of SOURCES.json from their registries and writes what is fact in them to
// twins/<name>/spec/*.json. Generate corrects these files by overlay.yaml, validates them and writes
// twins/<name>/internal/api; with -check it writes nothing and fails if something would change.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "specgen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	usage := fmt.Errorf("usage: specgen fetch [twin…] | specgen generate [-check] [twin…]")
	if len(args) == 0 {
		return usage
	}
	root, err := workspace()
	if err != nil {
		return err
	}
	switch args[0] {
	case "fetch":
		return fetch(root, args[1:])
	case "generate":
		flags := flag.NewFlagSet("generate", flag.ContinueOnError)
		check := flags.Bool("check", false, "write nothing; fail if something would change")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return generate(root, flags.Args(), *check)
	}
	return usage
}

// workspace returns the directory of go.work, from which all paths count.
func workspace() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.work in this directory or above")
		}
	}
}
