package replay

import "regexp"

var okta = &Service{
	Name:       "okta",
	Hosts:      []string{"okta.com", "oktapreview.com", "okta-emea.com"},
	Credential: func(_ *Step, env map[string]string) string { return "SSWS " + env["OKTA_CLIENT_TOKEN"] },
	Generated:  oktaGenerated,
	Refused:    oktaRefused,
	Complete:   oktaComplete,
	Prime:      oktaPrime,
}

var oktaAppName = regexp.MustCompile(`^(.+)_([a-z0-9]+)_\d+$`)

// oktaGenerated knows the names that Okta gives to an org's own app definitions, {subdomain}_{slug}_{n}, and their resource names, orn:….
func oktaGenerated(then, now string) bool {
	t, n := oktaAppName.FindStringSubmatch(then), oktaAppName.FindStringSubmatch(now)
	return t != nil && n != nil && t[2] == n[2] || isORN(then) && isORN(now)
}

func isORN(s string) bool { return len(s) > 4 && s[:4] == "orn:" }

// oktaRefused knows Okta's refusals by their codes: those of the API and those of OAuth.
func oktaRefused(answer any) bool {
	m, ok := answer.(map[string]any)
	return !ok || m["errorCode"] != nil || m["error"] != nil
}

// oktaComplete gives a user the password and the answer that Okta shows only the traces of.
func oktaComplete(body map[string]any) {
	credentials := object(body["credentials"])
	if password := object(credentials["password"]); password != nil {
		password["value"] = "Any-Passw0rd-of-theirs"
	}
	if question := object(credentials["recovery_question"]); question != nil {
		question["answer"] = "Any answer of theirs"
	}
}

// oktaPrime creates the groups, users and apps that a recording shows and never made.
func oktaPrime(p *Primer) {
	for _, thing := range p.Foreign() {
		profile := object(thing["profile"])
		switch {
		case thing["objectClass"] != nil && thing["type"] == "OKTA_GROUP":
			p.Create("/api/v1/groups", thing, map[string]any{"profile": pick(profile, "name", "description")})
		case profile["login"] != nil && thing["credentials"] != nil:
			p.Create("/api/v1/users?activate=true", thing, map[string]any{"profile": present(profile)})
		case thing["signOnMode"] != nil && thing["label"] != nil:
			app := pick(thing, "name", "label", "signOnMode", "accessibility", "visibility", "settings", "profile")
			if oktaAppName.MatchString(text(app["name"])) {
				delete(app, "name") // the org's own; Okta makes another
			}
			p.Create("/api/v1/apps", thing, app)
		}
	}
}

// pick is an object with some of its members, those it has.
func pick(m map[string]any, keys ...string) map[string]any {
	out := map[string]any{}
	for _, k := range keys {
		if v, ok := m[k]; ok && v != nil {
			out[k] = v
		}
	}
	return out
}

// present is an object without its nulls.
func present(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if v != nil {
			out[k] = v
		}
	}
	return out
}
