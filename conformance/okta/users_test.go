package okta

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
	"golang.org/x/oauth2"

	"twinset.dev/conformance/internal/lab"
)

const password = "Rocket-2026!"

// newUser is somebody who is not there yet, with a password and a recovery question.
func newUser(name string) okta.CreateUserRequest {
	return okta.CreateUserRequest{
		Profile: &okta.UserProfile{"firstName": name, "lastName": "Novak", "login": strings.ToLower(name) + "@pilots.example", "email": strings.ToLower(name) + "@pilots.example"},
		Credentials: &okta.UserCredentials{Password: &okta.PasswordCredential{Value: password},
			RecoveryQuestion: &okta.RecoveryQuestionCredential{Question: "Where do you fly?", Answer: "Far away"}},
	}
}

// user makes somebody of that first name, who can sign in.
func (e *env) user(name string) *okta.User {
	e.t.Helper()
	u, _, err := e.User.CreateUser(e.ctx, newUser(name), nil)
	must(e.t, err)
	return u
}

// me is the person whose API token the client has.
func (e *env) me() *okta.User {
	e.t.Helper()
	u, _, err := e.User.GetUser(e.ctx, "me")
	must(e.t, err)
	return u
}

// status is what has become of somebody.
func (e *env) status(id string) string {
	e.t.Helper()
	u, _, err := e.User.GetUser(e.ctx, id)
	must(e.t, err)
	return u.Status
}

// authn signs in through the authentication API, and returns the state that comes of it, or the code of the refusal, and the session token.
func (e *env) authn(u *okta.User, password string) (status, token string) {
	e.t.Helper()
	b, err := json.Marshal(map[string]any{"username": (*u.Profile)["login"], "password": password})
	must(e.t, err)
	res, err := http.Post(e.url+"/api/v1/authn", "application/json", strings.NewReader(string(b)))
	must(e.t, err)
	defer res.Body.Close()
	var said struct{ Status, SessionToken, ErrorCode string }
	must(e.t, json.NewDecoder(res.Body).Decode(&said))
	return said.Status + said.ErrorCode, said.SessionToken
}

// signsIn fails the test unless somebody who signs in with a password comes that far.
func (e *env) signsIn(u *okta.User, password, status string) {
	e.t.Helper()
	got, _ := e.authn(u, password)
	want(e.t, "signing in", got, status)
}

// recovers fails the test unless a link lets somebody choose a password.
func (e *env) recovers(link string) {
	e.t.Helper()
	var state struct{ Status string }
	e.api("POST", "/api/v1/authn/recovery/token", map[string]any{"recoveryToken": path.Base(link)}, &state)
	if !slices.Contains([]string{"RECOVERY", "PASSWORD_RESET"}, state.Status) {
		e.t.Fatalf("the link leads to %s", state.Status)
	}
}

// session signs somebody in and returns their session.
func (e *env) session(u *okta.User) *okta.Session {
	e.t.Helper()
	_, token := e.authn(u, password)
	s, _, err := e.Session.CreateSession(e.ctx, okta.CreateSessionRequest{SessionToken: token})
	must(e.t, err)
	return s
}

// logged counts the events of a type in the log that have a target.
func (e *env) logged(kind, target string) (n int) {
	e.t.Helper()
	events, _, err := e.LogEvent.GetLogs(e.ctx, query.NewQueryParams(query.WithFilter(`eventType eq "`+kind+`"`), query.WithLimit(1000)))
	must(e.t, err)
	for _, ev := range events {
		if slices.ContainsFunc(ev.Target, func(t *okta.LogTarget) bool { return t.Id == target }) {
			n++
		}
	}
	return n
}

// advance moves the world's clock on.
func (e *env) advance(by string) {
	e.t.Helper()
	lab.Control(e.t, http.MethodPost, e.url+"/_twin/clock/advance", map[string]string{"by": by}, nil)
}

// A visit is what an app was given on behalf of the person that the client is of.
type visit struct {
	oauth2.Config
	refresh string
}

// good says whether the refresh token is.
func (v visit) good(t *testing.T) bool {
	_, err := v.TokenSource(t.Context(), &oauth2.Token{RefreshToken: v.refresh}).Token()
	if err != nil && !strings.Contains(err.Error(), "invalid_grant") {
		t.Fatal(err)
	}
	return err == nil
}

