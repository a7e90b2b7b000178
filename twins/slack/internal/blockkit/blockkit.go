// Package blockkit is Slack's Block Kit: what it refuses and in which words, how it stores and echoes what it
// accepts, and what comes back when somebody uses it.
//
// https://docs.slack.dev/reference/block-kit
package blockkit

import (
	"bytes"
	"encoding/json"
)

// A Surface is where blocks are shown.
type Surface int

// The surfaces of Block Kit.
const (
	Message Surface = iota
	Modal
	Home
)

// Blocks are the blocks of a surface as Slack stores and echoes them.
type Blocks []Object

// MarshalJSON writes no blocks as an empty array.
func (b Blocks) MarshalJSON() ([]byte, error) {
	if b == nil {
		b = Blocks{}
	}
	return encode([]Object(b))
}

// IsArray reports whether the blocks or attachments of a request are an array, be it inside a JSON string. Slack
// answers what is not with invalid_blocks_format before it looks any further.
func IsArray(raw json.RawMessage) bool {
	v, err := decode(unwrap(raw))
	_, ok := v.([]any)
	return err == nil && ok
}

// unwrap takes the JSON out of a JSON string, which is how forms carry it.
func unwrap(raw json.RawMessage) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		return bytes.TrimSpace([]byte(s))
	}
	return raw
}

// Validate holds the blocks of a surface to Slack's rules. It returns them as Slack stores them, with every
// block_id and action_id there is from random, or what Slack says of them in response_metadata.messages. Its errors
// member says the same without the "[ERROR] ".
//
// https://docs.slack.dev/reference/block-kit/blocks
func Validate(surface Surface, raw json.RawMessage, random func(n int) string) (Blocks, []string) {
	c := newCheck(surface, random)
	list := c.blocks("/blocks", raw)
	if !c.finish() {
		return nil, c.errs
	}
	return list, nil
}

func newCheck(surface Surface, random func(n int) string) *check {
	return &check{surface: surface, random: random, blockIDs: map[string]bool{}, actionIDs: map[string]bool{}}
}

// blocks checks the blocks of a message or an attachment, of which there may be none.
func (c *check) blocks(at string, raw json.RawMessage) Blocks {
	raw = unwrap(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return Blocks{}
	}
	v, err := decode(raw)
	if err != nil {
		c.refuse(at, "must provide an array")
		return nil
	}
	return c.list(at, v)
}

func (c *check) list(at string, v any) Blocks {
	names, most := inMessages, 50
	switch c.surface {
	case Modal:
		names, most = inModals, 100
	case Home:
		names, most = everywhere, 100
	}
	c.nested = 0
	list, _ := array(0, most, oneOf(blocks, names...))(c, at, v).([]any)
	if len(list) <= most && len(list)+c.nested > most {
		c.refuse(at, "no more than %d items allowed", most)
	}
	out := make(Blocks, 0, len(list))
	for _, v := range list {
		if o, ok := v.(Object); ok {
			out = append(out, o)
		}
	}
	return out
}
