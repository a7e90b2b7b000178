package identity

import (
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLives is for how long a client may exchange a code.
const codeLives = 10 * time.Minute

// An authorization is what the address of a consent page asks for.
type authorization struct {
	client   Client
	redirect string
	types    []string // code, token, id_token
	mode     string   // query, fragment, form_post
	scopes   []string
	prompt   []string
}

// blocked is what is wrong with the address of a consent page: the person is told, and not the app.
func blocked(status int, code, why string, args ...any) *refusal {
	return &refusal{status, code, fmt.Sprintf(why, args...)}
}

// authorization reads the address of a consent page.
//
// https://developers.google.com/identity/protocols/oauth2/web-server#httprest
func (f *flow) authorization() (a authorization, _ *refusal) {
	q := f.form
	for _, name := range []string{"response_type", "client_id", "redirect_uri", "scope"} {
		if q.Get(name) == "" {
			return a, blocked(400, "invalid_request", "Required parameter is missing: %s", name)
		}
	}
	var ok bool
	if a.client, ok = f.i.Clients.Get(f.Tx, q.Get("client_id")); !ok {
		return a, blocked(401, "invalid_client", "The OAuth client was not found.")
	}
	a.redirect, a.types, a.scopes, a.prompt = q.Get("redirect_uri"), strings.Fields(q.Get("response_type")), canonical(strings.Fields(q.Get("scope"))), strings.Fields(q.Get("prompt"))
	u, err := url.Parse(a.redirect)
	switch {
	case a.redirect == "urn:ietf:wg:oauth:2.0:oob" || a.redirect == "oob":
		return a, blocked(400, "invalid_request", "The out-of-band (OOB) flow has been blocked in order to keep users secure. Follow the Out-of-Band (OOB) flow Migration Guide linked in the developer docs below to migrate your app to an alternative method.")
	case err != nil || u.Scheme == "" || u.Fragment != "":
		return a, blocked(400, "invalid_request", "Invalid parameter value for redirect_uri: Invalid redirect_uri: %s", a.redirect)
	case !a.client.calledBackAt(u):
		return a, blocked(400, "redirect_uri_mismatch", "You can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy. If you're the app developer, register the redirect URI in the Google Cloud Console. redirect_uri=%s", a.redirect)
	}
	for _, t := range a.types {
		if t != "code" && t != "token" && t != "id_token" && t != "none" {
			return a, blocked(400, "unsupported_response_type", "Invalid response_type: %s", q.Get("response_type"))
		}
	}
	var valid, invalid []string
	for _, s := range a.scopes {
		if unknownScope(s) {
			invalid = append(invalid, s)
		} else {
			valid = append(valid, s)
		}
	}
	a.mode = q.Get("response_mode")
	implicit := slices.Contains(a.types, "token") || slices.Contains(a.types, "id_token")
	if a.mode == "" {
		if a.mode = "query"; implicit {
			a.mode = "fragment"
		}
	}
	method := q.Get("code_challenge_method")
	switch {
	case len(invalid) > 0:
		return a, blocked(400, "invalid_scope", "Some requested scopes were invalid. {valid=[%s], invalid=[%s]}", strings.Join(valid, ", "), strings.Join(invalid, ", "))
	case implicit && a.client.Kind != "web":
		return a, blocked(400, "unauthorized_client", "Invalid response_type for this client type: %s", q.Get("response_type"))
	case slices.Contains(a.types, "id_token") && q.Get("nonce") == "":
		return a, blocked(400, "invalid_request", "Missing required parameter: nonce")
	case a.mode != "query" && a.mode != "fragment" && a.mode != "form_post" || a.mode == "query" && implicit:
		return a, blocked(400, "invalid_request", "Invalid response_mode: %s", a.mode)
	case method != "" && method != "plain" && method != "S256":
		return a, blocked(400, "invalid_request", "Invalid parameter value for code_challenge_method: '%s' is not a valid CodeChallengeMethod", method)
	case method != "" && q.Get("code_challenge") == "":
		return a, blocked(400, "invalid_request", "Missing required parameter: code_challenge")
	case slices.Contains(a.prompt, "none") && len(a.prompt) > 1:
		return a, blocked(400, "invalid_request", "Invalid parameter value for prompt: none cannot be used with other values")
	case q.Get("access_type") != "" && q.Get("access_type") != "online" && q.Get("access_type") != "offline":
		return a, blocked(400, "invalid_request", "Invalid parameter value for access_type: '%s' is not a valid AccessType", q.Get("access_type"))
	}
	return a, nil
}

// calledBackAt reports whether a client may be called back at an address: one that it has registered, and for an app that
// people install this machine, at any port, or a scheme of its own.
func (cl Client) calledBackAt(u *url.URL) bool {
	if slices.Contains(cl.Redirects, u.String()) {
		return true
	}
	if cl.Kind != "installed" {
		return false
	}
	number, _, _ := strings.Cut(cl.ID, ".")
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) || u.Scheme == "com.googleusercontent.apps."+number
}

