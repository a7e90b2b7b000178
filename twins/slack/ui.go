package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
)

//go:embed ui/client
var uiFiles embed.FS

// pages are what a person sees in a browser; a twin that nobody looks at does not read them.
var pages = sync.OnceValue(func() *template.Template {
	return ui.Templates(ui.Folder(uiFiles, "ui/client"), template.FuncMap{"emoji": drawn, "plain": func(name string) string { return emojiByName[name] }, "quick": func() []string { return quickEmoji }, "glyphs": func() []emojiGroup { return emojiGroups }})
})

// A visit is one request of somebody with a browser. What it knows of the workspace it knows through c, whose token
// may do whatever the person may.
type visit struct {
	*call
	s      *Slack
	r      *twin.Request
	secret string // of the session, as the cookie has it
}

const sessionCookie = "twin_slack"

// uiRoutes are the pages of the client, at Slack's own addresses where it has any.
func (s *Slack) uiRoutes() {
	ui.Serve(s.Echo, "/client/assets", ui.Folder(uiFiles, "ui/client"))
	op := s.Operation(&twin.Operation{ID: "client", Method: http.MethodGet, Path: "/client/*", Level: twin.Full, Notes: "the pages that a person sees"})
	page := func(path string, f func(*visit) (string, any, error)) {
		s.Echo.GET(path, func(ec echo.Context) error {
			return s.Serve(ec, op, "", func(r *twin.Request) (twin.Answer, error) { return s.page(r, f) })
		})
	}
	page("/", func(v *visit) (string, any, error) { return "", redirect(v.root() + "/client/" + v.token.Team), nil })
	page("/client", func(v *visit) (string, any, error) { return "", redirect(v.root() + "/client/" + v.token.Team), nil })
	page("/client/:team", (*visit).homePage)
	page("/client/:team/:channel", (*visit).channelPage)
	page("/client/:team/:channel/thread/:ts", (*visit).channelPage)
	page("/client/:team/:channel/details", (*visit).detailsPage)
	page("/client/:team/search", (*visit).searchPage)
	page("/client/:team/people", (*visit).peoplePage)
	page("/client/:team/browse-channels", (*visit).browsePage)
	page("/client/:team/new-channel", (*visit).newChannelPage)
	page("/client/:team/apps", (*visit).appsPage)
	page("/client/:team/app/:app", (*visit).appPage)
	page("/team/:user", (*visit).profilePage)
	page("/archives/:channel", (*visit).permalinkPage)
	page("/archives/:channel/:ts", (*visit).permalinkPage)
	page("/app_redirect", (*visit).appRedirect)

	s.Echo.GET("/signin", func(ec echo.Context) error {
		return s.Serve(ec, op, "", s.signinPage)
	})
	do := s.Operation(&twin.Operation{ID: "client.do", Method: http.MethodPost, Path: "/client/:team/do/:what", Level: twin.Full, Notes: "what a person does on the pages"})
	s.Echo.POST("/signin", func(ec echo.Context) error { return s.Serve(ec, do, "", s.signin) })
	s.Echo.POST("/client/:team/do/:what", func(ec echo.Context) error { return s.Serve(ec, do, "", s.form) })

	events := s.Operation(&twin.Operation{ID: "client.events", Method: http.MethodGet, Path: "/client/events", Level: twin.Full, Notes: "tells a page that there is something new"})
	ask := s.Operation(&twin.Operation{ID: "client.ask", Method: http.MethodGet, Path: "/client/:team/names", Level: twin.Full, Notes: "what could be meant by what somebody is typing"})
	for path, f := range map[string]func(*visit) (any, error){"/client/:team/names": (*visit).names, "/client/:team/options": (*visit).suggest} {
		s.Echo.GET(path, func(ec echo.Context) error {
			return s.Serve(ec, ask, "", func(r *twin.Request) (twin.Answer, error) { return s.answerJSON(r, f) })
		})
	}
	s.Echo.GET("/client/events", func(ec echo.Context) error { return s.Serve(ec, events, "", s.events) })
}

// redirect is the answer of a page that is somewhere else.
type redirect string

// root is what addresses on this twin begin with: "" or the world's prefix.
func root(w *twin.World) string {
	if w.Name() == twin.DefaultWorld {
		return ""
	}
	return "/w/" + w.Name()
}

func (v *visit) root() string { return root(v.World) }

// client is an address in the client of the visitor's workspace.
func (v *visit) client(path string) string { return v.root() + "/client/" + v.token.Team + path }

