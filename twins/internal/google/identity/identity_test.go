package identity

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/internal/testbed"
)

var host = sync.OnceValue(func() (i *Identity) {
	testbed.Open(func(h *twin.Host) *twin.Base { i = New(h); return i.Base })
	return i
})

// assertion signs what a service account says of itself, with claims of its own.
func assertion(t testing.TB, i *Identity, w *twin.World, claims map[string]any) string {
	t.Helper()
	var robot User
	said := map[string]any{}
	w.View(func(c *twin.Call) error {
		for u := range i.Users.All(c.Tx, "") {
			if u.Robot {
				robot = u
			}
		}
		said = map[string]any{"iss": robot.Email, "scope": auth + "drive", "aud": "https://oauth2.googleapis.com/token", "iat": c.Now.Unix(), "exp": c.Now.Unix() + 3600}
		for k, v := range claims {
			if n, ok := v.(int); ok {
				v = c.Now.Unix() + int64(n)
			}
			said[k] = v
		}
		return nil
	})
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key(), KeyID: w.Reveal(robot.Key)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(said)
	j, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := j.CompactSerialize()
	return s
}

// stage is where scripts are played. as=ana is ana's ready-made token. $web, $installed and $device are the ids of the demo's
// apps, $webSecret and so on their secrets, $refresh ana's refresh token of the installed app, $code a code for the web
// app and $pkce one with a challenge; $jwt… are assertions of the service account.
func stage(t *testing.T) twintest.Stage {
	i, w := host(), testbed.World(t, host().Base)
	vars := map[string]string{"foreign": ""}
	w.Update(func(c *twin.Call) error {
		ana, _ := i.ByEmail(c.Tx, "ana@acme.example")
		vars["ana"], vars["sub"] = ana.ID, ana.Sub
		for cl := range i.Clients.All(c.Tx, "") {
			vars[cl.Kind], vars[cl.Kind+"Secret"] = url.QueryEscape(cl.ID), w.Reveal(cl.Secret)
			code := Code{Token: Token{User: ana.ID, Client: cl.ID, Scopes: []string{scopeOpenID, scopeEmail, auth + "drive.file"}, Offline: true, Expires: c.Now.Unix() + 60}, Redirect: "http://localhost:8080/callback"}
			put := func(name string) {
				code.Secret = w.Unseal(w.Seal("4/0A" + name))
				i.codes.Put(c.Tx, code)
				vars[name] = w.Reveal(code.Secret)
			}
			switch cl.Kind {
			case "web":
				put("code")
				code.Challenge, code.Method = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "S256"
				put("pkce")
				put("pkce2")
			case "installed":
				for tok := range i.refreshOf.All(c.Tx, ana.ID+"/"+cl.ID) {
					vars["refresh"] = w.Reveal(tok.Secret)
				}
			}
		}
		return nil
	})
	for name, claims := range map[string]map[string]any{
		"jwt": nil, "jwtAna": {"sub": "ana@acme.example"}, "jwtNobody": {"sub": "nobody@acme.example"}, "jwtStranger": {"sub": "pat.doyle@supplier.example"}, "jwtMore": {"sub": "ana@acme.example", "scope": "https://mail.google.com/"},
		"jwtAudience": {"aud": "https://example.com/token"}, "jwtOld": {"iat": -7200, "exp": -3600}, "jwtLong": {"exp": 7200}, "jwtAccount": {"iss": "nobody@acme.example"}, "jwtScope": {"scope": "launch"}, "jwtNoScope": {"scope": ""}, "jwtID": {"target_audience": "https://launch.example"},
	} {
		vars[name] = assertion(t, i, w, claims)
	}
	parts := strings.Split(vars["jwt"], ".")
	vars["jwtForged"] = parts[0] + "." + parts[1] + "." + parts[2][:40] + "AAAA" + parts[2][44:]
	other, _ := i.World(twin.DefaultWorld)
	vars["jwtForeign"] = assertion(t, i, other, nil)
	return twintest.Stage{Handler: testbed.Handler(i.Base, w), Vars: vars, Token: func(t *testing.T, as string) string {
		token := "none"
		w.View(func(c *twin.Call) error { token = i.Ready(c, as+"@acme.example"); return nil })
		return token
	}}
}

// TestScripts plays every conversation in testdata.
func TestScripts(t *testing.T) { twintest.Play(t, "testdata/*.txt", stage) }

// TestSameSecrets keeps what one world has made out of another.
func TestSameSecrets(t *testing.T) {
	i := host()
	a := testbed.World(t, i.Base)
	var token string
	a.View(func(c *twin.Call) error { token = i.Ready(c, "ana@acme.example"); return nil })
	b, err := i.Fork(a.Snapshot(), "another", false)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Drop("another")
	b.View(func(c *twin.Call) error {
		if _, ok := i.Ask(c, token, ""); ok {
			t.Error("a token of one world is good in its fork")
		}
		return nil
	})
}
