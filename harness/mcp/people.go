package mcp

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/harness/plane"
)

// A caller is who calls a twin's operation, and where.
type caller struct{ base, authorization string }

// ready is what the control plane answers for credentials, as far as it is needed to call.
type ready struct {
	Env   map[string]string
	Slack struct {
		Tokens []struct{ Kind, Name, Token string }
	}
	Jira struct {
		People map[string]struct{ Email, Token string }
	}
	Google struct{ Tokens map[string]string }
}

// credentials are those of somebody in a world, or the ready ones of the twin.
func credentials(ctx context.Context, p plane.Client, service, as string) (caller, error) {
	var c ready
	if err := p.Call(ctx, http.MethodGet, p.In("/credentials"), nil, &c); err != nil {
		return caller{}, err
	}
	nobody := fmt.Errorf("%s has no ready credentials of %q in world %s", service, as, p.World)
	switch service {
	case "okta":
		if as != "" {
			return caller{}, fmt.Errorf("%w: its API is called by administrators' tokens alone", nobody)
		}
		return caller{c.Env["OKTA_CLIENT_ORGURL"], "SSWS " + c.Env["OKTA_CLIENT_TOKEN"]}, nil
	case "jira":
		email, token := c.Env["JIRA_USER"], c.Env["JIRA_TOKEN"]
		if as != "" {
			who, ok := c.Jira.People[as]
			if !ok {
				return caller{}, nobody
			}
			email, token = who.Email, who.Token
		}
		return caller{c.Env["JIRA_URL"], "Basic " + base64.StdEncoding.EncodeToString([]byte(email+":"+token))}, nil
	case "slack":
		base := strings.TrimSuffix(c.Env["SLACK_API_URL"], "/api/")
		if as == "" {
			return caller{base, "Bearer " + c.Env["SLACK_BOT_TOKEN"]}, nil
		}
		for _, t := range c.Slack.Tokens {
			if t.Name == as && (t.Kind == "user" || t.Kind == "bot") {
				return caller{base, "Bearer " + t.Token}, nil
			}
		}
		return caller{}, nobody
	default:
		base := c.Env["DRIVE_URL"]
		if as == "" {
			return caller{base, "Bearer " + c.Env["GOOGLE_TOKEN"]}, nil
		}
		for _, email := range slices.Sorted(maps.Keys(c.Google.Tokens)) {
			if email == as || strings.HasPrefix(email, as+"@") {
				return caller{base, "Bearer " + c.Google.Tokens[email]}, nil
			}
		}
		return caller{}, nobody
	}
}
