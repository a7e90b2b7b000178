package slack

import (
	"encoding/json"
	"regexp"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/blockkit"
)

// blocksMethods are the blocks.* methods.
func (s *Slack) blocksMethods() {
	read(s, "blocks.validate", about{twin.Full, special, "", ""}, s.blocksValidate)
}

// blocksValidate says what Slack would refuse of blocks, of a message or of a view.
//
// https://docs.slack.dev/reference/methods/blocks.validate
func (s *Slack) blocksValidate(c *call, in *api.BlocksValidateRequest) (any, error) {
	given := 0
	for _, j := range []json.RawMessage{in.Blocks, in.Message, in.View} {
		if len(j) > 0 {
			given++
		}
	}
	if given != 1 {
		return nil, invalid("[ERROR] exactly one of blocks, view and message must be provided")
	}
	id := func(n int) string { return strings.Repeat("x", n) }
	var problems []string
	switch {
	case in.View != nil:
		_, problems = blockkit.ValidateView(in.View, id)
		return validated(errInvalidView, "/view", problems)
	case in.Blocks != nil:
		_, problems = blockkit.Validate(blockkit.Message, in.Blocks, id)
		return validated(errInvalidBlocks, "/blocks", problems)
	}
	var m struct {
		Text                string
		Blocks, Attachments json.RawMessage
	}
	if json.Unmarshal(in.Message, &m) != nil {
		return validated(errInvalidMessage, "", []string{"[ERROR] must provide an object [json-pointer:]"})
	}
	if present(m.Blocks) == nil && present(m.Attachments) == nil && m.Text == "" {
		problems = append(problems, "[ERROR] missing required field: text [json-pointer:]")
	}
	_, wrong := blockkit.Validate(blockkit.Message, m.Blocks, id)
	problems = append(problems, wrong...)
	_, _, wrong = blockkit.ValidateAttachments(m.Attachments, id)
	return validated(errInvalidMessage, "", append(problems, wrong...))
}

// problem is one of Block Kit's sentences about what is wrong, and where.
var problem = regexp.MustCompile(`^\[ERROR\] (.*?)(?: \[json-pointer:(.*)\])?$`)

// validated answers with what is wrong, each with its place: from is where the argument itself is in Block Kit's sentences.
func validated(code Error, from string, problems []string) (any, error) {
	if len(problems) == 0 {
		return nil, nil
	}
	var list []reply
	for _, p := range problems {
		parts := problem.FindStringSubmatch(p)
		list = append(list, reply{"pointer": strings.TrimPrefix(parts[2], from), "code": problemCode(parts[1]), "message": parts[1]})
	}
	return nil, code.with(reply{"errors": list, "response_metadata": reply{"messages": problems}})
}

// problemCode is the code of a sentence about what is wrong.
func problemCode(sentence string) string {
	switch {
	case strings.HasPrefix(sentence, "missing required field"):
		return "missing_required_field"
	case strings.HasPrefix(sentence, "unsupported type"):
		return "unsupported_type"
	case strings.HasPrefix(sentence, "must provide"):
		return "invalid_type"
	}
	return "failed_constraint"
}
