package slack

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

//go:embed ui/authorize.html
var authorizeHTML string

var authorizePage = template.Must(template.New("authorize").Parse(authorizeHTML))

// consent is what the page that asks for approval shows.
type consent struct {
	Title, Problem, Code string
	Action               string
	App                  App
	Team                 Team
	Scope, UserScope     []string
	People               []User
	Channels             []Channel
	Fields               map[string]string
}

// authorizeRoutes are the pages that ask a person to approve an app.
//
// https://docs.slack.dev/authentication/installing-with-oauth
func (s *Slack) authorizeRoutes() {
	for path, flow := range map[string]string{"/oauth/v2/authorize": flowV2, "/oauth/v2_user/authorize": flowV2, "/oauth/authorize": flowV1, "/openid/connect/authorize": flowOpenID} {
		id := strings.ReplaceAll(strings.Trim(path, "/"), "/", ".")
		ask := s.Operation(&twin.Operation{ID: id, Method: http.MethodGet, Path: path, Level: twin.Full})
		s.Echo.GET(path, func(ec echo.Context) error {
			return s.Serve(ec, ask, "", func(r *twin.Request) (twin.Answer, error) { return s.askApproval(r, readApproval(ec, flow)) })
		})
		answer := s.Operation(&twin.Operation{ID: id + ".answer", Method: http.MethodPost, Path: path, Level: twin.Full})
		s.Echo.POST(path, func(ec echo.Context) error {
			return s.Serve(ec, answer, "", func(r *twin.Request) (twin.Answer, error) { return s.answerApproval(r, ec, readApproval(ec, flow)) })
		})
	}
}

func readApproval(ec echo.Context, flow string) approval {
	a := approval{Flow: flow, ClientID: ec.FormValue("client_id"), Scope: splitScopes(ec.FormValue("scope")), UserScope: splitScopes(ec.FormValue("user_scope")),
		Redirect: ec.FormValue("redirect_uri"), State: ec.FormValue("state"), Team: ec.FormValue("team"), Nonce: ec.FormValue("nonce"),
		Challenge: ec.FormValue("code_challenge"), Method: ec.FormValue("code_challenge_method"), Channel: ec.FormValue("channel")}
	if ec.Path() == "/oauth/v2_user/authorize" {
		a.UserScope, a.Scope = a.Scope, nil
	}
	return a
}

// splitScopes reads a list of scopes, separated by commas or spaces.
func splitScopes(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '+' })
}

// askApproval shows what an app asks for, or why it may not.
func (s *Slack) askApproval(r *twin.Request, a approval) (out twin.Answer, err error) {
	err = r.View(func(tc *twin.Call) error {
		c := &call{Call: tc, s: s, base: s.URL(tc)}
		a, err := c.approval(a)
		if no, ok := errors.AsType[errApproval](err); ok {
			out = consentPage(http.StatusBadRequest, consent{Title: "Error | Slack", Problem: no.why, Code: no.code})
			out.Error = no.code
			return nil
		}
		v := consent{Title: "Authorize " + a.app.Name + " | Slack", App: a.app, Scope: a.Scope, UserScope: a.UserScope,
			Action: c.base + r.Echo.Request().URL.Path, Fields: map[string]string{}}
		v.Team, _ = s.teams.Get(tc.Tx, or(a.Team, a.app.Team))
		for u := range s.users.All(tc.Tx, "") {
			if !u.Bot && !u.Deleted && u.ID != "USLACKBOT" {
				v.People = append(v.People, u)
			}
		}
		for _, sc := range a.Scope {
			if sc != "incoming-webhook" {
				continue
			}
			for ch := range s.channels.All(tc.Tx, "") {
				if !ch.Private && !ch.IM && !ch.MPIM && !ch.Archived && ch.Team == v.Team.ID {
					v.Channels = append(v.Channels, ch)
				}
			}
		}
		for _, k := range []string{"client_id", "scope", "user_scope", "redirect_uri", "state", "team", "nonce", "code_challenge", "code_challenge_method", "response_type", "response_mode"} {
			if given := r.Echo.FormValue(k); given != "" {
				v.Fields[k] = given
			}
		}
		out = consentPage(http.StatusOK, v)
		return nil
	})
	return out, err
}

