// Package scenario reads scenarios: end-to-end stories of a person who wants something done, one Markdown file each, which
// somebody who is no engineer can write and read.
package scenario

import "time"

// A Scenario is one story, what would satisfy the person it is about, and how that is checked.
type Scenario struct {
	ID     string   `yaml:"id"` // stable, never reused
	Title  string   `yaml:"title"`
	Owner  string   `yaml:"owner"`
	Pool   Pool     `yaml:"pool"`
	Twins  []string `yaml:"twins"`
	Seed   int      `yaml:"seed"`   // of the world
	Trials int      `yaml:"trials"` // how often it is played
	Budget Budget   `yaml:"budget"`
	Risk   string   `yaml:"risk"`   // low, medium or high: shown in the report, never in the fraction
	Canary string   `yaml:"canary"` // a UUID that must turn up nowhere else

	Story   string
	Setting string
	Person  string // who the story is about: the heading says what Priya does
	Steps   []Step
	Must    []string // she is satisfied only if each is met
	Should  []string // reported, not counted
	Never   []string // she would be furious
	Facts   string   // what only the judge knows
	Checks  Checks

	Path   string // the file it was read from
	SHA256 string // of the file
}

// A Pool says who may see a scenario, and how much of its outcome.
type Pool string

// The pools, from what everybody may read to what is opened for a release alone.
const (
	Open   Pool = "open"
	Dev    Pool = "dev"
	Sealed Pool = "sealed"
	Vault  Pool = "vault"
)

// A Budget bounds a trial.
type Budget struct {
	Minutes float64 `yaml:"minutes"`
	USD     float64 `yaml:"usd"`
}

// A Step is one thing that the person does: what it is in words, and what a player without imagination says.
type Step struct {
	Text  string
	Say   []string      // what stands in quotes, in order
	After time.Duration // world time that passes before it
}
