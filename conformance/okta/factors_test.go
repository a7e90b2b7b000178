package okta

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"twinset.dev/conformance/internal/lab"
)

// question sets a security question up for somebody, whose answer is "porridge".
func (e *env) question(u *okta.User) *okta.SecurityQuestionUserFactor {
	e.t.Helper()
	f := okta.NewSecurityQuestionUserFactor()
	f.FactorType, f.Provider, f.Profile = "question", "OKTA", &okta.SecurityQuestionUserFactorProfile{Question: "disliked_food", Answer: "porridge"}
	_, _, err := e.UserFactor.EnrollFactor(e.ctx, u.Id, f, nil)
	must(e.t, err)
	return f
}

// generator begins to set a generator of codes up for somebody, and returns what makes its codes.
func (e *env) generator(u *okta.User) (f *okta.TotpUserFactor, code func(at time.Time) string) {
	e.t.Helper()
	f = okta.NewTotpUserFactor()
	f.FactorType, f.Provider = "token:software:totp", "GOOGLE"
	_, _, err := e.UserFactor.EnrollFactor(e.ctx, u.Id, f, nil)
	must(e.t, err)
	secret := f.Embedded.(map[string]any)["activation"].(map[string]any)["sharedSecret"].(string)
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(e.t, err)
	return f, func(at time.Time) string { // RFC 6238
		mac := hmac.New(sha1.New, key)
		binary.Write(mac, binary.BigEndian, at.Unix()/30)
		sum := mac.Sum(nil)
		from := sum[len(sum)-1] & 15
		return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1000000)
	}
}

// phone sets a device up for somebody on which they say yes or no to pushes.
func (e *env) phone(u *okta.User) *okta.UserFactor {
	e.t.Helper()
	f := &okta.UserFactor{FactorType: "push", Provider: "OKTA"}
	_, _, err := e.UserFactor.EnrollFactor(e.ctx, u.Id, f, nil)
	must(e.t, err)
	e.answer(u, "approve")
	return f
}

// answer says "approve" or "reject" on somebody's phone.
func (e *env) answer(u *okta.User, say string) {
	e.t.Helper()
	lab.Control(e.t, http.MethodPost, e.url+"/_twin/actions/answer_push", map[string]string{"user": u.Id, "answer": say}, nil)
}