func consentPage(status int, v consent) twin.Answer {
	var b bytes.Buffer
	if err := authorizePage.Execute(&b, v); err != nil {
		panic(err)
	}
	return twin.Answer{Status: status, Type: "text/html; charset=utf-8", Body: b.Bytes(), Header: http.Header{"Cache-Control": {"no-store"}}}
}

// answerApproval sends the person back to the app, with a code or without.
func (s *Slack) answerApproval(r *twin.Request, ec echo.Context, a approval) (out twin.Answer, err error) {
	err = r.Update(func(tc *twin.Call) error {
		a, err := (&call{Call: tc, s: s, base: s.URL(tc)}).approval(a)
		if err != nil {
			return err
		}
		to := back(a.redirect, url.Values{"error": {"access_denied"}, "state": {a.State}})
		if ec.FormValue("answer") == "allow" {
			c, err := s.person(tc, ec.FormValue("user"))
			if err != nil {
				return errApproval{"access_denied", err.Error()}
			}
			r.Actor = c.user.ID
			if _, to, err = c.authorize(a); err != nil {
				return errApproval{"access_denied", err.Error()}
			}
		}
		out = twin.Answer{Status: http.StatusFound, Header: http.Header{"Location": {to}}}
		return nil
	})
	if no, ok := errors.AsType[errApproval](err); ok {
		out = consentPage(http.StatusBadRequest, consent{Title: "Error | Slack", Problem: no.why, Code: no.code})
		out.Error = no.code
		return out, nil
	}
	return out, err
}

// approveInstall is the page's Allow button for those who have no browser.
func (s *Slack) approveInstall(ctx context.Context, r *twin.Request, in *struct {
	User        string
	ClientID    string `json:"client_id"`
	Scope       string `json:"scope"`
	UserScope   string `json:"user_scope"`
	RedirectURI string `json:"redirect_uri"`
	State       string `json:"state"`
	Team        string `json:"team"`
	Channel     string `json:"channel"`
	Nonce       string `json:"nonce"`
	Challenge   string `json:"code_challenge"`
	Method      string `json:"code_challenge_method"`
	Flow        string `json:"flow"` // v2, v1 or openid
}) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		a, err := c.approval(approval{Flow: or(in.Flow, flowV2), ClientID: in.ClientID, Scope: splitScopes(in.Scope), UserScope: splitScopes(in.UserScope), Redirect: in.RedirectURI,
			State: in.State, Team: in.Team, Channel: in.Channel, Nonce: in.Nonce, Challenge: in.Challenge, Method: in.Method})
		if no, ok := errors.AsType[errApproval](err); ok && no.code == "bad_redirect_uri" && in.RedirectURI == "" {
			a.redirect, err = "http://localhost/", nil // there is no browser to send anywhere
			if len(a.Scope)+len(a.UserScope) == 0 {
				err = errApproval{"no_scopes", "No scopes requested"}
			}
		}
		if err != nil {
			return err
		}
		code, to, err := c.authorize(a)
		if err != nil {
			return err
		}
		out = reply{"code": code, "state": in.State, "redirect": to}
		return nil
	})
	return out, err
}

// uninstallApp removes an app from the workspace, as its owner or an admin does.
func (s *Slack) uninstallApp(ctx context.Context, r *twin.Request, in *struct{ User, App string }) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, app, inst, err := s.personAt(tc, in.User, in.App)
		if err != nil {
			return err
		}
		if !c.user.Admin && inst.By != c.user.ID {
			return errors.New("only an admin or whoever installed it can remove it")
		}
		c.uninstall(app, inst)
		out = reply{"app": app.ID}
		return nil
	})
	return out, err
}