// letIn lets an app have the scopes fly and land, and a refresh token.
func (e *env) letIn() visit {
	e.t.Helper()
	id, secret := e.webApp()
	var app map[string]any
	e.api("GET", "/api/v1/apps/"+id, nil, &app)
	app["settings"].(map[string]any)["oauthClient"].(map[string]any)["consent_method"] = "REQUIRED"
	e.api("PUT", "/api/v1/apps/"+id, app, nil)
	servers, _, err := e.AuthorizationServer.ListAuthorizationServers(e.ctx, nil)
	must(e.t, err)
	for _, name := range []string{"fly", "land"} {
		if _, _, err := e.AuthorizationServer.CreateOAuth2Scope(e.ctx, servers[0].Id, okta.OAuth2Scope{Name: name, Consent: "REQUIRED"}); err != nil && !strings.Contains(err.Error(), "already") {
			e.t.Fatal(err)
		}
	}
	v := visit{Config: oauth2.Config{ClientID: id, ClientSecret: secret, RedirectURL: callback, Scopes: []string{"openid", "offline_access", "fly", "land"},
		Endpoint: oauth2.Endpoint{AuthURL: e.url + "/oauth2/default/v1/authorize", TokenURL: e.url + "/oauth2/default/v1/token", AuthStyle: oauth2.AuthStyleInHeader}}}
	b := newBrowser(e.t)
	page, _ := b.open(v.AuthCodeURL("s"))
	page, _ = b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
	page, status := b.fill(e.url, page, url.Values{"answer": {"allow"}})
	if b.last == nil {
		e.t.Fatalf("the app was not called back: %d %s", status, page)
	}
	tok, err := v.Exchange(e.t.Context(), b.last.Query().Get("code"))
	must(e.t, err)
	v.refresh = tok.RefreshToken
	return v
}

// grants are the scopes that the person the client is of has let apps have.
func (e *env) grants() (scopes []string) {
	e.t.Helper()
	grants, _, err := e.User.ListUserGrants(e.ctx, "me", nil)
	must(e.t, err)
	for _, g := range grants {
		scopes = append(scopes, g.ScopeId)
	}
	return scopes
}

