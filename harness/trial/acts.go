package trial

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/harness/check"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/universe"
	"twinset.dev/kit/twin"
)

// An act is something that somebody else does in a story, or that goes wrong.
type act struct {
	scenario.Act
	base *twin.Base // whose action or whose API it is
	path *check.Template
	with *check.Template // JSON
}

func compileActs(list []scenario.Act, u *universe.Universe) (acts []act, err error) {
	for i, a := range list {
		c := act{Act: a}
		if err := c.compile(u); err != nil {
			return nil, fmt.Errorf("player[%d]: %w", i, err)
		}
		acts = append(acts, c)
	}
	return acts, nil
}

func (a *act) compile(u *universe.Universe) (err error) {
	all := u.Host.Twins()
	switch {
	case a.Do != "":
		for _, b := range all {
			if b.Actions[a.Do] != nil && a.base == nil {
				a.base = b
			}
		}
		if a.base == nil {
			return fmt.Errorf("there is no action %q", a.Do)
		}
	case a.Call != "":
		f := strings.SplitN(a.Call, " ", 3)
		for _, b := range all {
			if b.Service == f[1] {
				a.base = b
			}
		}
		if a.base == nil {
			return fmt.Errorf("there is no twin %q", f[1])
		}
		if a.path, err = check.ParseTemplate(f[2], u.Host); err != nil {
			return err
		}
	}
	with := []byte("")
	if a.With != nil {
		if with, err = json.Marshal(a.With); err != nil {
			return err
		}
	}
	a.with, err = check.ParseTemplate(string(with), u.Host)
	return err
}

// act does what belongs to a moment of the story.
func (pl *play) act(ctx context.Context, now func(act) bool) error {
	for _, a := range pl.p.acts {
		if !now(a) {
			continue
		}
		what, err := pl.do(ctx, a)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		pl.seen += uint64(len(pl.w.Journal.Since(pl.seen, 0))) // these requests are not the subject's
		pl.event(trajectory.Event{Actor: "harness", Kind: "act", Text: what})
		pl.mark(pl.w.Version())
	}
	return nil
}

func (pl *play) do(ctx context.Context, a act) (what string, err error) {
	switch {
	case a.Mend:
		_, err := pl.w.RemoveFault("")
		return "all is well again", err
	case a.Fault != nil:
		f, err := pl.w.AddFault(twin.Fault(*a.Fault))
		b, _ := json.Marshal(f)
		return "fault " + string(b), err
	}
	st, err := check.NewState(pl.w, pl.p.memory, pl.t.Events)
	if err != nil {
		return a.Do + a.Call, err
	}
	with, err := a.with.Fill(st, true)
	if err != nil {
		return a.Do + a.Call, err
	}
	if a.Do != "" {
		what = a.Do + " " + with
		req, rec := pl.request(ctx, a.base, http.MethodPost, "/_twin/actions/"+a.Do, with), httptest.NewRecorder()
		_, err = a.base.Actions[a.Do](ctx, pl.w, &twin.Request{Base: a.base, World: pl.w, Echo: a.base.Echo.NewContext(req, rec)}, json.RawMessage(with))
		return what, err
	}
	path, err := a.path.Fill(st, false)
	if err != nil {
		return a.Call, err
	}
	method, _, _ := strings.Cut(a.Call, " ")
	what = method + " " + path + " by " + a.As
	auth, err := pl.authorization(a.base, a.As)
	if err != nil {
		return what, err
	}
	req, rec := pl.request(ctx, a.base, method, "/w/"+pl.w.Name()+path, with), httptest.NewRecorder()
	req.Header.Set("Authorization", auth)
	a.base.Echo.ServeHTTP(rec, req)
	if rec.Code >= http.StatusBadRequest {
		return what, fmt.Errorf("%d %.200s", rec.Code, rec.Body)
	}
	return what, nil
}

// request is one that somebody makes at a twin's own address, which links in answers repeat.
func (pl *play) request(ctx context.Context, b *twin.Base, method, path, body string) *http.Request {
	req := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	if at, err := url.Parse(b.URLIn(pl.w, nil)); err == nil {
		req.Host = at.Host
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// authorization is the header of somebody of the company at a twin.
func (pl *play) authorization(b *twin.Base, who string) (header string, err error) {
	err = pl.w.View(func(c *twin.Call) error {
		for _, n := range b.Neighbours() {
			if n.Credentials == nil {
				continue
			}
			env, objects := n.Credentials(c)
			if people, ok := plainly(objects)["people"].(map[string]any); ok {
				if p, ok := people[who].(map[string]any); ok {
					header = "Basic " + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%v:%v", p["email"], p["token"]))
				}
			}
			if tokens, ok := plainly(objects)["tokens"].(map[string]any); ok {
				for _, email := range slices.Sorted(maps.Keys(tokens)) {
					if h, _, _ := strings.Cut(email, "@"); h == who || email == who {
						header = fmt.Sprintf("Bearer %v", tokens[email])
						break
					}
				}
			}
			if token := env["OKTA_CLIENT_TOKEN"]; token != "" && who == "ana" {
				header = "SSWS " + token
			}
		}
		return nil
	})
	if err == nil && header == "" {
		err = fmt.Errorf("there are no credentials of %q at %s; what people do in Slack are actions: do: message", who, b.Service)
	}
	return header, err
}

// plainly is a value as JSON has it.
func plainly(v any) (m map[string]any) {
	b, err := json.Marshal(v)
	if err == nil {
		json.Unmarshal(b, &m)
	}
	return m
}
