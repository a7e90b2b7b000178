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
	Seed   uint64   `yaml:"seed"`   // of the trials' chance; with a trial's number it gives that trial's
	Trials int      `yaml:"trials"` // how often it is played
	Budget Budget   `yaml:"budget"`
	Risk   string   `yaml:"risk"`   // low, medium or high: shown in the report, never in the fraction
	Canary string   `yaml:"canary"` // a UUID that must turn up nowhere else

	Story   string   `yaml:"-"`
	Setting string   `yaml:"-"`
	Person  string   `yaml:"-"` // who the story is about: the heading says what Priya does
	Pronoun string   `yaml:"-"` // She, He, They, or the person's name: who is satisfied
	Steps   []Step   `yaml:"-"`
	Must    []string `yaml:"-"` // she is satisfied only if each is met
	Should  []string `yaml:"-"` // reported, not counted
	Never   []string `yaml:"-"` // she would be furious
	Facts   string   `yaml:"-"` // what only the judge knows
	Checks  Checks   `yaml:"-"`

	Path   string `yaml:"-"` // the file it was read from
	SHA256 string `yaml:"-"` // of the file
	Source []byte `yaml:"-"` // all that the file says
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
	Minutes float64 `yaml:"minutes"` // of the machine's time
	USD     float64 `yaml:"usd"`
}

// A Step is one thing that the person does: what it is in words, and what a player without imagination says.
type Step struct {
	Text  string
	Say   []string      // what stands in quotes, in order
	After time.Duration // world time that passes before it
}