func init() {
	row("User", "CreateUser", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		who := newUser("Mia")
		who.GroupIds = []string{g.Id}
		u, _, err := e.User.CreateUser(e.ctx, who, query.NewQueryParams(query.WithActivate(true)))
		must(t, err)
		want(t, "status", u.Status, "ACTIVE")
		in, _, err := e.Group.ListGroupUsers(e.ctx, g.Id, nil)
		must(t, err)
		want(t, "in the group", len(in), 1)
		e.signsIn(u, password, "SUCCESS")
		want(t, "in the log", e.logged("user.lifecycle.create", u.Id), 1)
		_, _, err = e.User.CreateUser(e.ctx, newUser("Mia"), nil)
		refused(t, err, "E0000001", "login: An object with this field already exists in the current organization")
		staged, _, err := e.User.CreateUser(e.ctx, newUser("Noa"), query.NewQueryParams(query.WithActivate(false)))
		must(t, err)
		want(t, "status", staged.Status, "STAGED")
		e.signsIn(staged, password, "E0000004")
	})
	row("User", "GetUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		for _, name := range []string{u.Id, "mia@pilots.example", "mia"} {
			got, _, err := e.User.GetUser(e.ctx, name)
			must(t, err)
			want(t, name, got.Id, u.Id)
		}
		_, _, err := e.User.GetUser(e.ctx, "nobody")
		refused(t, err, "E0000007", "nobody (User)")
	})
	row("User", "UpdateUser", func(t *testing.T) {
		e := world(t)
		who := newUser("Mia")
		(*who.Profile)["title"] = "Captain"
		u, _, err := e.User.CreateUser(e.ctx, who, nil)
		must(t, err)
		_, _, err = e.User.UpdateUser(e.ctx, u.Id, okta.User{Profile: newUser("Maya").Profile}, nil)
		must(t, err)
		got, _, err := e.User.GetUser(e.ctx, u.Id)
		must(t, err)
		want(t, "first name", (*got.Profile)["firstName"], any("Maya"))
		want(t, "title", (*got.Profile)["title"], nil) // the whole profile is replaced
		_, _, err = e.User.UpdateUser(e.ctx, u.Id, okta.User{Profile: &okta.UserProfile{"firstName": "Maya"}}, nil)
		refused(t, err, "E0000001", "login: The field cannot be left blank")
	})
	row("User", "PartialUpdateUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		_, _, err := e.User.PartialUpdateUser(e.ctx, u.Id, okta.User{Profile: &okta.UserProfile{"title": "Captain"}}, nil)
		must(t, err)
		got, _, err := e.User.GetUser(e.ctx, u.Id)
		must(t, err)
		want(t, "title", (*got.Profile)["title"], any("Captain"))
		want(t, "first name", (*got.Profile)["firstName"], any("Mia"))
		_, _, err = e.User.PartialUpdateUser(e.ctx, u.Id, okta.User{Profile: &okta.UserProfile{"email": "nowhere"}}, nil)
		refused(t, err, "E0000001", "email: Does not match required pattern")
	})
	row("User", "DeactivateOrDeleteUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		_, err := e.User.DeactivateOrDeleteUser(e.ctx, u.Id, nil)
		must(t, err)
		want(t, "status", e.status(u.Id), "DEPROVISIONED")
		_, err = e.User.DeactivateOrDeleteUser(e.ctx, u.Id, nil)
		must(t, err)
		_, _, err = e.User.GetUser(e.ctx, u.Id)
		refused(t, err, "E0000007", u.Id)
	})
	row("User", "ListUsers", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		for _, p := range []query.ParamOptions{query.WithQ("Mi"), query.WithFilter(`profile.login eq "mia@pilots.example"`), query.WithSearch(`profile.email sw "mia@"`)} {
			found, _, err := e.User.ListUsers(e.ctx, query.NewQueryParams(p))
			must(t, err)
			want(t, "found", len(found), 1)
			want(t, "who", found[0].Id, u.Id)
		}
		_, _, err := e.User.ListUsers(e.ctx, query.NewQueryParams(query.WithSearch("profile.email like x")))
		refused(t, err, "E0000031", "Invalid search criteria.")
	})
	row("User", "ActivateUser", func(t *testing.T) {
		e := world(t)
		u, _, err := e.User.CreateUser(e.ctx, newUser("Mia"), query.NewQueryParams(query.WithActivate(false)))
		must(t, err)
		link, _, err := e.User.ActivateUser(e.ctx, u.Id, query.NewQueryParams(query.WithSendEmail(false)))
		must(t, err)
		want(t, "the link ends with the token", strings.Contains(link.ActivationUrl, link.ActivationToken), true)
		want(t, "status", e.status(u.Id), "ACTIVE")
		e.signsIn(u, password, "SUCCESS")
		_, _, err = e.User.ActivateUser(e.ctx, u.Id, nil)
		refused(t, err, "E0000016", "already active")
	})
	row("User", "ReactivateUser", func(t *testing.T) {
		e := world(t)
		who := newUser("Mia")
		who.Credentials = nil
		u, _, err := e.User.CreateUser(e.ctx, who, nil)
		must(t, err)
		want(t, "status", u.Status, "PROVISIONED")
		link, _, err := e.User.ReactivateUser(e.ctx, u.Id, query.NewQueryParams(query.WithSendEmail(false)))
		must(t, err)
		var state struct{ Status string }
		e.api("POST", "/api/v1/authn", map[string]any{"token": link.ActivationToken}, &state)
		want(t, "the link leads to", state.Status, "PASSWORD_RESET")
		_, _, err = e.User.ReactivateUser(e.ctx, e.user("Noa").Id, nil)
		refused(t, err, "E0000038", "current status")
	})
	row("User", "DeactivateUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		s := e.session(u)
		_, err := e.User.DeactivateUser(e.ctx, u.Id, nil)
		must(t, err)
		want(t, "status", e.status(u.Id), "DEPROVISIONED")
		e.signsIn(u, password, "E0000004")
		_, _, err = e.Session.GetSession(e.ctx, s.Id)
		refused(t, err, "E0000007", s.Id)
	})
	row("User", "SuspendUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		_, err := e.User.SuspendUser(e.ctx, u.Id)
		must(t, err)
		want(t, "status", e.status(u.Id), "SUSPENDED")
		e.signsIn(u, password, "E0000004")
		_, err = e.User.SuspendUser(e.ctx, u.Id)
		refused(t, err, "E0000001", "Cannot suspend a user that is not active")
	})
	row("User", "UnsuspendUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		_, err := e.User.UnsuspendUser(e.ctx, u.Id)
		refused(t, err, "E0000001", "Cannot unsuspend a user that is not suspended")
		_, err = e.User.SuspendUser(e.ctx, u.Id)
		must(t, err)
		_, err = e.User.UnsuspendUser(e.ctx, u.Id)
		must(t, err)
		want(t, "status", e.status(u.Id), "ACTIVE")
		e.signsIn(u, password, "SUCCESS")
	})
	row("User", "UnlockUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		_, err := e.User.UnlockUser(e.ctx, u.Id)
		refused(t, err, "E0000032", "Unlock is not allowed for this user.")
		for range 10 {
			e.signsIn(u, "Wrong-2026!", "E0000004")
		}
		want(t, "status", e.status(u.Id), "LOCKED_OUT")
		e.signsIn(u, password, "E0000004")
		_, err = e.User.UnlockUser(e.ctx, u.Id)
		must(t, err)
		e.signsIn(u, password, "SUCCESS")
	})
	row("User", "ExpirePassword", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		got, _, err := e.User.ExpirePassword(e.ctx, u.Id)
		must(t, err)
		want(t, "status", got.Status, "PASSWORD_EXPIRED")
		e.signsIn(u, password, "PASSWORD_EXPIRED")
		_, err = e.User.DeactivateUser(e.ctx, u.Id, nil)
		must(t, err)
		_, _, err = e.User.ExpirePassword(e.ctx, u.Id)
		refused(t, err, "E0000038", "current status")
	})
	row("User", "ExpirePasswordAndGetTemporaryPassword", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		got, _, err := e.User.ExpirePasswordAndGetTemporaryPassword(e.ctx, u.Id)
		must(t, err)
		e.signsIn(u, got.TempPassword, "PASSWORD_EXPIRED")
		e.signsIn(u, password, "E0000004")
	})
	row("User", "ResetPassword", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		link, _, err := e.User.ResetPassword(e.ctx, u.Id, query.NewQueryParams(query.WithSendEmail(false)))
		must(t, err)
		want(t, "status", e.status(u.Id), "RECOVERY")
		e.signsIn(u, password, "E0000004")
		e.recovers(link.ResetPasswordUrl)
	})
	row("User", "ResetFactors", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		e.question(u)
		_, err := e.User.ResetFactors(e.ctx, u.Id)
		must(t, err)
		left, _, err := e.UserFactor.ListFactors(e.ctx, u.Id)
		must(t, err)
		want(t, "factors left", len(left), 0)
	})
	row("User", "ChangePassword", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		change := func(from, to string) error {
			_, _, err := e.User.ChangePassword(e.ctx, u.Id, okta.ChangePasswordRequest{OldPassword: &okta.PasswordCredential{Value: from}, NewPassword: &okta.PasswordCredential{Value: to}}, nil)
			return err
		}
		refused(t, change("Wrong-2026!", "Comet-2027!"), "E0000014", "Old Password is not correct")
		refused(t, change(password, "short"), "E0000014", "Password requirements were not met")
		must(t, change(password, "Comet-2027!"))
		e.signsIn(u, "Comet-2027!", "SUCCESS")
		e.signsIn(u, password, "E0000004")
	})
	row("User", "ChangeRecoveryQuestion", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		change := okta.UserCredentials{Password: &okta.PasswordCredential{Value: "Wrong-2026!"}, RecoveryQuestion: &okta.RecoveryQuestionCredential{Question: "What do you fly?", Answer: "A comet"}}
		_, _, err := e.User.ChangeRecoveryQuestion(e.ctx, u.Id, change)
		refused(t, err, "E0000014", "Password is not correct")
		change.Password.Value = password
		_, _, err = e.User.ChangeRecoveryQuestion(e.ctx, u.Id, change)
		must(t, err)
		got, _, err := e.User.GetUser(e.ctx, u.Id)
		must(t, err)
		want(t, "question", got.Credentials.RecoveryQuestion.Question, "What do you fly?")
		_, _, err = e.User.ForgotPasswordSetNewPassword(e.ctx, u.Id, okta.UserCredentials{Password: &okta.PasswordCredential{Value: "Comet-2027!"}, RecoveryQuestion: &okta.RecoveryQuestionCredential{Answer: "A comet"}}, nil)
		must(t, err)
	})
	row("User", "ForgotPasswordGenerateOneTimeToken", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		link, _, err := e.User.ForgotPasswordGenerateOneTimeToken(e.ctx, u.Id, query.NewQueryParams(query.WithSendEmail(false)))
		must(t, err)
		e.recovers(link.ResetPasswordUrl)
		_, err = e.User.SuspendUser(e.ctx, u.Id)
		must(t, err)
		_, _, err = e.User.ForgotPasswordGenerateOneTimeToken(e.ctx, u.Id, nil)
		refused(t, err, "E0000034", "Forgot password not allowed on specified user.")
	})
	row("User", "ForgotPasswordSetNewPassword", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		set := func(answer string) error {
			_, _, err := e.User.ForgotPasswordSetNewPassword(e.ctx, u.Id, okta.UserCredentials{Password: &okta.PasswordCredential{Value: "Comet-2027!"}, RecoveryQuestion: &okta.RecoveryQuestionCredential{Answer: answer}}, query.NewQueryParams(query.WithSendEmail(false)))
			return err
		}
		refused(t, set("Around the corner"), "E0000087", "The recovery question answer did not match our records.")
		must(t, set("Far away"))
		e.signsIn(u, "Comet-2027!", "SUCCESS")
		e.signsIn(u, password, "E0000004")
	})
	row("User", "ClearUserSessions", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		s := e.session(u)
		_, err := e.User.ClearUserSessions(e.ctx, u.Id, nil)
		must(t, err)
		_, _, err = e.Session.GetSession(e.ctx, s.Id)
		refused(t, err, "E0000007", s.Id)
		want(t, "in the log", e.logged("user.session.clear", u.Id), 1)
		v := e.letIn()
		_, err = e.User.ClearUserSessions(e.ctx, "me", nil)
		must(t, err)
		want(t, "the refresh token is good", v.good(t), true)
		_, err = e.User.ClearUserSessions(e.ctx, "me", query.NewQueryParams(query.WithOauthTokens(true)))
		must(t, err)
		want(t, "the refresh token is good", v.good(t), false)
	})
	row("User", "ListUserGroups", func(t *testing.T) {
		e := world(t)
		u, g := e.user("Mia"), e.group("Pilots")
		_, err := e.Group.AddUserToGroup(e.ctx, g.Id, u.Id)
		must(t, err)
		groups, _, err := e.User.ListUserGroups(e.ctx, u.Id)
		must(t, err)
		want(t, "groups", len(groups), 2)
		want(t, "the first", groups[0].Profile.Name, "Everyone")
		want(t, "the second", groups[1].Id, g.Id)
	})
	row("User", "ListAppLinks", func(t *testing.T) {
		e := world(t)
		u, a := e.user("Mia"), e.bookmark("Stars")
		_, _, err := e.Application.AssignUserToApplication(e.ctx, a.Id, okta.AppUser{Id: u.Id})
		must(t, err)
		links, _, err := e.User.ListAppLinks(e.ctx, u.Id)
		must(t, err)
		i := slices.IndexFunc(links, func(l *okta.AppLink) bool { return l.AppInstanceId == a.Id })
		want(t, "the link is there", i >= 0, true)
		want(t, "label", links[i].Label, "Stars")
		want(t, "leads somewhere", strings.HasPrefix(links[i].LinkUrl, e.url), true)
		_, err = e.Application.DeactivateApplication(e.ctx, a.Id)
		must(t, err)
		left, _, err := e.User.ListAppLinks(e.ctx, u.Id)
		must(t, err)
		want(t, "links left", len(left), len(links)-1)
	})
	row("User", "ListUserIdentityProviders", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		idp := e.google("Google")
		none, _, err := e.User.ListUserIdentityProviders(e.ctx, u.Id)
		must(t, err)
		want(t, "providers", len(none), 0)
		_, _, err = e.IdentityProvider.LinkUserToIdentityProvider(e.ctx, idp.Id, u.Id, okta.UserIdentityProviderLinkRequest{ExternalId: "g-1"})
		must(t, err)
		one, _, err := e.User.ListUserIdentityProviders(e.ctx, u.Id)
		must(t, err)
		want(t, "providers", len(one), 1)
		want(t, "which", one[0].Id, idp.Id)
	})
	userRoleRows()
	userGrantRows()
}

