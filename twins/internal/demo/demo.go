// Package demo is the company that every twin starts with: one seed file, which users can copy and change.
package demo

import _ "embed"

// YAML is the seed: the company that all twins share, and a section for each twin.
//
//go:embed demo.yaml
var YAML []byte