func init() {
	row("UserFactor", "EnrollFactor", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		f := e.question(u)
		want(t, "status", f.Status, "ACTIVE")
		want(t, "question", f.Profile.QuestionText, "What is the food you least liked as a child?")
		sms := okta.NewSmsUserFactor()
		sms.FactorType, sms.Provider, sms.Profile = "sms", "OKTA", &okta.SmsUserFactorProfile{PhoneNumber: "nowhere"}
		_, _, err := e.UserFactor.EnrollFactor(e.ctx, u.Id, sms, nil)
		refused(t, err, "E0000098", "This phone number is invalid.")
		sms.Profile.PhoneNumber = "+1-415-555-1337"
		_, _, err = e.UserFactor.EnrollFactor(e.ctx, u.Id, sms, query.NewQueryParams(query.WithActivate(true)))
		must(t, err)
		want(t, "number", sms.Profile.PhoneNumber, "+14155551337")
		all, _, err := e.UserFactor.ListFactors(e.ctx, u.Id)
		must(t, err)
		want(t, "factors", len(all), 2)
	})
	row("UserFactor", "ListFactors", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		q := e.question(u)
		all, _, err := e.UserFactor.ListFactors(e.ctx, u.Id)
		must(t, err)
		want(t, "factors", len(all), 1)
		want(t, "which", all[0].(*okta.UserFactor).Id, q.Id)
		_, _, err = e.UserFactor.ListFactors(e.ctx, "00unone")
		refused(t, err, "E0000007", "00unone")
	})
	row("UserFactor", "GetFactor", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		q, got := e.question(u), okta.NewSecurityQuestionUserFactor()
		_, _, err := e.UserFactor.GetFactor(e.ctx, u.Id, q.Id, got)
		must(t, err)
		want(t, "question", got.Profile.Question, "disliked_food")
		want(t, "answer", got.Profile.Answer, "")
		_, _, err = e.UserFactor.GetFactor(e.ctx, u.Id, "ufsnone", got)
		refused(t, err, "E0000007", "ufsnone")
	})
	row("UserFactor", "DeleteFactor", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		q := e.question(u)
		_, err := e.UserFactor.DeleteFactor(e.ctx, u.Id, q.Id)
		must(t, err)
		left, _, err := e.UserFactor.ListFactors(e.ctx, u.Id)
		must(t, err)
		want(t, "factors left", len(left), 0)
		_, err = e.UserFactor.DeleteFactor(e.ctx, u.Id, q.Id)
		refused(t, err, "E0000007", q.Id)
	})
	row("UserFactor", "ListSupportedFactors", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		status := func(kind string) string {
			all, _, err := e.UserFactor.ListSupportedFactors(e.ctx, u.Id)
			must(t, err)
			i := slices.IndexFunc(all, func(f okta.Factor) bool { return f.(*okta.UserFactor).FactorType == kind })
			want(t, kind+" is there", i >= 0, true)
			return all[i].(*okta.UserFactor).Status
		}
		want(t, "the question", status("question"), "NOT_SETUP")
		e.question(u)
		want(t, "the question", status("question"), "ACTIVE")
		want(t, "text messages", status("sms"), "NOT_SETUP")
	})
	row("UserFactor", "ListSupportedSecurityQuestions", func(t *testing.T) {
		e := world(t)
		all, _, err := e.UserFactor.ListSupportedSecurityQuestions(e.ctx, e.user("Mia").Id)
		must(t, err)
		i := slices.IndexFunc(all, func(q *okta.SecurityQuestion) bool { return q.Question == "first_award" })
		want(t, "the question is there", i >= 0, true)
		want(t, "its text", all[i].QuestionText, "What did you earn your first medal or award for?")
	})
	row("UserFactor", "ActivateFactor", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		f, code := e.generator(u)
		want(t, "status", f.Status, "PENDING_ACTIVATION")
		_, _, err := e.UserFactor.ActivateFactor(e.ctx, u.Id, f.Id, okta.ActivateFactorRequest{PassCode: "nothing"}, okta.NewTotpUserFactor())
		refused(t, err, "E0000068", "Invalid Passcode/Answer")
		_, _, err = e.UserFactor.ActivateFactor(e.ctx, u.Id, f.Id, okta.ActivateFactorRequest{PassCode: code(time.Now())}, okta.NewTotpUserFactor())
		must(t, err)
		got := okta.NewTotpUserFactor()
		_, _, err = e.UserFactor.GetFactor(e.ctx, u.Id, f.Id, got)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
		want(t, "in the log", e.logged("user.mfa.factor.activate", u.Id), 1)
	})
	row("UserFactor", "VerifyFactor", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		f, code := e.generator(u)
		now := time.Now()
		_, _, err := e.UserFactor.ActivateFactor(e.ctx, u.Id, f.Id, okta.ActivateFactorRequest{PassCode: code(now)}, okta.NewTotpUserFactor())
		must(t, err)
		verify := func(id string, with okta.VerifyFactorRequest) (string, error) {
			r, _, err := e.UserFactor.VerifyFactor(e.ctx, u.Id, id, with, okta.NewTotpUserFactor(), nil)
			if err != nil {
				return "", err
			}
			return r.FactorResult, nil
		}
		_, err = verify(f.Id, okta.VerifyFactorRequest{PassCode: code(now)})
		refused(t, err, "E0000082", "Each code can only be used once.")
		result, err := verify(f.Id, okta.VerifyFactorRequest{PassCode: code(now.Add(30 * time.Second))})
		must(t, err)
		want(t, "result", result, "SUCCESS")
		q := e.question(u)
		_, err = verify(q.Id, okta.VerifyFactorRequest{Answer: "pudding"})
		refused(t, err, "E0000068", "Invalid Passcode/Answer")
		result, err = verify(q.Id, okta.VerifyFactorRequest{Answer: "Porridge"})
		must(t, err)
		want(t, "result", result, "SUCCESS")
	})
	row("UserFactor", "GetFactorTransactionStatus", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		f := e.phone(u)
		push := func() (id string) {
			r, _, err := e.UserFactor.VerifyFactor(e.ctx, u.Id, f.Id, okta.VerifyFactorRequest{}, f, nil)
			must(t, err)
			return path.Base(r.Links.(map[string]any)["poll"].(map[string]any)["href"].(string))
		}
		status := func(id string) string {
			got, _, err := e.UserFactor.GetFactorTransactionStatus(e.ctx, u.Id, f.Id, id)
			must(t, err)
			return got.FactorResult
		}
		id := push()
		want(t, "at once", status(id), "WAITING")
		e.answer(u, "approve")
		want(t, "approved", status(id), "SUCCESS")
		id = push()
		e.answer(u, "reject")
		want(t, "rejected", status(id), "REJECTED")
		id = push()
		e.advance("6m")
		want(t, "when nobody has answered", status(id), "TIMEOUT")
		_, _, err := e.UserFactor.GetFactorTransactionStatus(e.ctx, u.Id, f.Id, "v2mst.none")
		refused(t, err, "E0000007", "v2mst.none")
	})
}