// userRoleRows are what makes somebody an administrator, and of what.
func userRoleRows() {
	row("User", "AssignRoleToUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "HELP_DESK_ADMIN")
		want(t, "label", r.Label, "Help Desk Administrator")
		roles, _, err := e.User.ListAssignedRolesForUser(e.ctx, u.Id, nil)
		must(t, err)
		want(t, "roles", len(roles), 1)
		want(t, "in the log", e.logged("user.account.privilege.grant", u.Id), 1)
		_, _, err = e.User.AssignRoleToUser(e.ctx, u.Id, okta.AssignRoleRequest{Type: "HELP_DESK_ADMIN"}, nil)
		refused(t, err, "E0000090", "already assigned")
	})
	row("User", "ListAssignedRolesForUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		e.role(u, "READ_ONLY_ADMIN")
		g := e.group("Pilots")
		_, _, err := e.Group.AssignRoleToGroup(e.ctx, g.Id, okta.AssignRoleRequest{Type: "ORG_ADMIN"}, nil)
		must(t, err)
		_, err = e.Group.AddUserToGroup(e.ctx, g.Id, u.Id)
		must(t, err)
		roles, _, err := e.User.ListAssignedRolesForUser(e.ctx, u.Id, nil)
		must(t, err)
		kinds := map[string]string{}
		for _, r := range roles {
			kinds[r.Type] = r.AssignmentType
		}
		want(t, "their own", kinds["READ_ONLY_ADMIN"], "USER")
		want(t, "the group's", kinds["ORG_ADMIN"], "GROUP")
	})
	row("User", "GetUserRole", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		got, _, err := e.User.GetUserRole(e.ctx, u.Id, e.role(u, "READ_ONLY_ADMIN").Id)
		must(t, err)
		want(t, "type", got.Type, "READ_ONLY_ADMIN")
		_, _, err = e.User.GetUserRole(e.ctx, u.Id, "ra1none")
		refused(t, err, "E0000007", "ra1none")
	})
	row("User", "RemoveRoleFromUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "READ_ONLY_ADMIN")
		_, err := e.User.RemoveRoleFromUser(e.ctx, u.Id, r.Id)
		must(t, err)
		left, _, err := e.User.ListAssignedRolesForUser(e.ctx, u.Id, nil)
		must(t, err)
		want(t, "roles left", len(left), 0)
		_, err = e.User.RemoveRoleFromUser(e.ctx, u.Id, r.Id)
		refused(t, err, "E0000007", r.Id)
	})
	row("User", "AddGroupTargetToRole", func(t *testing.T) {
		e := world(t)
		u, g := e.user("Mia"), e.group("Pilots")
		r := e.role(u, "USER_ADMIN")
		_, err := e.User.AddGroupTargetToRole(e.ctx, u.Id, r.Id, g.Id)
		must(t, err)
		want(t, "targets", e.groupTargets(u, r), "Pilots")
		_, err = e.User.AddGroupTargetToRole(e.ctx, u.Id, e.role(u, "ORG_ADMIN").Id, g.Id)
		refused(t, err, "E0000091", "role type")
	})
	row("User", "ListGroupTargetsForRole", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "USER_ADMIN")
		want(t, "targets", e.groupTargets(u, r), "")
		for _, name := range []string{"Pilots", "Crew"} {
			_, err := e.User.AddGroupTargetToRole(e.ctx, u.Id, r.Id, e.group(name).Id)
			must(t, err)
		}
		want(t, "targets", e.groupTargets(u, r), "Pilots, Crew")
		_, _, err := e.User.ListGroupTargetsForRole(e.ctx, u.Id, "none", nil)
		refused(t, err, "E0000007", "none")
	})
	row("User", "RemoveGroupTargetFromRole", func(t *testing.T) {
		e := world(t)
		u, pilots, crew := e.user("Mia"), e.group("Pilots"), e.group("Crew")
		r := e.role(u, "USER_ADMIN")
		for _, g := range []*okta.Group{pilots, crew} {
			_, err := e.User.AddGroupTargetToRole(e.ctx, u.Id, r.Id, g.Id)
			must(t, err)
		}
		_, err := e.User.RemoveGroupTargetFromRole(e.ctx, u.Id, r.Id, pilots.Id)
		must(t, err)
		want(t, "targets", e.groupTargets(u, r), "Crew")
		if _, err = e.User.RemoveGroupTargetFromRole(e.ctx, u.Id, r.Id, crew.Id); err == nil {
			t.Fatal("the last target of a role was removed")
		}
	})
	row("User", "AddApplicationTargetToAdminRoleForUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "APP_ADMIN")
		_, err := e.User.AddApplicationTargetToAdminRoleForUser(e.ctx, u.Id, r.Id, "bookmark")
		must(t, err)
		want(t, "targets", e.appTargets(u, r), "bookmark")
		_, err = e.User.AddApplicationTargetToAdminRoleForUser(e.ctx, u.Id, r.Id, "unheard_of")
		refused(t, err, "E0000007", "unheard_of")
	})
	row("User", "AddApplicationTargetToAppAdminRoleForUser", func(t *testing.T) {
		e := world(t)
		u, a := e.user("Mia"), e.bookmark("Stars")
		r := e.role(u, "APP_ADMIN")
		_, err := e.User.AddApplicationTargetToAppAdminRoleForUser(e.ctx, u.Id, r.Id, "bookmark", a.Id)
		must(t, err)
		want(t, "targets", e.appTargets(u, r), "Stars")
		_, err = e.User.AddApplicationTargetToAppAdminRoleForUser(e.ctx, u.Id, r.Id, "bookmark", "0oanone")
		refused(t, err, "E0000007", "0oanone")
	})
	row("User", "ListApplicationTargetsForApplicationAdministratorRoleForUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "APP_ADMIN")
		for _, name := range []string{"bookmark", "google"} {
			_, err := e.User.AddApplicationTargetToAdminRoleForUser(e.ctx, u.Id, r.Id, name)
			must(t, err)
		}
		want(t, "targets", e.appTargets(u, r), "google, bookmark")
		_, _, err := e.User.ListApplicationTargetsForApplicationAdministratorRoleForUser(e.ctx, u.Id, e.role(u, "ORG_ADMIN").Id, nil)
		refused(t, err, "E0000091", "role type")
	})
	row("User", "AddAllAppsAsTargetToRole", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "APP_ADMIN")
		_, err := e.User.AddApplicationTargetToAdminRoleForUser(e.ctx, u.Id, r.Id, "bookmark")
		must(t, err)
		_, err = e.User.AddAllAppsAsTargetToRole(e.ctx, u.Id, r.Id)
		must(t, err)
		want(t, "targets", e.appTargets(u, r), "")
	})
	row("User", "RemoveApplicationTargetFromApplicationAdministratorRoleForUser", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		r := e.role(u, "APP_ADMIN")
		for _, name := range []string{"bookmark", "google"} {
			_, err := e.User.AddApplicationTargetToAdminRoleForUser(e.ctx, u.Id, r.Id, name)
			must(t, err)
		}
		_, err := e.User.RemoveApplicationTargetFromApplicationAdministratorRoleForUser(e.ctx, u.Id, r.Id, "google")
		must(t, err)
		want(t, "targets", e.appTargets(u, r), "bookmark")
		if _, err = e.User.RemoveApplicationTargetFromApplicationAdministratorRoleForUser(e.ctx, u.Id, r.Id, "bookmark"); err == nil {
			t.Fatal("the last target of a role was removed")
		}
	})
	row("User", "RemoveApplicationTargetFromAdministratorRoleForUser", func(t *testing.T) {
		e := world(t)
		u, a := e.user("Mia"), e.bookmark("Stars")
		r := e.role(u, "APP_ADMIN")
		_, err := e.User.AddApplicationTargetToAppAdminRoleForUser(e.ctx, u.Id, r.Id, "bookmark", a.Id)
		must(t, err)
		_, err = e.User.AddApplicationTargetToAdminRoleForUser(e.ctx, u.Id, r.Id, "google")
		must(t, err)
		_, err = e.User.RemoveApplicationTargetFromAdministratorRoleForUser(e.ctx, u.Id, r.Id, "bookmark", a.Id)
		must(t, err)
		want(t, "targets", e.appTargets(u, r), "google")
	})
}

