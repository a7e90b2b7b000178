package okta

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"twinset.dev/conformance/internal/lab"
)

// code is what a generator of codes shows for a secret now, as RFC 6238 has it.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(t, err)
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	i := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[i:])&0x7fffffff)%1000000)
}

// relyingParty is an app that signs people in with OpenID Connect and says who they are.
func relyingParty(t *testing.T, e *env) string {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	id, secret := e.webAppAt(srv.URL + "/callback")
	provider, err := oidc.NewProvider(t.Context(), e.url)
	must(t, err)
	app := oauth2.Config{ClientID: id, ClientSecret: secret, RedirectURL: srv.URL + "/callback", Endpoint: provider.Endpoint(), Scopes: []string{"openid", "profile"}}
	verifier := oauth2.GenerateVerifier()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, app.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), http.StatusFound)
	})
	mux.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		tok, err := app.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		raw, _ := tok.Extra("id_token").(string)
		idToken, err := provider.Verifier(&oidc.Config{ClientID: id}).Verify(r.Context(), raw)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var claims struct {
			Name string
			AMR  []string
		}
		idToken.Claims(&claims)
		fmt.Fprintf(w, "<h1>Hello %s</h1><p>%v</p>", claims.Name, claims.AMR)
	})
	return srv.URL
}

// TestBrowser signs a person in to an app, with a password and the code of a generator.
func TestBrowser(t *testing.T) {
	browser := lab.Browser(t)
	for _, at := range []struct {
		name          string
		width, height int64
	}{{"desktop", 1280, 800}, {"phone", 390, 844}} {
		t.Run(at.name, func(t *testing.T) {
			e := world(t)
			var me struct{ ID string }
			e.api("GET", "/api/v1/users/me", nil, &me)
			var factor struct {
				ID       string
				Embedded struct {
					Activation struct{ SharedSecret string }
				} `json:"_embedded"`
			}
			e.api("POST", "/api/v1/users/"+me.ID+"/factors", map[string]any{"factorType": "token:software:totp", "provider": "GOOGLE"}, &factor)
			secret := factor.Embedded.Activation.SharedSecret
			e.api("POST", "/api/v1/users/"+me.ID+"/factors/"+factor.ID+"/lifecycle/activate", map[string]any{"passCode": code(t, secret, time.Now().Add(-30*time.Second))}, nil)
			app := relyingParty(t, e)

			ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
			defer cancel()
			ctx, stop := context.WithTimeout(ctx, time.Minute)
			defer stop()
			do := func(steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				must(t, chromedp.Do(ctx, steps...))
			}
			sees := func(text string) {
				t.Helper()
				for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
					if body, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ""`)); err == nil && strings.Contains(body, text) {
						return
					}
				}
				body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
				t.Fatalf("did not see %q within 20 s: %s", text, body)
			}
			shoot := func(name string) {
				t.Helper()
				dir := os.Getenv("SCREENSHOTS")
				if dir == "" {
					dir = t.TempDir()
				}
				b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
				must(t, err)
				must(t, os.WriteFile(filepath.Join(dir, "okta-"+at.name+"-"+name+".png"), b, 0o644))
				over, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
				must(t, err)
				if over > 0 {
					t.Errorf("the page is %d pixels too wide at %s", over, name)
				}
			}
			do(chromedp.EmulateViewport(at.width, at.height), chromedp.Navigate(app))
			sees("Sign In")
			shoot("password")
			do(chromedp.SendKeys(chromedp.CSS("#username"), e.creds.Env["OKTA_TEST_USERNAME"]), chromedp.SendKeys(chromedp.CSS("#password"), "wrong\r"))
			sees("Unable to sign in")
			do(chromedp.SendKeys(chromedp.CSS("#password"), e.creds.Env["OKTA_TEST_PASSWORD"]+"\r"))
			sees("Enter code")
			shoot("code")
			do(chromedp.SendKeys(chromedp.CSS("#code"), code(t, secret, time.Now())+"\r"))
			sees("Hello Ana Silva")
			sees("otp")
		})
	}
}
