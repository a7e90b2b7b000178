// Package identity is who the Google twins know: accounts and groups of a Workspace domain, service accounts, OAuth
// clients, and the tokens that they hold. All Google twins of a host share one.
//
// https://developers.google.com/identity/protocols/oauth2
package identity

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/keys"
)

// A User is an account: of a person, or of a program.
type User struct {
	ID        string `json:"id"`  // as Drive's permissions name it: 20 digits
	Sub       string `json:"sub"` // as OpenID Connect names it: 21 digits
	Email     string `json:"email"`
	Name      string `json:"name"`
	Given     string `json:"given,omitempty"`
	Family    string `json:"family,omitempty"`
	Domain    string `json:"domain,omitempty"` // of the Workspace that the account is in
	Locale    string `json:"locale,omitempty"`
	Admin     bool   `json:"admin,omitempty"`
	Suspended bool   `json:"suspended,omitempty"`
	Deleted   bool   `json:"deleted,omitempty"` // it is kept for what it has done, and suspended too
	Robot     bool   `json:"robot,omitempty"`   // a service account
	// Delegated are the scopes with which a service account may act for anybody in the domain.
	Delegated []string `json:"delegated,omitempty"`
	// Key is what the key that a service account signs with is called, bare.
	Key     string `json:"key,omitempty"`
	Root    string `json:"root"` // the folder that is their My Drive
	Created int64  `json:"created"`
}

// A Workspace is the company that the accounts are of.
type Workspace struct {
	Domain string `json:"domain"`
	Name   string `json:"name"`
	First  string `json:"first"` // the account that the lines to paste are of
}

// A Group is an address that stands for its members.
type Group struct {
	ID      string   `json:"id"`
	Email   string   `json:"email"`
	Name    string   `json:"name"`
	Members []string `json:"members"` // addresses, of people and of groups
}

