package identity

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// company is what a seed says of the people that all twins share.
type company struct {
	Name        string
	Domain      string
	EmailDomain string `json:"email_domain"`
	People      []struct {
		Handle, Name, Email       string
		Admin, Owner, Guest, Left bool
	}
	Groups []struct {
		Handle, Name, Email string
		Members             []string
	}
}

// section is what a seed says of the Workspace's accounts.
type section struct {
	ServiceAccounts []struct {
		Name      string
		Delegated []string
	} `json:"service_accounts"`
	Clients []struct {
		Name, Kind string
		Redirects  []string
	}
	Strangers []struct{ Email, Name string } // accounts outside the company
}

// Scopes that the ready-made tokens of a world have.
var Scopes = []string{
	"openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.profile",
	"https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/drive.appdata", "https://www.googleapis.com/auth/drive.scripts",
	"https://www.googleapis.com/auth/drive.apps.readonly", "https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/documents",
	"https://www.googleapis.com/auth/bigquery.readonly",
}

// Project is the Google Cloud project that clients and service accounts belong to.
const Project = "acme-rockets"

func (i *Identity) seed(c *twin.Call, rawCompany, rawSection json.RawMessage) error {
	var co company
	if len(rawCompany) > 0 {
		if err := json.Unmarshal(rawCompany, &co); err != nil {
			return err
		}
	}
	se := section{}
	if len(rawSection) > 0 {
		d := json.NewDecoder(bytes.NewReader(rawSection))
		d.DisallowUnknownFields()
		if err := d.Decode(&se); err != nil {
			return err
		}
	}
	people := map[string]string{}
	ws := Workspace{Domain: co.EmailDomain, Name: co.Name}
	for _, p := range co.People {
		email := p.Email
		if email == "" {
			email = p.Handle + "@" + co.EmailDomain
		}
		people[p.Handle] = email
		u := User{Email: email, Name: p.Name, Domain: co.EmailDomain, Admin: p.Admin || p.Owner, Suspended: p.Left}
		if u = i.AddUser(c, u); ws.First == "" {
			ws.First = u.ID
		}
	}
	i.Workspaces.Put(c.Tx, ws)
	for _, s := range se.Strangers {
		i.AddUser(c, User{Email: s.Email, Name: s.Name})
	}
	for _, g := range co.Groups {
		email := g.Email
		if email == "" {
			email = g.Handle + "@" + co.EmailDomain
		}
		group := Group{ID: number("group "+email, 20), Email: email, Name: g.Name}
		for _, m := range g.Members {
			if people[m] == "" {
				return fmt.Errorf("group %s: there is nobody called %q", g.Handle, m)
			}
			group.Members = append(group.Members, strings.ToLower(people[m]))
		}
		i.Groups.Put(c.Tx, group)
	}
	for _, s := range se.ServiceAccounts {
		i.AddUser(c, User{Email: s.Name + "@" + Project + ".iam.gserviceaccount.com", Name: s.Name, Robot: true, Delegated: s.Delegated, Key: c.World.Unseal(c.World.Seal(c.Rand(32, "0123456789abcdef")))})
	}
	for _, cl := range se.Clients {
		i.Clients.Put(c.Tx, Client{
			ID: number("project", 12) + "-" + strings.NewReplacer("-", "0", "_", "9").Replace(strings.ToLower(FileID("client "+cl.Name, 32))) + ".apps.googleusercontent.com", Name: cl.Name, Kind: cl.Kind,
			Secret: c.World.Unseal(c.World.Seal("GOCSPX-" + c.Rand(20, secretAlphabet))), Redirects: cl.Redirects,
		})
	}
	// Ready-made tokens for everybody, which do not expire: a person who tries the twin out has one to paste.
	for u := range i.Users.All(c.Tx, "") {
		if installed, ok := i.firstClient(c.Tx, "installed"); ok && !u.Robot {
			t := Token{User: u.ID, Client: installed.ID, Scopes: Scopes}
			i.consents.Put(c.Tx, Consent{User: u.ID, Client: installed.ID, Scopes: Scopes})
			i.mintRefresh(c, t)
		}
		i.Access.Put(c.Tx, Token{Secret: c.World.Unseal(c.World.Seal("ya29.a0" + c.Rand(150, secretAlphabet))), User: u.ID, Client: readyClient, Scopes: Scopes, Created: c.Now.Unix()})
	}
	i.Keys.Put(c.Tx, Key{Secret: c.World.Unseal(c.World.Seal("AIzaSy" + c.Rand(25, secretAlphabet))), Name: "Demo key"})
	return nil
}

