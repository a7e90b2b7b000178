package replay

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func value(t testing.TB, s string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

// TestCompare holds, for an answer and what was recorded, what it is worth and what is said of it.
func TestCompare(t *testing.T) {
	// Made before: a group by the caller's name. Seen before, not made: a group called Everyone.
	const (
		made    = `{"id":"00gAb1Cd2Ef3Gh4Ij5k6","profile":{"name":"crew"}}`
		madeNow = `{"id":"00gZz9Yy8Xx7Ww6Vv5u4","profile":{"name":"crew"}}`
		there   = `{"id":"00gEv3Ry0Ne1Wa2S3b4f","profile":{"name":"Everyone","size":5}}`
	)
	for _, c := range []struct {
		name, then, now string
		keys, values    float64
		diffs           []string
	}{
		{"the same", `{"a":1,"b":[true,null]}`, `{"b":[true,null],"a":1.0}`, 1, 1, nil},
		{"made up ids, times and links are not compared", `{"id":"00uQq1Ww2Ee3Rr4Tt5y6","created":"2020-01-02T03:04:05.000Z","self":"https://a.test/x/1","n":1}`,
			`{"id":"00uMm1Nn2Bb3Vv4Cc5x6","created":"2026-01-02T03:04:05.000Z","self":"http://127.0.0.1:7/w/w1/y/2","n":1}`, 1, 1, nil},
		{"what is bound leads to its binding", `{"groupId":"00gAb1Cd2Ef3Gh4Ij5k6"}`, `{"groupId":"00gZz9Yy8Xx7Ww6Vv5u4"}`, 1, 1, nil},
		{"and nowhere else", `{"groupId":"00gAb1Cd2Ef3Gh4Ij5k6","n":1}`, `{"groupId":"00gOther8Xx7Ww6Vv5u4","n":1}`, 1, 0.5,
			[]string{`groupId: recorded "00gAb1Cd2Ef3Gh4Ij5k6", answered "00gOther8Xx7Ww6Vv5u4"`}},
		{"inside a text too", `{"errorSummary":"Not found: 00gAb1Cd2Ef3Gh4Ij5k6 (Group)"}`, `{"errorSummary":"Not found: 00gZz9Yy8Xx7Ww6Vv5u4 (Group)"}`, 1, 1, nil},
		{"what the caller chose is compared, though it looks made up", `{"name":"x9y8z7w6v5u4"}`, `{"name":"a1b2c3d4e5f6"}`, 1, 0, []string{`name: recorded "x9y8z7w6v5u4", answered "a1b2c3d4e5f6"`}},
		{"a key is missing", `{"a":1,"b":2,"c":null}`, `{"a":1,"c":null}`, 3. / 4, 2. / 3, []string{`b: recorded 2, missing`}},
		{"a null is a type", `{"a":null}`, `{"a":""}`, 0.5, 0, []string{`a: recorded null, answered ""`}},
		{"a key that only the answer has is told and does not count", `{"a":1}`, `{"a":1,"b":2}`, 1, 1, nil},
		{"items are found by name", `[{"name":"a","n":1},{"name":"b","n":2}]`, `[{"name":"b","n":2},{"name":"a","n":1}]`, 1, 1, nil},
		{"items are found by what is bound", `[{"id":"00gAb1Cd2Ef3Gh4Ij5k6","n":1},{"id":"00gEv3Ry0Ne1Wa2S3b4f","n":2}]`, `[{"id":"x","n":2},{"id":"00gZz9Yy8Xx7Ww6Vv5u4","n":1}]`, 1, 1, nil},
		{"an item is missing", `[{"name":"a","n":1},{"name":"b","n":2}]`, `[{"name":"a","n":1}]`, 1, 0.5, []string{`[1]: recorded {"n":2,"name":"b"}, missing`}},
		{"what was there before may be missing", `[` + made + `,` + there + `]`, `[` + madeNow + `]`, 1, 1, nil},
		{"what was there before is held to its keys", `[` + there + `]`, `[{"id":"00gHh1Jj2Kk3Ll4Mm5n6","profile":{"name":"Everyone","size":9}}]`, 1, 1, nil},
		{"and lacks one", `[` + there + `]`, `[{"id":"00gHh1Jj2Kk3Ll4Mm5n6","profile":{"name":"Everyone"}}]`, 5. / 6, 1, []string{`[].profile.size: recorded 5, missing`}},
		{"what was made is one too many", `[]`, `[` + madeNow + `]`, 1, 0, []string{`[+0]: not recorded, answered ` + madeNow}},
		{"what the twin had before is not", `[]`, `[{"id":"00gTwinsOwn1Twins2Own","profile":{}}]`, 1, 1, nil},
		{"scalars in any order", `{"allow":["GET","PUT"]}`, `{"allow":["PUT","GET"]}`, 1, 1, nil},
		{"and one too many", `{"allow":["GET"]}`, `{"allow":["PUT","GET"]}`, 1, 0.5, []string{`allow[+0]: not recorded, answered "PUT"`}},
		{"rows in their order", `[["a","b"],["c"]]`, `[["c"],["a","b"]]`, 1, 0, nil},
		{"numbers of one value", `{"a":10,"b":1.50}`, `{"a":1e1,"b":1.5}`, 1, 1, nil},
		{"generated names", `{"name":"trial-1_samlapp_2"}`, `{"name":"acme_samlapp_11"}`, 1, 1, nil},
		{"another shape", `{"a":{"b":1}}`, `[]`, 0, 0, []string{`: recorded {"a":{"b":1}}, answered []`}},
		{"XML by its elements", `"<?xml version=\"1.0\"?><a x=\"1\"><b>t</b></a>"`, `"<?xml version=\"1.0\"?><m:a xmlns:m=\"u\"/>"`, 0.5, 1, []string{`a/b: recorded "element", missing`}},
		{"no body", `""`, `{"a":1}`, 1, 1, nil},
	} {
		before := Recording{Steps: []Step{
			{Method: "POST", Path: "/groups", Body: value(t, `{"profile":{"name":"crew"},"tag":"x9y8z7w6v5u4"}`), Status: 200, Response: value(t, made)},
			{Method: "GET", Path: "/groups", Status: 200, Response: value(t, `[`+made+`,`+there+`]`)},
			{Method: "GET", Path: "/x", Status: 200, Response: value(t, c.then)},
		}}
		cmp := comparison{o: newOrigin(&before), b: newBindings(), svc: okta, step: 2}
		cmp.b.bind("00gAb1Cd2Ef3Gh4Ij5k6", "00gZz9Yy8Xx7Ww6Vv5u4")
		r := Result{Want: 200, Got: 200, step: before.Steps[2]}
		cmp.compare(&r, value(t, c.now), "application/json")
		if fmt.Sprintf("%.3f %.3f", r.Keys, r.Values) != fmt.Sprintf("%.3f %.3f", c.keys, c.values) {
			t.Errorf("%s: keys %.3f, values %.3f; want %.3f, %.3f; %v", c.name, r.Keys, r.Values, c.keys, c.values, r.Diffs)
		}
		if got := r.brief(9); c.diffs != nil && !slices.Equal(got, c.diffs) {
			t.Errorf("%s: got %q\nwant %q", c.name, got, c.diffs)
		}
	}
}

func TestOrigin(t *testing.T) {
	r := Recording{Steps: []Step{
		{Method: "GET", Path: "/groups", Status: 200, Response: value(t, `[{"id":"00gFor1Eig2Nxx3Yyy4z"}]`)},
		{Method: "POST", Path: "/apps", Body: value(t, `{"name":"x9y8z7w6v5u4","groupId":"00gUns3Een4Abc5Def6g"}`), Status: 200, Response: value(t, `{"id":"0oaBor1Nnn2Xyz3Abc4d","name":"x9y8z7w6v5u4"}`)},
		{Method: "GET", Path: "/apps/0oaBor1Nnn2Xyz3Abc4d/keys", Status: 200, Response: value(t, `[{"kid":"Kid1Bor2Nxx3Yyy4Zzz5"}]`)},
		{Method: "GET", Path: "/users/00uNev1Ers2Een3Xyz4a", Status: 200, Response: value(t, `{"id":"00uNev1Ers2Een3Xyz4a"}`)},
		{Method: "PUT", Path: "/groups/00gFor1Eig2Nxx3Yyy4z", Status: 200, Body: value(t, `{}`), Response: value(t, `{"id":"00gFor1Eig2Nxx3Yyy4z"}`)},
	}}
	o := newOrigin(&r)
	for _, id := range []string{"0oaBor1Nnn2Xyz3Abc4d", "Kid1Bor2Nxx3Yyy4Zzz5"} {
		if !o.born[id] || o.foreign[id] {
			t.Errorf("%s is not born", id)
		}
	}
	for _, id := range []string{"00gFor1Eig2Nxx3Yyy4z", "00gUns3Een4Abc5Def6g", "00uNev1Ers2Een3Xyz4a"} {
		if !o.foreign[id] || o.born[id] {
			t.Errorf("%s is not foreign", id)
		}
	}
	if !o.own("x9y8z7w6v5u4") || o.own("0oaBor1Nnn2Xyz3Abc4d") {
		t.Errorf("the caller's own are %v", o.caller)
	}
	group := map[string]any{"id": "00gFor1Eig2Nxx3Yyy4z"}
	if !o.before(group, 3) || o.before(group, 4) {
		t.Error("a group that was there is not, or is still after it was changed")
	}
}

func TestBindings(t *testing.T) {
	b := newBindings()
	b.bind("00gAAA", "then1")
	b.bind("00gAAA-x", "longer")
	b.bind("7", "8")
	b.bind("12345", "67890")
	b.bind("a@b.test", "c@d.test")
	b.bindURL("https://org.test/api/things?after=Cur1Sor2Xyz3", "http://127.0.0.1:1/w/w1/api/things?after=zzz9", func(any) bool { return false })
	for s, want := range map[string]string{
		"00gAAA":                    "then1",
		"x 00gAAA, \"00gAAA-x\"":    "x then1, \"longer\"",
		"00gAAAB":                   "00gAAAB",
		"x00gAAA":                   "x00gAAA",
		"7":                         "8",
		"7 of 7":                    "7 of 7",
		"to a@b.test":               "to c@d.test",
		"https://org.test/x/00gAAA": "http://127.0.0.1:1/w/w1/x/then1",
		"Cur1Sor2Xyz3":              "zzz9",
	} {
		if got := b.text(s); got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
	if got := b.path("/a/00gAAA/b%2Fc/a%40b.test"); got != "/a/then1/b%2Fc/c@d.test" {
		t.Errorf("path %s", got)
	}
	if got := b.form("z=00gAAA&a=x%2Cy&q=id+eq+%2200gAAA%22"); got != "z=then1&a=x%2Cy&q=id+eq+%22then1%22" {
		t.Errorf("form %s", got)
	}
	if got := compact(b.value(value(t, `{"00gAAA":[12345,1]}`)), 99); got != `{"then1":[67890,1]}` {
		t.Errorf("value %s", got)
	}
}

// TestForeign holds what a primer is given: what was there, each once, and not the caller itself.
func TestForeign(t *testing.T) {
	r := Recording{Steps: []Step{
		{Method: "GET", Path: "/users/me", Status: 200, Response: value(t, `{"id":"00uMyS1elf2Abc3Def4g"}`)},
		{Method: "POST", Path: "/groups", Status: 200, Response: value(t, `{"id":"00gMad1Eee2Abc3Def4g"}`)},
		{Method: "GET", Path: "/groups", Status: 200, Response: value(t, `[{"id":"00gMad1Eee2Abc3Def4g"},{"id":"00gThe1Ree2Abc3Def4g"}]`)},
		{Method: "GET", Path: "/groups/00gThe1Ree2Abc3Def4g", Status: 200, Response: value(t, `{"id":"00gThe1Ree2Abc3Def4g"}`)},
		{Method: "GET", Path: "/apps/0oaThe1Ree2Abc3Def4g", Status: 200, Response: value(t, `{"id":"0oaThe1Ree2Abc3Def4g"}`)},
		{Method: "GET", Path: "/rules", Status: 200, Response: value(t, `{"rules":[{"id":"0prThe1Ree2Abc3Def4g"}]}`)},
	}}
	pr := Primer{&player{origin: newOrigin(&r)}, &r}
	var got []string
	for _, thing := range pr.Foreign() {
		got = append(got, identity(thing))
	}
	if want := []string{"00gThe1Ree2Abc3Def4g", "0oaThe1Ree2Abc3Def4g", "0prThe1Ree2Abc3Def4g"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
