package slack

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

// everything has a field of each kind that arguments can be bound to.
type everything struct {
	Text  string          `json:"text"`
	Flag  bool            `json:"flag"`
	Count int64           `json:"count"`
	Ratio float64         `json:"ratio"`
	Names []string        `json:"names"`
	Raw   json.RawMessage `json:"raw"`
}

// FuzzArguments sends anything at all as a request: it is bound or refused in Slack's words, and never panics.
func FuzzArguments(f *testing.F) {
	f.Add("POST", "token=x&text=a", "application/json", `{"text":1,"flag":"1","count":"7","names":["a",2],"raw":{"a":[]}}`)
	f.Add("POST", "", "application/x-www-form-urlencoded", "text=a&flag=true&count=1e3&names=a,b&raw=%5B%5D&ratio=.5")
	f.Add("POST", "", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\n--x--\r\n")
	f.Add("GET", "names=[1,%22a%22]&count=9999999999999999999", "", "")
	f.Add("POST", "", "application/json; charset=\"", "null")
	bind, _ := binder(reflect.TypeFor[everything]())
	f.Fuzz(func(t *testing.T, verb, query, kind, body string) {
		if verb != "POST" {
			verb = "GET"
		}
		r := httptest.NewRequest(verb, "/api/x", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", kind)
		args, err := decode(host().Echo.NewContext(r, httptest.NewRecorder()))
		if err != nil {
			if !strings.Contains("invalid_post_type invalid_charset invalid_form_data request_too_large invalid_json json_not_object missing_post_type", err.Error()) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var in everything
		if err := bind(args, &in); err != nil && err.Error() != string(errInvalidArguments) {
			t.Fatalf("refused with %v", err)
		}
		args.ignored(&method{})
	})
}

// TestJSONIsJSON holds the encoder by hand against encoding/json.
func TestJSONIsJSON(t *testing.T) {
	for _, s := range []string{"", "plain", `"quoted"`, "a\\b", "tab\t", "\x00\x1f", "ünï", "\u2028", "<b>&", "\xff\xfe", "😀"} {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Errorf("%q: %v", s, err)
		} else if utf8.ValidString(s) && got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// TestRateLimitsOfSlack counts calls until Slack would refuse, and again after the minute.
func TestRateLimitsOfSlack(t *testing.T) {
	s, w := world(t)
	if _, err := w.AddFault(twin.Fault{RateLimits: "vendor"}); err != nil {
		t.Fatal(err)
	}
	tok := mint(t, s, w, "bot")
	list := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/w/"+w.Name()+"/api/conversations.list", nil)
		r.Header.Set("Authorization", "Bearer "+tok)
		rec := httptest.NewRecorder()
		s.Echo.ServeHTTP(rec, r)
		return rec
	}
	for i := range 20 {
		if rec := list(); rec.Code != http.StatusOK {
			t.Fatalf("call %d answers %d", i+1, rec.Code)
		}
	}
	rec := list()
	if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "60" || !strings.Contains(rec.Body.String(), `"error":"ratelimited"`) {
		t.Fatalf("call 21 answers %d, Retry-After %q, %s", rec.Code, rec.Header().Get("Retry-After"), rec.Body)
	}
	if err := w.Advance(t.Context(), 60e9); err != nil {
		t.Fatal(err)
	}
	if rec := list(); rec.Code != http.StatusOK {
		t.Fatalf("after a minute a call answers %d", rec.Code)
	}
}
