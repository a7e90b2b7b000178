// Package harness will hold the universe and the scenario harness.
package harness
