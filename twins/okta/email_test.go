package okta

import (
	"encoding/json"
	"strings"
	"testing"

	"twinset.dev/kit/outbox"
)

// TestEmailsSpeakTheBrand lets somebody be activated, and reads what they are sent.
func TestEmailsSpeakTheBrand(t *testing.T) {
	o, w := world(t)
	_, _, v := ask(t, o, w, "GET", "/api/v1/brands", "")
	at := "/api/v1/brands/" + text(object(list(v)[0])["id"]) + "/templates/email/UserActivation/customizations"
	ask(t, o, w, "POST", at, `{"language": "en", "subject": "Welcome, ${user.profile.firstName}", "body": "<a href=\"${activationLink}\">${org.name}</a>"}`)
	ask(t, o, w, "POST", at, `{"language": "de", "subject": "Willkommen, ${user.profile.firstName}", "body": "<a href=\"${activationLink}\">${org.name}</a>"}`)
	for _, locale := range []string{"de", "fr"} {
		_, _, v = ask(t, o, w, "POST", "/api/v1/users?activate=false", `{"profile": {"login": "`+locale+`@rockets.example", "email": "`+locale+`@rockets.example", "firstName": "Kim <3", "lastName": "Ode", "locale": "`+locale+`"}}`)
		ask(t, o, w, "POST", "/api/v1/users/"+text(object(v)["id"])+"/lifecycle/activate?sendEmail=true", "")
	}
	sent := wait(t, func() []outbox.Delivery { return w.Outbox() }, 2)
	for i, want := range []string{"Willkommen, Kim <3", "Welcome, Kim <3"} {
		var mail struct {
			From, Subject, Body string
			To                  []string
		}
		if err := json.Unmarshal([]byte(sent[i].Body), &mail); err != nil {
			t.Fatal(err)
		}
		if mail.Subject != want || !strings.Contains(mail.Body, "/tokens/") || !strings.HasSuffix(mail.Body, ">Acme Rockets</a>") || len(mail.To) != 1 {
			t.Errorf("the email is %+v", mail)
		}
	}
}
