package okta

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"twinset.dev/kit/twin"
)

// asker asks the twin in one world.
type asker struct {
	t      *testing.T
	o      *Okta
	w      *twin.World
	secret string
}

// ask makes a call as ana, or with a cookie, and returns the answer, whose status must be as wanted. A body of bytes is a
// certificate.
func (a asker) ask(status int, method, path string, body any, cookies ...*http.Cookie) obj {
	a.t.Helper()
	b, raw := body.([]byte)
	if !raw {
		b, _ = json.Marshal(body)
	}
	r := httptest.NewRequest(method, "/w/"+a.w.Name()+path, bytes.NewReader(b))
	r.Header.Set("Content-Type", map[bool]string{true: "application/pkix-cert", false: "application/json"}[raw])
	if len(cookies) > 0 {
		r.AddCookie(cookies[0])
	} else {
		r.Header.Set("Authorization", a.secret)
	}
	res := httptest.NewRecorder()
	a.o.Echo.ServeHTTP(res, r)
	if res.Code != status {
		a.t.Fatalf("%s %s: got %d, want %d: %s", method, path, res.Code, status, res.Body)
	}
	var out obj
	json.Unmarshal(res.Body.Bytes(), &out)
	return out
}

// code is the one that somebody was sent last.
func (a asker) code(user string) string {
	a.t.Helper()
	out, err := a.o.actions()["messages"](context.Background(), a.w, nil, json.RawMessage(`{"user":"`+user+`"}`))
	if err != nil || len(list(out)) == 0 {
		a.t.Fatalf("%s was sent nothing: %v", user, err)
	}
	return text(object(list(out)[0])["code"])
}

// TestAuthnFactors signs in where the policy wants more than a password: setting a generator up, using it, and a phone.
func TestAuthnFactors(t *testing.T) {
	o, w := world(t)
	a := asker{t, o, w, mint(t, o, w, "ana")}
	own := a.ask(200, "POST", "/api/v1/policies", obj{"type": "OKTA_SIGN_ON", "name": "Strict", "conditions": obj{"people": obj{"groups": obj{"include": []any{seedID("00g", "everyone")}}}}})
	a.ask(200, "POST", "/api/v1/policies/"+text(own["id"])+"/rules", obj{"type": "SIGN_ON", "name": "Two", "actions": obj{"signon": obj{"access": "ALLOW", "requireFactor": true, "factorPromptMode": "ALWAYS"}}})
	login := obj{"username": "bo", "password": defaultPassword}

	enroll := a.ask(200, "POST", "/api/v1/authn", login)
	if enroll["status"] != authEnroll {
		t.Fatalf("got %v, want %s", enroll["status"], authEnroll)
	}
	state := enroll["stateToken"]
	begun := a.ask(200, "POST", "/api/v1/authn/factors", obj{"stateToken": state, "factorType": "token:software:totp", "provider": "GOOGLE"})
	factor, secret := text(dig(begun, "_embedded", "factor", "id")), text(dig(begun, "_embedded", "factor", "_embedded", "activation", "sharedSecret"))
	step := w.Clock().Now().Unix() / 30
	a.ask(403, "POST", "/api/v1/authn/factors/"+factor+"/lifecycle/activate", obj{"stateToken": state, "passCode": totp(secret, step-5)})
	if done := a.ask(200, "POST", "/api/v1/authn/factors/"+factor+"/lifecycle/activate", obj{"stateToken": state, "passCode": totp(secret, step-1)}); done["status"] != authSuccess {
		t.Fatalf("got %v", done)
	}

	asked := a.ask(200, "POST", "/api/v1/authn", login)
	if asked["status"] != authRequired || len(list(dig(asked, "_embedded", "factors"))) != 1 {
		t.Fatalf("got %v", asked)
	}
	state = asked["stateToken"]
	verify := "/api/v1/authn/factors/" + factor + "/verify"
	if c := a.ask(200, "POST", verify, obj{"stateToken": state}); c["status"] != authChallenge {
		t.Fatalf("got %v", c)
	}
	if replayed := a.ask(403, "POST", verify, obj{"stateToken": state, "passCode": totp(secret, step-1)}); replayed["errorCode"] != "E0000082" {
		t.Fatalf("a code was good twice: %v", replayed)
	}
	if back := a.ask(200, "POST", "/api/v1/authn/previous", obj{"stateToken": state}); back["status"] != authRequired {
		t.Fatalf("got %v", back)
	}
	done := a.ask(200, "POST", verify, obj{"stateToken": state, "passCode": totp(secret, step)})
	session := a.ask(200, "POST", "/api/v1/sessions?additionalFields=cookieToken", obj{"sessionToken": done["sessionToken"]})
	if amr := texts(session["amr"]); len(amr) != 2 || amr[1] != "mfa" || session["lastFactorVerification"] == nil {
		t.Fatalf("got %v", session)
	}
	cookie := &http.Cookie{Name: sessionCookie, Value: text(session["cookieToken"])}
	if me := a.ask(200, "GET", "/api/v1/users/me", nil, cookie); text(dig(me, "profile", "firstName")) != "Bo" {
		t.Fatalf("the cookie is %v's", me)
	}
	a.ask(200, "GET", "/api/v1/sessions/me", nil, cookie)
	a.ask(204, "DELETE", "/api/v1/sessions/me", nil, cookie)
	a.ask(401, "GET", "/api/v1/users/me", nil, cookie)

	phone := a.ask(200, "POST", "/api/v1/users/bo/factors", obj{"factorType": "sms", "provider": "OKTA", "profile": obj{"phoneNumber": "+15554151337"}})
	at := "/api/v1/users/bo/factors/" + text(phone["id"])
	a.ask(200, "POST", at+"/lifecycle/activate", obj{"passCode": a.code("bo")})
	if c := a.ask(200, "POST", at+"/verify", obj{}); c["factorResult"] != "CHALLENGE" {
		t.Fatalf("got %v", c)
	}
	a.ask(200, "POST", at+"/verify", obj{"passCode": a.code("bo")})
	a.ask(403, "POST", at+"/verify", obj{"passCode": a.code("bo")})

	a.ask(200, "PUT", "/api/v1/policies/"+text(own["id"])+"/rules/"+a.firstRule(text(own["id"])), obj{"type": "SIGN_ON", "name": "None", "actions": obj{"signon": obj{"access": "DENY"}}})
	if refused := a.ask(403, "POST", "/api/v1/authn", login); refused["errorCode"] != "E0000085" {
		t.Fatalf("got %v", refused)
	}
}

