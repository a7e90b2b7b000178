// Package attractor runs pipelines written as directed graphs: each node is a stage (a model at work, a command, a person's
// decision, parallel branches), each edge a way on. It parses and prints the DOT subset, lints, applies stylesheets and
// transforms, walks the graph with retries, goal gates and checkpoints, and serves runs over HTTP.
//
// Where the specification says two things, this package says one:
//
//   - A failure is tried again while max_retries lasts, unless it is terminal. Then it goes along a condition that holds, to
//     retry_target, to fallback_retry_target, along an edge that is always open, and only then ends the run.
//   - A stage whose edges are all closed ends the run as failed, also after a success: no edge is taken whose condition does
//     not hold.
//   - A diamond passes on the outcome of the stage before it. A parallel node leads to where its branches meet.
//   - Nothing loops for ever: max_visits (25), max_steps (1000) and max_restarts (100) end a run.
//   - In a git work tree every checkpoint knows the files, ignored ones aside. A resumed run first brings them back, and keeps
//     what it found under refs/attractor/RUN/before-resume.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md
package attractor
