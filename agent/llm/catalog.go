package llm

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

// Model is what is known of a model. The catalog advises: a model that is not in it is asked all the same.
type Model struct {
	ID         string   `json:"id"`
	Provider   string   `json:"provider"`
	Name       string   `json:"name"`
	Window     int      `json:"context_window"` // tokens in and out; 0 if unknown
	MaxOutput  int      `json:"max_output,omitempty"`
	Tools      bool     `json:"tools"`
	Vision     bool     `json:"vision"`
	Reasoning  bool     `json:"reasoning"`
	Thinking   string   `json:"thinking,omitempty"`   // budget: how much it thinks is said in tokens, not by effort
	Structured bool     `json:"structured,omitempty"` // keeps to a schema, and refuses to be forced to a tool
	Aliases    []string `json:"aliases,omitempty"`
}

//go:embed catalog.json
var catalogJSON []byte

var catalog = sync.OnceValue(func() []Model {
	var models []Model
	if err := json.Unmarshal(catalogJSON, &models); err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return models
})

// Models are all models of a provider, or of all if it is empty, the newest first.
func Models(provider string) []Model {
	return slices.DeleteFunc(slices.Clone(catalog()), func(m Model) bool { return provider != "" && m.Provider != provider })
}

// Lookup is what is known of a model by its name, an alias or a dated name; the zero Model if nothing is.
func Lookup(name string) Model {
	for _, n := range []string{name, undated(name)} {
		for _, m := range catalog() {
			if m.ID == n || slices.Contains(m.Aliases, n) {
				return m
			}
		}
	}
	return Model{}
}

// Latest is the newest model of a provider that can do what is asked: tools, vision, reasoning, or anything if empty.
func Latest(provider, capability string) (Model, bool) {
	for _, m := range Models(provider) {
		switch {
		case capability == "", capability == "tools" && m.Tools, capability == "vision" && m.Vision, capability == "reasoning" && m.Reasoning:
			return m, true
		}
	}
	return Model{}, false
}