func (a asker) firstRule(policy string) (id string) {
	a.w.View(func(tc *twin.Call) error {
		id = (&call{Call: tc, o: a.o}).rules(policy)[0].ID
		return nil
	})
	return id
}

// TestPush sets a phone up and approves, then denies, what it asks.
func TestPush(t *testing.T) {
	o, w := world(t)
	a := asker{t, o, w, mint(t, o, w, "ana")}
	answer := func(what string) {
		t.Helper()
		if _, err := o.actions()["answer_push"](context.Background(), w, nil, json.RawMessage(`{"user":"bo","answer":"`+what+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	f := a.ask(200, "POST", "/api/v1/users/bo/factors", obj{"factorType": "push", "provider": "OKTA"})
	at := "/api/v1/users/bo/factors/" + text(f["id"])
	answer("approve")
	if f := a.ask(200, "POST", at+"/lifecycle/activate", nil); f["status"] != factorActive {
		t.Fatalf("got %v", f)
	}
	for what, want := range map[string]string{"approve": "SUCCESS", "reject": "REJECTED"} {
		asked := a.ask(201, "POST", at+"/verify", nil)
		var transaction string
		w.View(func(c *twin.Call) error {
			for f := range o.factors.All(c.Tx, seedID("00u", "bo")+"/") {
				transaction = f.Transaction
			}
			return nil
		})
		poll := at + "/transactions/" + transaction
		if got := a.ask(200, "GET", poll, nil)["factorResult"]; asked["factorResult"] != "WAITING" || got != "WAITING" {
			t.Fatalf("got %v and %v, want WAITING", asked, got)
		}
		answer(what)
		if got := a.ask(200, "GET", poll, nil)["factorResult"]; got != want {
			t.Fatalf("%s: got %v, want %s", what, got, want)
		}
	}
	a.ask(404, "GET", at+"/transactions/other", nil)
}

// TestImportedPasswords signs in with passwords that came as hashes; from then on they are Okta's own.
func TestImportedPasswords(t *testing.T) {
	o, w := world(t)
	a := asker{t, o, w, mint(t, o, w, "ana")}
	salt := base64.StdEncoding.EncodeToString([]byte("salt"))
	digest := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	sha := sha256.Sum256([]byte("saltTr0ub4dor"))
	md := md5.Sum([]byte("Tr0ub4dorsalt"))
	key, _ := pbkdf2.Key(sha256.New, "Tr0ub4dor", []byte("salt"), 1000, 32)
	hash, err := bcrypt.GenerateFromPassword([]byte("Tr0ub4dor"), 4)
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]obj{
		"bcrypt": {"algorithm": "BCRYPT", "workFactor": 4, "salt": string(hash[7:29]), "value": string(hash[29:])},
		"sha":    {"algorithm": "SHA-256", "saltOrder": "PREFIX", "salt": salt, "value": digest(sha[:])},
		"md5":    {"algorithm": "MD5", "saltOrder": "POSTFIX", "salt": salt, "value": digest(md[:])},
		"pbkdf2": {"algorithm": "PBKDF2", "digestAlgorithm": "SHA256_HMAC", "iterationCount": 1000, "keySize": 32, "salt": salt, "value": digest(key)},
	} {
		login := name + "@example.com"
		u := a.ask(200, "POST", "/api/v1/users", obj{"profile": obj{"firstName": "I", "lastName": "M", "email": login, "login": login}, "credentials": obj{"password": obj{"hash": h}}})
		if dig(u, "credentials", "provider", "type") != "IMPORT" {
			t.Fatalf("%s: got %v", name, u["credentials"])
		}
		a.ask(401, "POST", "/api/v1/authn", obj{"username": login, "password": "Tr0ub4dor2"})
		a.ask(200, "POST", "/api/v1/authn", obj{"username": login, "password": "Tr0ub4dor"})
		if u := a.ask(200, "GET", "/api/v1/users/"+login, nil); dig(u, "credentials", "provider", "type") != "OKTA" {
			t.Fatalf("%s: got %v", name, u["credentials"])
		}
		a.ask(200, "POST", "/api/v1/authn", obj{"username": login, "password": "Tr0ub4dor"})
	}
}