// role gives somebody a role.
func (e *env) role(u *okta.User, kind string) *okta.Role {
	e.t.Helper()
	r, _, err := e.User.AssignRoleToUser(e.ctx, u.Id, okta.AssignRoleRequest{Type: kind}, nil)
	must(e.t, err)
	return r
}

// groupTargets are the names of the groups that a role is confined to.
func (e *env) groupTargets(u *okta.User, r *okta.Role) string {
	e.t.Helper()
	groups, _, err := e.User.ListGroupTargetsForRole(e.ctx, u.Id, r.Id, nil)
	must(e.t, err)
	return names(groups, func(g *okta.Group) string { return g.Profile.Name })
}

// appTargets are the names of the apps that a role is confined to.
func (e *env) appTargets(u *okta.User, r *okta.Role) string {
	e.t.Helper()
	apps, _, err := e.User.ListApplicationTargetsForApplicationAdministratorRoleForUser(e.ctx, u.Id, r.Id, nil)
	must(e.t, err)
	return names(apps, func(a *okta.CatalogApplication) string { return a.Name })
}

// names are those of all that is in a list, in its order.
func names[T any](list []T, of func(T) string) string {
	all := make([]string, len(list))
	for i, x := range list {
		all[i] = of(x)
	}
	return strings.Join(all, ", ")
}