// A Client is an app that people let act for them.
type Client struct {
	ID        string   `json:"id"`
	Secret    string   `json:"secret"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // web, installed, device
	Redirects []string `json:"redirects,omitempty"`
}

// A Key is what a caller with no account shows: who is to be billed, not who asks.
type Key struct {
	Secret string `json:"secret"`
	Name   string `json:"name"`
}

// A Token lets a client act for a user within scopes until it expires.
type Token struct {
	Secret  string   `json:"secret"`
	User    string   `json:"user"`
	Client  string   `json:"client"`
	Scopes  []string `json:"scopes"`
	Offline bool     `json:"offline,omitempty"` // came with a refresh token, or is one
	Created int64    `json:"created"`
	Expires int64    `json:"expires"` // 0 is never
}

// A Consent is what somebody has let a client do.
type Consent struct {
	User   string   `json:"user"`
	Client string   `json:"client"`
	Scopes []string `json:"scopes"`
}

// A Code is what a client exchanges for tokens, once.
type Code struct {
	Token
	Redirect  string `json:"redirect"`
	Challenge string `json:"challenge,omitempty"`
	Method    string `json:"method,omitempty"` // of the challenge: plain, S256
	Nonce     string `json:"nonce,omitempty"`
}

// A Device is one with no browser of its own, which waits until somebody has let it in elsewhere.
type Device struct {
	Secret   string   `json:"secret"`
	UserCode string   `json:"user_code"`
	Client   string   `json:"client"`
	Scopes   []string `json:"scopes"`
	User     string   `json:"user,omitempty"` // who has said yes
	Denied   bool     `json:"denied,omitempty"`
	Asked    int64    `json:"asked,omitempty"` // when it has last asked
	Expires  int64    `json:"expires"`
}

// A Session is a browser that somebody is signed in with.
type Session struct {
	Secret string `json:"secret"`
	User   string `json:"user"`
}

// An Identity is the accounts of a host.
type Identity struct {
	*twin.Base

	Workspaces *store.Collection[Workspace]
	Users      *store.Collection[User]
	Groups     *store.Collection[Group]
	Clients    *store.Collection[Client]
	Keys       *store.Collection[Key]
	Access     *store.Collection[Token]
	Refresh    *store.Collection[Token]
	consents   *store.Collection[Consent]
	codes      *store.Collection[Code]
	devices    *store.Collection[Device]
	sessions   *store.Collection[Session]

	byEmail      *store.Index[User]
	groupByEmail *store.Index[Group]
	groupsOf     *store.Index[Group] // by the address of a member
	accessOf     *store.Index[Token] // by holder
	refreshOf    *store.Index[Token]
	byUserCode   *store.Index[Device]

	// Keeper keeps what is in somebody's name.
	Keeper Keeper

	key    func() *rsa.PrivateKey // that service accounts sign with
	signer func() *rsa.PrivateKey // that Google signs with
}

// New mounts the accounts on h.
func New(h *twin.Host) *Identity {
	i := &Identity{
		Workspaces: store.NewCollection(h.Schema, "google.workspace", func(*Workspace) string { return "workspace" }),
		Users:      store.NewCollection(h.Schema, "google.users", func(u *User) string { return u.ID }),
		Groups:     store.NewCollection(h.Schema, "google.groups", func(g *Group) string { return g.ID }),
		Clients:    store.NewCollection(h.Schema, "google.clients", func(c *Client) string { return c.ID }),
		Keys:       store.NewCollection(h.Schema, "google.keys", func(k *Key) string { return k.Secret }),
		Access:     store.NewCollection(h.Schema, "google.access_tokens", func(t *Token) string { return t.Secret }),
		Refresh:    store.NewCollection(h.Schema, "google.refresh_tokens", func(t *Token) string { return t.Secret }),
		consents:   store.NewCollection(h.Schema, "google.consents", func(c *Consent) string { return c.User + "/" + c.Client }),
		codes:      store.NewCollection(h.Schema, "google.codes", func(c *Code) string { return c.Secret }),
		devices:    store.NewCollection(h.Schema, "google.devices", func(d *Device) string { return d.Secret }),
		sessions:   store.NewCollection(h.Schema, "google.sessions", func(s *Session) string { return s.Secret }),
	}
	i.byEmail = i.Users.Unique("email", func(u *User) []string {
		if u.Deleted {
			return nil
		}
		return []string{strings.ToLower(u.Email)}
	})
	i.groupByEmail = i.Groups.Unique("email", func(g *Group) []string { return []string{strings.ToLower(g.Email)} })
	i.groupsOf = i.Groups.Index("member", func(g *Group) []string { return g.Members })
	holder := func(t *Token) []string { return []string{t.User + "/" + t.Client} }
	i.accessOf, i.refreshOf = i.Access.Index("holder", holder), i.Refresh.Index("holder", holder)
	i.byUserCode = i.devices.Unique("user_code", func(d *Device) []string { return []string{d.UserCode} })
	i.key = sync.OnceValue(func() *rsa.PrivateKey { return keys.RSA(h.WorldSeed, "google service account") })
	i.signer = sync.OnceValue(func() *rsa.PrivateKey { return keys.RSA(h.WorldSeed, "google id tokens") })
	i.Base = h.Mount(twin.Config{
		Service: "google", Title: "Google Workspace", Port: 7007,
		UI: "/drive/my-drive", Seed: i.seed, Credentials: i.credentials, Follow: i.follow,
	})
	i.oauthRoutes()
	i.openidRoutes()
	i.signInRoutes()
	return i
}

// ByEmail returns the account that has the address, however it is written.
func (i *Identity) ByEmail(r store.Reader, email string) (User, bool) {
	return i.byEmail.Get(r, strings.ToLower(email))
}

// GroupByEmail returns the group that has the address, however it is written.
func (i *Identity) GroupByEmail(r store.Reader, email string) (Group, bool) {
	return i.groupByEmail.Get(r, strings.ToLower(email))
}

// Addresses are all under which things can be shared with a user: their own, and those of the groups they are in, also by
// way of other groups.
func (i *Identity) Addresses(r store.Reader, u User) []string {
	all := []string{strings.ToLower(u.Email)}
	seen := map[string]bool{all[0]: true}
	for n := 0; n < len(all); n++ {
		for g := range i.groupsOf.All(r, all[n]) {
			if e := strings.ToLower(g.Email); !seen[e] {
				seen[e] = true
				all = append(all, e)
			}
		}
	}
	return all
}

// A Who is who asks: an account by way of a client, or nobody with a key.
type Who struct {
	User   User
	Client string
	Scopes []string
	Key    bool // an API key, without an account
}

// Known reports whether an account asks.
func (w Who) Known() bool { return w.User.ID != "" }

// Has reports whether one of the scopes was granted. With none to choose from nothing is needed.
func (w Who) Has(anyOf []string) bool {
	for _, s := range anyOf {
		for _, have := range w.Scopes {
			if s == have {
				return true
			}
		}
	}
	return len(anyOf) == 0
}

// Credential is what a request says of who is asking: an access token, or an API key.
func Credential(r *http.Request) (token, key string) {
	if kind, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(kind, "Bearer") {
		token = strings.TrimSpace(rest)
	}
	q := r.URL.Query()
	for _, name := range []string{"access_token", "oauth_token"} {
		if token == "" {
			token = q.Get(name)
		}
	}
	if key = r.Header.Get("X-Goog-Api-Key"); key == "" {
		key = q.Get("key")
	}
	return token, key
}

// Ask returns who holds an access token or, without one, an API key. It is false for a token or key that is not good.
func (i *Identity) Ask(c *twin.Call, token, key string) (w Who, ok bool) {
	if token == "" {
		_, ok = i.Keys.Get(c.Tx, c.World.Unseal(key))
		return Who{Key: ok}, ok
	}
	t, ok := i.Access.Get(c.Tx, c.World.Unseal(token))
	if !ok || t.Expires != 0 && t.Expires <= c.Now.Unix() {
		return Who{}, false
	}
	u, ok := i.Users.Get(c.Tx, t.User)
	if !ok || u.Suspended {
		return Who{}, false
	}
	return Who{User: u, Client: t.Client, Scopes: t.Scopes}, true
}

// accessLives is how long an access token is good for.
const accessLives = time.Hour

// Mint makes an access token, and says what its holder presents.
func (i *Identity) Mint(c *twin.Call, t Token) string {
	prefix := "ya29.a0"
	if strings.HasSuffix(t.Client, robots) {
		prefix = "ya29.c."
	}
	t.Secret = c.World.Unseal(c.World.Seal(prefix + c.Rand(150, secretAlphabet)))
	t.Created, t.Expires = c.Now.Unix(), c.Now.Add(accessLives).Unix()
	i.Access.Put(c.Tx, t)
	return c.World.Reveal(t.Secret)
}

// mintRefresh makes a refresh token, which is good until it is revoked, and says what its holder presents.
func (i *Identity) mintRefresh(c *twin.Call, t Token) string {
	t.Secret = c.World.Unseal(c.World.Seal("1//0" + c.Rand(95, secretAlphabet)))
	t.Offline, t.Created = true, c.Now.Unix()
	i.Refresh.Put(c.Tx, t)
	return c.World.Reveal(t.Secret)
}

// robots is what the addresses of service accounts end with.
const robots = ".gserviceaccount.com"

const (
	secretAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
	fileAlphabet   = secretAlphabet
	digits         = "0123456789"
)

// number is digits that derive from what they stand for, the same in every world.
func number(of string, n int) string {
	h := sha256.Sum256([]byte("google " + of))
	s := strconv.FormatUint(binary.BigEndian.Uint64(h[:])|1<<63, 10) + strconv.FormatUint(binary.BigEndian.Uint64(h[8:])|1<<63, 10)
	return s[:n]
}

// FileID is an id of a file that derives from what it stands for, the same in every world: for files of a seed.
func FileID(of string, n int) string {
	b := make([]byte, 0, n)
	for k := byte(0); len(b) < n; k++ {
		for _, x := range sha256.Sum256([]byte("google file " + of + string(k))) {
			if len(b) < n {
				b = append(b, fileAlphabet[x&63])
			}
		}
	}
	b[0] = '1'
	return string(b)
}

// RootID is the id of the folder that is somebody's My Drive, and of a shared drive.
func RootID(of string) string { return "0A" + FileID(of, 12)[1:] + "Uk9PVA" }

// PermissionID is the id by which Drive's permissions name an address that is no account's, or a domain.
func PermissionID(address string) string { return number("user "+address, 20) }