// readyClient is the app that the ready-made tokens belong to.
const readyClient = "ready-made"

// AddUser adds an account, or says more of the one that has its address.
func (i *Identity) AddUser(c *twin.Call, u User) User {
	of := u.Email
	for { // an address may have been another's before
		u.ID, u.Sub, u.Root = number("user "+of, 20), number("sub "+of, 21), RootID("root "+of)
		if other, taken := i.Users.Get(c.Tx, u.ID); !taken || !other.Deleted && strings.EqualFold(other.Email, u.Email) {
			break
		}
		of += " again"
	}
	u.Given, u.Family, _ = strings.Cut(u.Name, " ")
	u.Created = c.Now.Unix()
	if u.Locale == "" {
		u.Locale = "en"
	}
	i.Users.Put(c.Tx, u)
	return u
}

// Ready returns the ready-made access token of an account.
func (i *Identity) Ready(c *twin.Call, email string) string {
	u, _ := i.ByEmail(c.Tx, email)
	for t := range i.Access.All(c.Tx, "") {
		if t.User == u.ID && t.Client == readyClient {
			return c.World.Reveal(t.Secret)
		}
	}
	return ""
}

// firstClient is the first app of a kind.
func (i *Identity) firstClient(r store.Reader, kind string) (Client, bool) {
	for cl := range i.Clients.All(r, "") {
		if cl.Kind == kind {
			return cl, true
		}
	}
	return Client{}, false
}

// credentials are what a client needs to ask in somebody's name. The files of accounts and apps are as the Google Cloud
// console hands them out, with the twin's addresses in them.
func (i *Identity) credentials(c *twin.Call) (map[string]string, map[string]any) {
	ws, _ := i.Workspaces.Get(c.Tx, "workspace")
	env, tokens := map[string]string{}, map[string]string{}
	for t := range i.Access.All(c.Tx, "") {
		if u, ok := i.Users.Get(c.Tx, t.User); ok && t.Client == readyClient {
			tokens[u.Email] = c.World.Reveal(t.Secret)
			if u.ID == ws.First {
				env["GOOGLE_TOKEN"] = c.World.Reveal(t.Secret)
			}
		}
	}
	objects := map[string]any{"tokens": tokens}
	for k := range i.Keys.All(c.Tx, "") {
		env["GOOGLE_API_KEY"] = c.World.Reveal(k.Secret)
	}
	at := i.URL(c)
	for cl := range i.Clients.All(c.Tx, "") {
		secret := c.World.Reveal(cl.Secret)
		file := map[string]any{"client_id": cl.ID, "project_id": Project, "auth_uri": at + "/o/oauth2/auth", "token_uri": at + "/token", "client_secret": secret}
		if len(cl.Redirects) > 0 {
			file["redirect_uris"] = cl.Redirects
		}
		switch cl.Kind {
		case "web":
			env["GOOGLE_CLIENT_ID"], env["GOOGLE_CLIENT_SECRET"] = cl.ID, secret
		case "installed":
			for t := range i.refreshOf.All(c.Tx, ws.First+"/"+cl.ID) {
				objects["authorized_user"] = map[string]any{"type": "authorized_user", "client_id": cl.ID, "client_secret": secret, "refresh_token": c.World.Reveal(t.Secret), "auth_uri": at + "/o/oauth2/auth", "token_uri": at + "/token"}
			}
		}
		objects[cl.Kind] = file
	}
	if c.Request == nil { // the lines that a program starts with: making a key would hold them up
		return env, objects
	}
	for u := range i.Users.All(c.Tx, "") {
		if !u.Robot {
			continue
		}
		file := i.keyFile(c, u)
		b, err := json.Marshal(file)
		if err != nil {
			panic(err) // it is made of texts
		}
		env["GOOGLE_APPLICATION_CREDENTIALS_JSON"], objects["service_account"] = string(b), file
	}
	return env, objects
}

// keyFile is the key of a service account as the console hands it out.
func (i *Identity) keyFile(c *twin.Call, u User) map[string]string {
	der, err := x509.MarshalPKCS8PrivateKey(i.key())
	if err != nil {
		panic(err) // it is an RSA key
	}
	at := i.URL(c)
	return map[string]string{
		"type": "service_account", "project_id": Project, "private_key_id": c.World.Reveal(u.Key), "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": u.Email, "client_id": u.Sub, "auth_uri": at + "/o/oauth2/auth", "token_uri": at + "/token",
		"auth_provider_x509_cert_url": at + "/oauth2/v1/certs", "client_x509_cert_url": at + "/robot/v1/metadata/x509/" + url.PathEscape(u.Email), "universe_domain": "googleapis.com",
	}
}
