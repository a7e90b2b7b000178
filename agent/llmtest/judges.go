package llmtest

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strings"

	"twinset.dev/agent/llm"
)

// The judges here answer whoever shows them evidence as the scenario harness does: criteria as a list of "- id: text", items of evidence
// that begin with their ids in brackets, and a tool called verdict.

// truth finds out whether what a judge is shown satisfies.
type truth func(Conversation) bool

var (
	criterion = regexp.MustCompile(`(?m)^- ((?:must|should|never)-\d+): `)
	fence     = regexp.MustCompile(`(?s)<<<evidence ([0-9a-f]+)\n(.*)evidence ([0-9a-f]+)>>>`)
	item      = regexp.MustCompile(`(?m)^\[([cde]\d+)\] .*\n    (.*)$`)
	command   = regexp.MustCompile(`(?i)ignore|disregard|instruct|verdict|satisfied|overall|criteri`)
)

func record(c Conversation) string {
	if m := fence.FindStringSubmatch(c.Said(llm.User)); m != nil {
		return m[2]
	}
	return ""
}

// Oracle knows the truth by a pattern that a test planted in the record of those, and only those, that satisfy.
func Oracle(planted *regexp.Regexp) Brain {
	return judge(func(c Conversation) bool { return planted.MatchString(record(c)) })
}

// Noisy is right about what satisfies with chance sens, about the rest with chance spec, and the same way each time about the same text.
func Noisy(planted *regexp.Regexp, sens, spec float64, seed uint64) Brain {
	return judge(func(c Conversation) bool {
		fact := planted.MatchString(record(c))
		right := spec
		if fact {
			right = sens
		}
		h := fnv.New64a()
		h.Write([]byte(c.Said(llm.User)))
		if rand.New(rand.NewPCG(seed, h.Sum64())).Float64() >= right {
			return !fact
		}
		return fact
	})
}

// Gullible is satisfied when anything in the record tells it to be, and else knows the truth.
func Gullible(planted *regexp.Regexp) Brain {
	return judge(func(c Conversation) bool { return command.MatchString(record(c)) || planted.MatchString(record(c)) })
}

// Verbose talks where another judge answers, the first time it is asked.
func Verbose(other Brain) Brain {
	return func(c Conversation) Step {
		if c.Turn() > 0 {
			return other(c)
		}
		return Step{Call: []Call{{Name: "verdict", Raw: `Let me think. {"overall": tru`}}}
	}
}

func judge(satisfied truth) Brain {
	return func(c Conversation) Step {
		if c.Tool("verdict") == "" {
			return Step{Say: "I am a judge, and there is no verdict to call."}
		}
		met := satisfied(c)
		criteria := []any{}
		for _, m := range criterion.FindAllStringSubmatch(c.Said(llm.User), -1) {
			criteria = append(criteria, finding(c, m[1], met))
		}
		return Step{Call: []Call{{Name: "verdict", Args: map[string]any{"criteria": criteria, "overall": met, "confidence": 1,
			"reason": "scripted", "failure_class": ""}}}}
	}
}

// finding quotes the first item of the record where the harness wants a quote.
func finding(c Conversation, id string, met bool) map[string]any {
	f := map[string]any{"criterion": id, "met": "not_met", "cites": []any{}, "quote": "", "why": "scripted"}
	if met {
		f["met"] = "met"
	}
	if met == strings.HasPrefix(id, "never-") {
		return f
	}
	if m := item.FindStringSubmatch(record(c)); m != nil {
		words := strings.Fields(m[2])
		f["cites"], f["quote"] = []any{m[1]}, strings.Join(words[:min(4, len(words))], " ")
	}
	return f
}
