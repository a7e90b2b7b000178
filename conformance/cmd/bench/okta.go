package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// oktaBench measures what an Okta twin is asked most: finding people, and signing them in.
func oktaBench(bin string, rounds int, length time.Duration) error {
	p, _, err := start(bin, "-addr", "ADDR", "-quiet")
	if err != nil {
		return err
	}
	defer p.stop()
	o := &oktaOrg{url: p.url}
	if err := o.introduce(); err != nil {
		return err
	}
	if err := o.listing(rounds); err != nil {
		return err
	}
	return o.logins(rounds, length)
}

type oktaOrg struct {
	url, token, user, password string
	client, secret             string
}

func (o *oktaOrg) introduce() error {
	var creds struct{ Env map[string]string }
	if err := o.call("GET", "/_twin/credentials", nil, &creds); err != nil {
		return err
	}
	o.token, o.user, o.password = creds.Env["OKTA_CLIENT_TOKEN"], creds.Env["OKTA_TEST_USERNAME"], creds.Env["OKTA_TEST_PASSWORD"]
	var app struct {
		ID          string
		Credentials struct {
			OauthClient struct {
				ID     string `json:"client_id"`
				Secret string `json:"client_secret"`
			}
		}
	}
	err := o.call("POST", "/api/v1/apps", map[string]any{"name": "oidc_client", "label": "Bench", "signOnMode": "OPENID_CONNECT", "credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "client_secret_post"}},
		"settings": map[string]any{"oauthClient": map[string]any{"application_type": "web", "redirect_uris": []any{"http://127.0.0.1:9/cb"}, "response_types": []any{"code"}, "grant_types": []any{"authorization_code"}}}}, &app)
	if err != nil {
		return err
	}
	o.client, o.secret = app.Credentials.OauthClient.ID, app.Credentials.OauthClient.Secret
	var groups []struct {
		ID      string
		Profile struct{ Name string }
	}
	if err := o.call("GET", "/api/v1/groups?q=Everyone", nil, &groups); err != nil {
		return err
	}
	return o.call("PUT", "/api/v1/apps/"+app.ID+"/groups/"+groups[0].ID, map[string]any{}, nil)
}

func (o *oktaOrg) call(method, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, o.url+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if o.token != "" {
		req.Header.Set("Authorization", "SSWS "+o.token)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.300s (%v)", method, path, res.Status, body, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(body, out)
}

// listing finds one department among 10,000 people, by an attribute of the org's own.
func (o *oktaOrg) listing(rounds int) error {
	if err := o.call("POST", "/api/v1/meta/schemas/user/default", map[string]any{"definitions": map[string]any{"custom": map[string]any{"id": "#custom", "type": "object",
		"properties": map[string]any{"badge": map[string]any{"title": "Badge", "type": "string"}}}}}, nil); err != nil {
		return err
	}
	var wg sync.WaitGroup
	var failed atomic.Value
	for w := range 8 {
		wg.Go(func() {
			for i := w; i < 10000 && failed.Load() == nil; i += 8 {
				login := fmt.Sprintf("person%d@acme.example", i)
				if err := o.call("POST", "/api/v1/users?activate=false", map[string]any{"profile": map[string]any{"login": login, "email": login, "firstName": "Person", "lastName": fmt.Sprint(i), "badge": fmt.Sprintf("B-%d", i%500)}}, nil); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return err
	}
	var took []float64
	for range 20 * rounds {
		began := time.Now()
		var found []any
		if err := o.call("GET", "/api/v1/users?limit=200&search="+url.QueryEscape(`profile.badge eq "B-7"`), nil, &found); err != nil {
			return err
		}
		if len(found) != 20 {
			return fmt.Errorf("%d people have the badge, not 20", len(found))
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	fmt.Printf("search among 10,000 people   %.1f ms to the first page (median, bar 5)\n", median(took))
	return nil
}

// logins signs people in with a password and PKCE, from the primary authentication to the tokens.
func (o *oktaOrg) logins(rounds int, length time.Duration) error {
	var rates, limits []float64
	for range rounds {
		limits = append(limits, signatures(length))
		r, err := rate(16, length, o.login)
		if err != nil {
			return err
		}
		rates = append(rates, r)
	}
	fmt.Printf("logins with PKCE             %.0f/s with 16 connections (bar 200); RSA signing alone, two a login: %.0f/s\n", median(rates), median(limits)/2)
	return nil
}

var still = &http.Client{Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (o *oktaOrg) login() error {
	var session struct{ SessionToken string }
	if err := o.call("POST", "/api/v1/authn", map[string]any{"username": o.user, "password": o.password}, &session); err != nil {
		return err
	}
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {o.client}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s"}, "redirect_uri": {"http://127.0.0.1:9/cb"}, "sessionToken": {session.SessionToken},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	res, err := still.Get(o.url + "/oauth2/default/v1/authorize?" + q.Encode())
	if err != nil {
		return err
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("no code: %s %s", res.Status, res.Header.Get("Location"))
	}
	res, err = client.PostForm(o.url+"/oauth2/default/v1/token", url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"http://127.0.0.1:9/cb"},
		"client_id": {o.client}, "client_secret": {o.secret}, "code_verifier": {verifier}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(b), "id_token") {
		return fmt.Errorf("no tokens: %s %s", res.Status, b)
	}
	return nil
}

// signatures is how many RSA signatures this machine makes in a second, on all its cores.
func signatures(d time.Duration) float64 {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(nil)
	n, _ := rate(runtime.GOMAXPROCS(0), d, func() error {
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		return err
	})
	return n
}