// visitor finds out who is looking: the session that a cookie of this world is for. The session dies with its record.
func (s *Slack) visitor(r *twin.Request, tc *twin.Call) (*visit, bool) {
	for _, cookie := range r.Echo.Cookies() {
		if cookie.Name != sessionCookie {
			continue
		}
		tok, ok := s.tokens.Get(tc.Tx, tc.World.Unseal(cookie.Value))
		if !ok || tok.Kind != tokenLegacy || tok.Revoked || tok.Expires != 0 && tc.Now.Unix() >= tok.Expires {
			continue
		}
		u, ok := s.users.Get(tc.Tx, tok.User)
		if !ok || u.Deleted {
			continue
		}
		c := &call{Call: tc, s: s, token: tok, user: u, args: &arguments{form: url.Values{}}, base: s.URL(tc)}
		r.Actor = u.ID
		return &visit{call: c, s: s, r: r, secret: cookie.Value}, true
	}
	return nil, false
}

// csrf is what a form of this session carries, so that no other site can send one in its name.
func (v *visit) csrf() string {
	mac := hmac.New(sha256.New, v.World.Key("slack client forms"))
	mac.Write([]byte(v.token.Key))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// page answers a page of the client; whoever is not signed in is asked who they are first.
func (s *Slack) page(r *twin.Request, f func(*visit) (string, any, error)) (twin.Answer, error) {
	var data any
	var a twin.Answer
	var v *visit
	in := false
	said := ui.Said(r.Echo)
	err := r.View(func(tc *twin.Call) (err error) {
		if v, in = s.visitor(r, tc); !in {
			return nil
		}
		if team := r.Echo.Param("team"); team != "" && team != v.token.Team {
			return errTeamNotFound
		}
		name, d, err := f(v)
		if data = d; err != nil || name == "" {
			return err
		}
		d.(interface{ saying(ui.Flash) }).saying(said)
		a, err = render(http.StatusOK, name, d) // blocks look things up while they are drawn
		return err
	})
	req := r.Echo.Request()
	if !in && err == nil {
		return to(root(r.World) + "/signin?to=" + url.QueryEscape(root(r.World)+req.URL.RequestURI())), nil
	}
	if code := Error(""); errors.As(err, &code) {
		return s.notFound(r, code)
	} else if err != nil {
		return twin.Answer{}, err
	}
	if v != nil {
		v.looked()
	}
	if where, ok := data.(redirect); ok {
		if said.Error != "" || said.OK != "" {
			ui.Say(r.Echo, said)
		}
		return to(string(where)), nil
	}
	return a, nil
}

func to(where string) twin.Answer {
	return twin.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {where}, "Cache-Control": {"no-store"}}}
}

func render(status int, name string, data any) (twin.Answer, error) {
	b, err := ui.Render(pages(), name, data)
	return twin.Answer{Status: status, Type: "text/html; charset=utf-8", Header: ui.Headers(), Body: b}, err
}

// notFound is the page of something that is not there for this person.
func (s *Slack) notFound(r *twin.Request, code Error) (twin.Answer, error) {
	a, err := render(http.StatusNotFound, "gone", struct {
		ui.Page
		Sentence string
	}{ui.Page{Title: "Not found", Class: "plain", Root: root(r.World), Styles: []string{root(r.World) + "/client/assets/slack.css"}}, told(code)})
	a.Error = string(code)
	return a, err
}

