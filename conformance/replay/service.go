package replay

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A Service is what the player must know of a vendor.
type Service struct {
	Name string

	// Hosts are the domains that the service answers on.
	Hosts []string

	// Credential is the value of the Authorization header for a step, out of the world's credentials. A step whose
	// recorded credential the twin has answered, in a token exchange say, uses that instead.
	Credential func(s *Step, env map[string]string) string

	// TokenParam is the parameter of a query or a form that may carry the credential; "" if there is none.
	TokenParam string

	// Generated says whether two different strings are names that the service made up by one rule; nil says never.
	Generated func(then, now string) bool

	// Refused says whether a recorded refusal is the service's own, and not of something between it and the recorder; nil says always.
	Refused func(answer any) bool

	// Complete adds to a body that was made out of an answer what the service never repeats, as passwords; nil adds nothing.
	Complete func(body map[string]any)

	// Prime makes, in a fresh world, what a recording reads but never made, as far as its answers show it. It binds
	// what was then to what is now; nil makes nothing.
	Prime func(p *Primer)
}

// Services are the vendors the player knows, by name.
var Services = map[string]*Service{
	"okta":    okta,
	"slack":   {Name: "slack", Hosts: []string{"slack.com"}, Credential: slackCredential, TokenParam: "token"},
	"jira":    {Name: "jira", Hosts: []string{"atlassian.net", "atlassian.com"}, Credential: jiraCredential},
	"google":  {Name: "google", Hosts: []string{"googleapis.com", "google.com"}, Credential: bearer("GOOGLE_TOKEN")},
	"gdrive":  {Name: "gdrive", Credential: bearer("GOOGLE_TOKEN")},
	"gsheets": {Name: "gsheets", Credential: bearer("GOOGLE_TOKEN")},
	"gdocs":   {Name: "gdocs", Credential: bearer("GOOGLE_TOKEN")},
}

// ServiceOf is the name of the service whose hosts answer in recordings; "" if they do not say.
func ServiceOf(recs []Recording) string {
	for _, r := range recs {
		for _, s := range r.Steps {
			for name, svc := range Services {
				for _, domain := range svc.Hosts {
					if s.Host == domain || strings.HasSuffix(s.Host, "."+domain) {
						return name
					}
				}
			}
		}
	}
	return ""
}

// Lookup finds a service by name.
func Lookup(name string) (*Service, error) {
	if s, ok := Services[name]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("there is no service %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(Services)), ", "))
}

func (s *Service) generated(then, now string) bool {
	return s.Generated != nil && then != now && s.Generated(then, now)
}

func bearer(name string) func(*Step, map[string]string) string {
	return func(_ *Step, env map[string]string) string { return "Bearer " + env[name] }
}

// slackCredential answers with a token of the kind that was used: a user's, an app's, else the bot's.
func slackCredential(s *Step, env map[string]string) string {
	_, token, _ := strings.Cut(s.Sent.Get("Authorization"), " ")
	for _, v := range s.sent() {
		if v.key == "token" {
			token = v.value
		}
	}
	switch {
	case strings.HasPrefix(token, "xoxp-"):
		return "Bearer " + env["SLACK_USER_TOKEN"]
	case strings.HasPrefix(token, "xapp-"):
		return "Bearer " + env["SLACK_APP_TOKEN"]
	}
	return "Bearer " + env["SLACK_BOT_TOKEN"]
}

func jiraCredential(_ *Step, env map[string]string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(env["JIRA_USER"]+":"+env["JIRA_TOKEN"]))
}

// authorize chooses the credential of a step.
func (p *player) authorize(h http.Header, s *Step) {
	scheme, token, _ := strings.Cut(s.Sent.Get("Authorization"), " ")
	if now, ok := p.bound.to[token]; ok {
		h.Set("Authorization", scheme+" "+now)
		return
	}
	if strings.EqualFold(scheme, "Basic") {
		if plain, err := base64.StdEncoding.DecodeString(token); err == nil {
			if now := p.bound.text(string(plain)); now != string(plain) {
				h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(now)))
				return
			}
		}
	}
	h.Set("Authorization", p.svc.Credential(s, p.world.Credentials.Env))
}