// authorize asks a person whether an app may act for them, unless they have said so before.
func (f *flow) authorize() (any, error) {
	a, wrong := f.authorization()
	if wrong != nil {
		return f.blocked(wrong)
	}
	u, in := f.signedIn()
	granted, _ := f.i.consents.Get(f.Tx, u.ID+"/"+a.client.ID)
	agreed := in && within(a.scopes, granted.Scopes)
	hint := f.form.Get("login_hint")
	other := hint != "" && !strings.EqualFold(hint, u.Email) && hint != u.Sub
	switch {
	case slices.Contains(a.prompt, "none"):
		if !in || other {
			return f.back(a, url.Values{"error": {"login_required"}, "error_subtype": {"access_denied"}})
		}
		if !agreed {
			return f.back(a, url.Values{"error": {"interaction_required"}, "error_subtype": {"access_denied"}})
		}
		return f.give(a, u, a.scopes, "none")
	case !in || other || slices.Contains(a.prompt, "select_account"):
		// Whoever has picked an account comes back without being asked again.
		q := url.Values{}
		for k, v := range f.form {
			if k != "login_hint" {
				q[k] = v
			}
		}
		if a.prompt = slices.DeleteFunc(a.prompt, func(s string) bool { return s == "select_account" }); len(a.prompt) > 0 {
			q.Set("prompt", strings.Join(a.prompt, " "))
		} else {
			q.Del("prompt")
		}
		return f.ask(f.req.URL.Path+"?"+q.Encode(), a.client, f.form.Get("hd"))
	case agreed && !slices.Contains(a.prompt, "consent"):
		return f.give(a, u, a.scopes, "none")
	}
	s := screen{User: u, Client: a.client, Form: FormKey(f.Call, f.req), Post: f.root + f.req.URL.Path + "?" + f.req.URL.RawQuery}
	s.Title, s.Scopes = "Sign in - Google Accounts", choices(a.scopes)
	return f.page("consent", s)
}

// choices are scopes as a person reads them. Of several that let an app do something, each can be left out.
func choices(scopes []string) (out []choice) {
	open := 0
	for _, s := range scopes {
		out = append(out, choice{s, wording[s], signsIn(s)})
		if !signsIn(s) {
			open++
		}
	}
	for i := range out {
		out[i].Fixed = out[i].Fixed || open < 2
	}
	return out
}

// consent is what a person says when they are asked.
func (f *flow) consent() (any, error) {
	a, wrong := f.authorization()
	if wrong != nil {
		return f.blocked(wrong)
	}
	u, in := f.signedIn()
	if !in || subtle.ConstantTimeCompare([]byte(FormKey(f.Call, f.req)), []byte(f.form.Get("form"))) != 1 {
		return f.authorize()
	}
	if f.form.Get("answer") != "allow" {
		return f.back(a, url.Values{"error": {"access_denied"}})
	}
	var scopes []string
	for _, c := range choices(a.scopes) {
		if c.Fixed || slices.Contains(f.form["granted"], c.Scope) {
			scopes = append(scopes, c.Scope)
		}
	}
	if len(scopes) == 0 {
		return f.back(a, url.Values{"error": {"access_denied"}})
	}
	return f.give(a, u, scopes, "consent")
}

// give calls the app back with what it has asked for. A refresh token is for those whom a person was asked about, and
// for apps that people install.
func (f *flow) give(a authorization, u User, scopes []string, prompt string) (any, error) {
	granted, _ := f.i.consents.Get(f.Tx, u.ID+"/"+a.client.ID)
	all := canonical(append(slices.Clone(scopes), granted.Scopes...))
	f.i.consents.Put(f.Tx, Consent{User: u.ID, Client: a.client.ID, Scopes: all})
	if strings.EqualFold(f.form.Get("include_granted_scopes"), "true") {
		scopes = all
	}
	t := Token{User: u.ID, Client: a.client.ID, Scopes: scopes}
	v := url.Values{"scope": {strings.Join(worded(scopes), " ")}, "authuser": {"0"}, "prompt": {prompt}}
	if u.Domain != "" {
		v.Set("hd", u.Domain)
	}
	access := ""
	if slices.Contains(a.types, "token") {
		access = f.i.Mint(f.Call, t)
		v.Set("access_token", access)
		v.Set("token_type", "Bearer")
		v.Set("expires_in", fmt.Sprint(lives))
	}
	if slices.Contains(a.types, "id_token") {
		id, err := f.idToken(u, t, f.form.Get("nonce"), access)
		if err != nil {
			return nil, err
		}
		v.Set("id_token", id)
	}
	if slices.Contains(a.types, "code") {
		t.Offline = f.form.Get("access_type") == "offline" && prompt == "consent" || a.client.Kind == "installed"
		t.Secret, t.Expires = f.World.Unseal(f.World.Seal("4/0A"+f.Rand(70, secretAlphabet))), f.Now.Add(codeLives).Unix()
		code := Code{Token: t, Redirect: a.redirect, Challenge: f.form.Get("code_challenge"), Method: f.form.Get("code_challenge_method"), Nonce: f.form.Get("nonce")}
		f.i.codes.Put(f.Tx, code)
		v.Set("code", f.World.Reveal(t.Secret))
	}
	return f.back(a, v)
}

