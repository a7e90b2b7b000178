package query

import (
	"fmt"
	"testing"
)

// show writes a query with brackets around each of its parts.
func show(n Node) string {
	switch n := n.(type) {
	case nil:
		return ""
	case And:
		return "(" + show(n.Left) + " and " + show(n.Right) + ")"
	case Or:
		return "(" + show(n.Left) + " or " + show(n.Right) + ")"
	case Not:
		return "not " + show(n.Of)
	case Is:
		switch {
		case !n.Time.IsZero():
			return fmt.Sprintf("%s %s %s", n.Term, n.Op, n.Time.UTC().Format("2006-01-02T15:04:05.000Z"))
		case n.Field != "":
			return fmt.Sprintf("%s/%s.%s %s %s", n.Term, n.ID, n.Field, n.Op, n.Text)
		case n.Op == "has":
			return fmt.Sprintf("%s has %s=%s", n.Term, n.Key, n.Text)
		case n.Op == "in":
			return fmt.Sprintf("%q in %s", n.Text, n.Term)
		case n.Text == "":
			return fmt.Sprintf("%s %s %v", n.Term, n.Op, n.Bool)
		}
		return fmt.Sprintf("%s %s %q", n.Term, n.Op, n.Text)
	}
	panic("what is it?")
}

func TestParse(t *testing.T) {
	for _, x := range []struct{ q, want string }{
		{"", ""},
		{"  ", ""},
		{"name = 'hello'", `name = "hello"`},
		{`name="hello"`, `name = "hello"`},
		{`name = 'Valentine\'s \\ day'`, `name = "Valentine's \\ day"`},
		{`name = "it's"`, `name = "it's"`},
		{"trashed", "trashed = true"},
		{"not trashed", "not trashed = true"},
		{"trashed=false AND starred = TRUE", `(trashed = "false" and starred = "TRUE")`},
		{"sharedWithMe and name contains 'hello'", `(sharedWithMe = true and name contains "hello")`},
		{"trashed or starred and sharedWithMe", "((trashed = true or starred = true) and sharedWithMe = true)"},
		{"trashed or (starred and sharedWithMe)", "(trashed = true or (starred = true and sharedWithMe = true))"},
		{"not trashed and starred", "(not trashed = true and starred = true)"},
		{"'root' in parents", `"root" in parents`},
		{"'a@b.c' in writers or 'a@b.c' in readers", `("a@b.c" in writers or "a@b.c" in readers)`},
		{"modifiedTime > '2012-06-04T12:00:00'", "modifiedTime > 2012-06-04T12:00:00.000Z"},
		{"modifiedTime >= '2012-06-04T12:00:00-08:00'", "modifiedTime >= 2012-06-04T20:00:00.000Z"},
		{"createdTime<'2012-06-04'", "createdTime < 2012-06-04T00:00:00.000Z"},
		{"properties has { key='mass' and value='1.3kg' }", "properties has mass=1.3kg"},
		{"appProperties has {value='b' and key='a'}", "appProperties has a=b"},
		{"'labels/l1' in labels", `"labels/l1" in labels`},
		{"labels/l1.f1 is not null and labels/l1.f2 < 12", "(labels/l1.f1 not null  and labels/l1.f2 < 12)"},
		{"shortcutDetails.targetId = 'x'", `shortcutDetails.targetId = "x"`},
		{"fullText contains '\"hello there\"'", `fullText contains "\"hello there\""`},
	} {
		n, err := Parse(x.q, Files)
		if err != nil || show(n) != x.want {
			t.Errorf("%s\n got %s, %v\nwant %s", x.q, show(n), err, x.want)
		}
	}
	for _, q := range []string{
		"hello", "name", "name =", "name = hello", "name = 'x", "name > 'x'", "mimetype = 'x'", "title = 'x'", "'x' in", "'x' in name", "'x' in nothing", "parents in 'x'", "'x'",
		"(trashed", "trashed)", "trashed and", "and trashed", "not", "trashed = maybe", "trashed = 'true' 'x'", "modifiedTime > 'yesterday'", "modifiedTime > 12", "modifiedTime contains '2012'",
		"properties has 'x'", "properties has {key='x'}", "properties has {key='x' and key}", "fullText = 'x'", "labels/l1 = 'x'", "labels/l1.f is", "labels/l1.f = x", "memberCount > 1", "trashed starred",
	} {
		if n, err := Parse(q, Files); err == nil {
			t.Errorf("%s is taken as %s", q, show(n))
		}
	}
	for _, q := range []string{"memberCount > 1", "hidden = false", "organizerCount = 0 or name contains 'x'", "orgUnitId != 'C03az79cb'", "createdTime > '2017-06-01T12:00:00'"} {
		if _, err := Parse(q, Drives); err != nil {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func TestStarts(t *testing.T) {
	for _, x := range []struct {
		name, sought string
		want         bool
	}{
		{"HelloWorld", "Hello", true}, {"HelloWorld", "World", false}, {"Hello World", "world", true}, {"AR_Ab-ops-U-FI-DO_2022_11.csv", "AR_Ab-ops-DO_", true},
		{"zorg.outsideit.net_db_zor_oit_2016.tar.gz", "outsideit.net_db_oit", true}, {"123_asdasdas-SDASDA.csv", "SDASDA", true}, {"Überraschung", "über", true}, {"a?b", "?", true}, {"ab", "?", false},
	} {
		if got := Starts(x.name, x.sought); got != x.want {
			t.Errorf("%q contains %q: %v", x.name, x.sought, got)
		}
	}
}

func TestHolds(t *testing.T) {
	for _, x := range []struct {
		text, sought string
		want         bool
	}{
		{"HelloWorld", "Hello", false}, {"HelloWorld", "helloworld", true}, {"hello there everyone", "everyone hello", true}, {"hello there everyone", `"hello there"`, true},
		{"hello there everyone", `"there hello"`, false}, {"hello there everyone", `everyone "hello there"`, true}, {"hello", `"`, true},
	} {
		if got := Holds(Words(x.text), x.sought); got != x.want {
			t.Errorf("%q holds %q: %v", x.text, x.sought, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"name = 'x' and not (trashed or 'a' in parents)", `properties has { key='a' and value="b" }`, "labels/a.b is not null", `name = '\\\''`, "((((", "createdTime<'2012-06-04'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := Parse(s, Files); err == nil && n != nil {
			show(n)
		}
		Starts(s, s)
		if len(Words(s)) > 0 && !Holds(Words(s), s) {
			t.Errorf("%q does not hold itself", s)
		}
	})
}