// userGrantRows are what people have let apps do, and what apps were given for them.
func userGrantRows() {
	row("User", "ListUserGrants", func(t *testing.T) {
		e := world(t)
		want(t, "grants before", len(e.grants()), 0)
		client := e.letIn().ClientID
		want(t, "fly is granted", slices.Contains(e.grants(), "fly"), true)
		one, _, err := e.User.ListUserGrants(e.ctx, "me", query.NewQueryParams(query.WithScopeId("land")))
		must(t, err)
		want(t, "grants of land", len(one), 1)
		want(t, "client", one[0].ClientId, client)
		want(t, "issuer", one[0].Issuer, e.url+"/oauth2/default")
	})
	row("User", "GetUserGrant", func(t *testing.T) {
		e := world(t)
		e.letIn()
		all, _, err := e.User.ListUserGrants(e.ctx, "me", query.NewQueryParams(query.WithScopeId("fly")))
		must(t, err)
		got, _, err := e.User.GetUserGrant(e.ctx, "me", all[0].Id, nil)
		must(t, err)
		want(t, "scope", got.ScopeId, "fly")
		_, _, err = e.User.GetUserGrant(e.ctx, e.user("Mia").Id, all[0].Id, nil)
		refused(t, err, "E0000007", all[0].Id)
	})
	row("User", "RevokeUserGrant", func(t *testing.T) {
		e := world(t)
		e.letIn()
		all, _, err := e.User.ListUserGrants(e.ctx, "me", query.NewQueryParams(query.WithScopeId("fly")))
		must(t, err)
		_, err = e.User.RevokeUserGrant(e.ctx, "me", all[0].Id)
		must(t, err)
		want(t, "fly is granted", slices.Contains(e.grants(), "fly"), false)
		want(t, "land is granted", slices.Contains(e.grants(), "land"), true)
		_, err = e.User.RevokeUserGrant(e.ctx, "me", all[0].Id)
		refused(t, err, "E0000007", all[0].Id)
	})
	row("User", "RevokeUserGrants", func(t *testing.T) {
		e := world(t)
		e.letIn()
		_, err := e.User.RevokeUserGrants(e.ctx, "me")
		must(t, err)
		want(t, "grants left", len(e.grants()), 0)
	})
	row("User", "ListGrantsForUserAndClient", func(t *testing.T) {
		e := world(t)
		client := e.letIn().ClientID
		other, _ := e.webApp()
		of := func(client string) int {
			grants, _, err := e.User.ListGrantsForUserAndClient(e.ctx, "me", client, nil)
			must(t, err)
			return len(grants)
		}
		want(t, "grants", of(client), len(e.grants()))
		want(t, "grants of another", of(other), 0)
	})
	row("User", "RevokeGrantsForUserAndClient", func(t *testing.T) {
		e := world(t)
		one, two := e.letIn().ClientID, e.letIn().ClientID
		_, err := e.User.RevokeGrantsForUserAndClient(e.ctx, "me", one)
		must(t, err)
		all, _, err := e.User.ListUserGrants(e.ctx, "me", nil)
		must(t, err)
		want(t, "grants are left", len(all) > 0, true)
		for _, g := range all {
			want(t, "whose grant is left", g.ClientId, two)
		}
	})
	row("User", "ListUserClients", func(t *testing.T) {
		e := world(t)
		client := e.letIn().ClientID
		all, _, err := e.User.ListUserClients(e.ctx, "me")
		must(t, err)
		want(t, "clients", len(all), 1)
		want(t, "which", all[0].ClientId, client)
		want(t, "name", all[0].ClientName, "Launch pad")
	})
	row("User", "ListRefreshTokensForUserAndClient", func(t *testing.T) {
		e := world(t)
		client := e.letIn().ClientID
		all, _, err := e.User.ListRefreshTokensForUserAndClient(e.ctx, "me", client, nil)
		must(t, err)
		want(t, "tokens", len(all), 1)
		want(t, "good for flying", slices.Contains(all[0].Scopes, "fly"), true)
	})
	row("User", "GetRefreshTokenForUserAndClient", func(t *testing.T) {
		e := world(t)
		client := e.letIn().ClientID
		got, _, err := e.User.GetRefreshTokenForUserAndClient(e.ctx, "me", client, e.refreshToken(client).Id, nil)
		must(t, err)
		want(t, "user", got.UserId, e.me().Id)
		_, _, err = e.User.GetRefreshTokenForUserAndClient(e.ctx, "me", client, "oarnone", nil)
		refused(t, err, "E0000007", "oarnone")
	})
	row("User", "RevokeTokenForUserAndClient", func(t *testing.T) {
		e := world(t)
		v := e.letIn()
		client, id := v.ClientID, e.refreshToken(v.ClientID).Id
		_, err := e.User.RevokeTokenForUserAndClient(e.ctx, "me", client, id)
		must(t, err)
		want(t, "the token is good", v.good(t), false)
		_, err = e.User.RevokeTokenForUserAndClient(e.ctx, "me", client, id)
		refused(t, err, "E0000007", id)
	})
	row("User", "RevokeTokensForUserAndClient", func(t *testing.T) {
		e := world(t)
		one, two := e.letIn(), e.letIn()
		_, err := e.User.RevokeTokensForUserAndClient(e.ctx, "me", one.ClientID)
		must(t, err)
		want(t, "the token is good", one.good(t), false)
		want(t, "the other's token is good", two.good(t), true)
	})
}

// refreshToken is the one that a client has on behalf of the person that this client is of.
func (e *env) refreshToken(client string) *okta.OAuth2RefreshToken {
	e.t.Helper()
	all, _, err := e.User.ListRefreshTokensForUserAndClient(e.ctx, "me", client, nil)
	must(e.t, err)
	want(e.t, "refresh tokens", len(all), 1)
	return all[0]
}
