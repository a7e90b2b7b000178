// Package agent will hold the Attractor runner, the agent loop, the context store and the weather report.
package agent