// signinPage lets a person choose who they are: the twin has no passwords.
func (s *Slack) signinPage(r *twin.Request) (twin.Answer, error) {
	type choice struct {
		ID, Name, Title, Role string
		Face                  face
	}
	data := struct {
		ui.Page
		Team   string
		To     string
		People []choice
	}{Page: ui.Page{Title: "Sign in", Class: "plain", Root: root(r.World), Styles: []string{root(r.World) + "/client/assets/slack.css"}, Said: ui.Said(r.Echo)}, To: or(r.Echo.QueryParam("to"), r.Echo.QueryParam("redir"))}
	err := r.View(func(tc *twin.Call) error {
		c := &call{Call: tc, s: s, args: &arguments{}, base: s.URL(tc)}
		for t := range s.teams.All(tc.Tx, "") {
			if !t.Org && data.Team == "" {
				data.Team = t.Name
			}
		}
		for u := range s.users.All(tc.Tx, "") {
			if u.Bot || u.Deleted || u.Stranger || u.ID == "USLACKBOT" {
				continue
			}
			if t, ok := s.teams.Get(tc.Tx, u.Team); ok {
				data.Team = t.Name
			}
			data.People = append(data.People, choice{u.ID, or(u.RealName, u.Name), u.Title, role(u), c.faceOf(u)})
		}
		slices.SortFunc(data.People, func(a, b choice) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
	if err != nil {
		return twin.Answer{}, err
	}
	return render(http.StatusOK, "signin", data)
}

// role is what a workspace calls somebody's standing.
func role(u User) string {
	switch {
	case u.Bot:
		return "App"
	case u.Owner:
		return "Workspace owner"
	case u.Admin:
		return "Workspace admin"
	case u.UltraRestricted:
		return "Single-channel guest"
	case u.Restricted:
		return "Guest"
	}
	return "Member"
}

// signin begins a session: a token of the person's own, which the cookie carries.
func (s *Slack) signin(r *twin.Request) (twin.Answer, error) {
	if err := http.NewCrossOriginProtection().Check(r.Echo.Request()); err != nil {
		return twin.Answer{Status: http.StatusForbidden, Type: "text/plain; charset=utf-8", Body: []byte("This form was sent from another site.\n"), Error: "cross_origin"}, nil
	}
	var secret string
	err := r.Update(func(tc *twin.Call) error {
		u, ok := s.users.Get(tc.Tx, r.Echo.FormValue("user"))
		if !ok || u.Deleted || u.Bot {
			return errUserNotFound
		}
		r.Actor = u.ID
		tok := Token{Key: "xoxs-" + tc.Rand(12, "0123456789") + "-" + tc.Rand(12, "0123456789") + "-" + tc.Rand(24, hexAlphabet), Kind: tokenLegacy,
			User: u.ID, Team: u.Team, Scopes: []string{"identify", "read", "post", "client", "apps"}, Created: tc.Now.Unix()}
		s.tokens.Put(tc.Tx, tok)
		secret = tc.World.Seal(tok.Key)
		return nil
	})
	if code := Error(""); errors.As(err, &code) {
		ui.Say(r.Echo, ui.Flash{Error: told(code)})
		return to(root(r.World) + "/signin"), nil
	} else if err != nil {
		return twin.Answer{}, err
	}
	s.setSession(r, secret, 0)
	s.run(r, s.methods["users.setActive"], &arguments{token: secret, form: url.Values{}})
	return to(ui.Back(r.Echo.FormValue("to"), root(r.World)+"/")), nil
}

func (s *Slack) setSession(r *twin.Request, secret string, age int) {
	r.Echo.SetCookie(&http.Cookie{Name: sessionCookie, Value: secret, Path: root(r.World) + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.Echo.Request().TLS != nil, MaxAge: age})
}

// events tells a page to look again whenever something has happened that its reader gets to know of.
func (s *Slack) events(r *twin.Request) (twin.Answer, error) {
	var who, key string
	in := false
	r.View(func(tc *twin.Call) error {
		var v *visit
		if v, in = s.visitor(r, tc); in {
			who, key = v.user.ID, v.token.Key
		}
		return nil
	})
	if !in {
		return twin.Answer{Status: http.StatusNoContent}, nil // an EventSource does not ask again
	}
	return twin.Answer{Stream: func(ec echo.Context) error {
		notices, stop := r.World.Watch(256)
		defer stop()
		return ui.Stream(ec, notices, func(n twin.Notice) (any, bool) {
			if n.Twin != "slack" && n.Twin != "" {
				return nil, false
			}
			var e event
			switch p := n.Payload.(type) {
			case event:
				e = p
			case View:
				return reply{"type": n.Topic}, p.User == who
			case Dialog:
				return reply{"type": n.Topic}, p.User == who
			default: // everything is different now
				return reply{"type": n.Topic}, true
			}
			concerned := false
			r.World.View(func(tc *twin.Call) error {
				concerned = s.tokens.Has(tc.Tx, key) && s.concerned(tc.Tx, who, e)
				return nil
			})
			return reply{"type": e.Type, "channel": e.Channel.ID}, concerned
		})
	}}, nil
}

// form does what a form of a page asks for, and shows the page again.
func (s *Slack) form(r *twin.Request) (twin.Answer, error) {
	req := r.Echo.Request()
	if strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/form-data") {
		req.ParseMultipartForm(maxBody)
	} else {
		req.ParseForm()
	}
	var v *visit
	in := false
	r.View(func(tc *twin.Call) error { v, in = s.visitor(r, tc); return nil })
	if !in {
		return to(root(r.World) + "/signin"), nil
	}
	if !hmac.Equal([]byte(v.csrf()), []byte(req.PostFormValue("csrf"))) {
		return twin.Answer{Status: http.StatusForbidden, Type: "text/plain; charset=utf-8", Body: []byte("This form is not from this session. Go back and try again.\n"), Error: "invalid_csrf"}, nil
	}
	what := r.Echo.Param("what")
	r.Cause = what
	deed := deeds[what]
	if deed == nil {
		return s.notFound(r, errUnknownMethod)
	}
	back := ""
	if from, err := url.Parse(req.Referer()); err == nil && from.Host == req.Host {
		back = ui.Back(from.RequestURI(), "")
	}
	if back == "" {
		back = strings.TrimSuffix(v.client("/"+req.PostFormValue("channel")), "/")
	}
	where, err := deed(v, back)
	if code := Error(""); errors.As(err, &code) {
		ui.Say(r.Echo, ui.Flash{Error: told(code)})
	} else if refused, ok := errors.AsType[unanswered](err); ok {
		ui.Say(r.Echo, refused.said)
	} else if err != nil {
		return twin.Answer{}, err
	}
	return to(or(where, back)), nil
}

// unanswered is what a page says of something that could not be done.
type unanswered struct{ said ui.Flash }

func (u unanswered) Error() string { return u.said.Error }

// web calls a method of the Web API as the visitor. What it refuses, it refuses them.
func (v *visit) web(method string, args reply) (map[string]json.RawMessage, error) {
	m := v.s.methods[method]
	if m == nil {
		return nil, errUnknownMethod
	}
	form := url.Values{}
	for k, x := range args {
		if text, ok := x.(string); ok {
			form.Set(k, text)
		} else {
			form.Set(k, string(encode(x)))
		}
	}
	a, err := v.s.run(v.r, m, &arguments{token: v.secret, form: form})
	if err != nil {
		return nil, err
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return nil, err
	}
	if a.Error != "" {
		return out, Error(a.Error)
	}
	return out, nil
}

// pluck is a key of a Web API answer that is a string.
func pluck(out map[string]json.RawMessage, path ...string) (s string) {
	for _, p := range path[:len(path)-1] {
		var inner map[string]json.RawMessage
		json.Unmarshal(out[p], &inner)
		out = inner
	}
	json.Unmarshal(out[path[len(path)-1]], &s)
	return s
}

// told says a refusal as the client would.
func told(code Error) string {
	if s := refusals[code]; s != "" {
		return s
	}
	return "That did not work: " + strings.ReplaceAll(string(code), "_", " ") + "."
}

var refusals = map[Error]string{
	errChannelNotFound:        "This conversation is not there, or you are not in it.",
	errNotInChannel:           "You are not in this conversation. Join it first.",
	errIsArchived:             "This channel is archived.",
	errMessageNotFound:        "This message is not there any more.",
	errNoText:                 "There is nothing to send.",
	errUserNotFound:           "There is nobody like that here.",
	errTeamNotFound:           "You are not signed in to this workspace.",
	errNameTaken:              "There is a channel of that name already.",
	errInvalidNameSpecials:    "A channel's name is made of small letters, digits, dashes and underscores.",
	errInvalidNamePunctuation: "A channel's name needs a letter or a digit.",
	errInvalidNameRequired:    "A channel needs a name.",
	errInvalidNameMaxlength:   "A channel's name has at most 80 characters.",
	errUserIsRestricted:       "Guests may not do this.",
	errCantDeleteMessage:      "Only its author, or an admin, may delete this message.",
	errCantArchiveGeneral:     "The general channel cannot be archived.",
	"cant_update_message":     "Only its author may edit this message.",
	"edit_window_closed":      "It is too late to edit this message.",
	"msg_too_long":            "This message is too long.",
	"cant_leave_general":      "Nobody can leave the general channel.",
	"already_reacted":         "You have reacted with this already.",
	"invalid_name":            "There is no emoji of that name.",
	"too_many_reactions":      "This message has as many reactions as it can.",
	"already_pinned":          "This message is pinned already.",
	"unknown_method":          "This twin cannot do that yet.",
	"already_in_channel":      "They are in this channel already.",
	"ratelimited":             "That was too often. Wait a little.",
}
