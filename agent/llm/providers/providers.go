// Package providers makes a client of every vendor there is a key for.
package providers

import (
	"cmp"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/anthropic"
	"twinset.dev/agent/llm/gemini"
	"twinset.dev/agent/llm/openai"
)

// FromEnv is a client of the providers whose keys getenv (os.Getenv) knows. The first of them, in this order, answers the requests that
// name none:
//
//	openai             OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID
//	anthropic          ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL
//	gemini             GEMINI_API_KEY or GOOGLE_API_KEY, GEMINI_BASE_URL
//	openai-compatible  OPENAI_COMPATIBLE_BASE_URL, OPENAI_COMPATIBLE_API_KEY (which may be absent)
func FromEnv(getenv func(string) string, layers ...llm.Middleware) *llm.Client {
	found := map[string]llm.Caller{}
	var first string
	add := func(name string, there bool, make func(llm.Endpoint) llm.Caller, e llm.Endpoint) {
		if there {
			found[name] = make(e)
			first = cmp.Or(first, name)
		}
	}
	key := getenv("OPENAI_API_KEY")
	headers := map[string]string{}
	for h, v := range map[string]string{"OpenAI-Organization": getenv("OPENAI_ORG_ID"), "OpenAI-Project": getenv("OPENAI_PROJECT_ID")} {
		if v != "" {
			headers[h] = v
		}
	}
	add("openai", key != "", openai.New, llm.Endpoint{Key: key, BaseURL: getenv("OPENAI_BASE_URL"), Headers: headers})
	key = getenv("ANTHROPIC_API_KEY")
	add("anthropic", key != "", anthropic.New, llm.Endpoint{Key: key, BaseURL: getenv("ANTHROPIC_BASE_URL")})
	key = cmp.Or(getenv("GEMINI_API_KEY"), getenv("GOOGLE_API_KEY"))
	add("gemini", key != "", gemini.New, llm.Endpoint{Key: key, BaseURL: getenv("GEMINI_BASE_URL")})
	base := getenv("OPENAI_COMPATIBLE_BASE_URL")
	add(openai.Chat, base != "", openai.NewChat, llm.Endpoint{Key: getenv("OPENAI_COMPATIBLE_API_KEY"), BaseURL: base})
	return llm.NewClient(found, first, layers...)
}