// worded are scopes as a redirect names them: those that say who somebody is by both their names.
func worded(scopes []string) (out []string) {
	for full, short := range map[string]string{scopeEmail: "email", scopeProfile: "profile"} {
		if slices.Contains(scopes, full) {
			out = append(out, short)
		}
	}
	slices.Sort(out)
	return append(out, scopes...)
}

// back sends the browser to the app with what came of it.
func (f *flow) back(a authorization, v url.Values) (any, error) {
	if s := f.form.Get("state"); s != "" {
		v.Set("state", s)
	}
	u, err := url.Parse(a.redirect)
	if err != nil {
		return nil, err
	}
	switch a.mode {
	case "form_post":
		s := screen{Post: a.redirect}
		s.Title = "Submit this form"
		for _, k := range []string{"state", "code", "access_token", "token_type", "expires_in", "id_token", "scope", "authuser", "hd", "prompt", "error", "error_subtype"} {
			if v.Has(k) {
				s.Scopes = append(s.Scopes, choice{Scope: k, Words: v.Get(k)})
			}
		}
		return f.page("post", s)
	case "fragment":
		return f.seeOther(a.redirect + "#" + v.Encode()), nil
	}
	q := u.Query()
	for k, one := range v {
		q[k] = one
	}
	u.RawQuery = q.Encode()
	return f.seeOther(u.String()), nil
}

// blocked tells a person what is wrong with what an app asks for.
func (f *flow) blocked(wrong *refusal) (any, error) {
	s := screen{Status: wrong.status, Word: wrong.code, Why: wrong.description}
	s.Title = fmt.Sprintf("Error %d (%s)", wrong.status, http.StatusText(wrong.status))
	return f.page("blocked", s)
}

// device asks for the code that a device shows, and then whether it may come in.
//
// https://developers.google.com/identity/protocols/oauth2/limited-input-device#step-3:-display-the-user-code
func (f *flow) device() (any, error) {
	u, in := f.signedIn()
	if !in {
		return f.ask(f.req.URL.RequestURI(), Client{}, "")
	}
	s := screen{User: u, Form: FormKey(f.Call, f.req), Post: f.root + "/device", Code: f.form.Get("user_code")}
	s.Title = "Connect a device"
	if s.Code != "" {
		d, ok := f.waiting(s.Code)
		if !ok {
			s.Why = "Invalid code. Try again."
		} else {
			s.Client, _ = f.i.Clients.Get(f.Tx, d.Client)
			s.Code, s.Scopes = d.UserCode, choices(d.Scopes)
		}
	}
	return f.page("device", s)
}

// waiting is the device that shows a code, however somebody has typed it.
func (f *flow) waiting(code string) (Device, bool) {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	if len(code) == 8 {
		code = code[:4] + "-" + code[4:]
	}
	d, ok := f.i.byUserCode.Get(f.Tx, code)
	return d, ok && d.User == "" && !d.Denied && d.Expires > f.Now.Unix()
}

// letDevice is what a person says of a device.
func (f *flow) letDevice() (any, error) {
	u, in := f.signedIn()
	if !in || subtle.ConstantTimeCompare([]byte(FormKey(f.Call, f.req)), []byte(f.form.Get("form"))) != 1 {
		return f.device()
	}
	d, ok := f.waiting(f.form.Get("user_code"))
	if !ok || f.form.Get("answer") == "" {
		return f.device()
	}
	s := screen{User: u, Why: "You may now close this window. To disconnect the device later, visit your account's third-party connections."}
	s.Title = "Success!"
	if d.Denied = f.form.Get("answer") != "allow"; d.Denied {
		s.Title, s.Why = "Access denied", "The device was not connected."
	} else {
		d.User = u.ID
	}
	f.i.devices.Put(f.Tx, d)
	return f.page("done", s)
}
