// Package attractor runs pipelines written as directed graphs: each node is a stage (a model at work, a command, a person's
// decision, parallel branches), each edge a way on. It parses and prints the DOT subset, lints, applies stylesheets and
// transforms, walks the graph with retries, goal gates and checkpoints, and serves runs over HTTP.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md
package attractor
