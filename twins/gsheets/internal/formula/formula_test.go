package formula

import (
	"fmt"
	"strings"
	"testing"
)

// show writes a tree with all its brackets.
func show(x Expr) string {
	switch x := x.(type) {
	case Number:
		return fmt.Sprint(float64(x))
	case Text:
		return fmt.Sprintf("%q", string(x))
	case Bool:
		return fmt.Sprint(bool(x))
	case Error:
		return string(x)
	case Missing:
		return "_"
	case *Reference:
		return x.String()
	case Name:
		return "name:" + string(x)
	case *Table:
		return x.Name + "[" + x.Column + "]"
	case *Unary:
		return "(" + string(x.Op) + show(x.X) + ")"
	case *Binary:
		return "(" + show(x.X) + string(x.Op) + show(x.Y) + ")"
	case *Call:
		return x.Name + "(" + list(x.Args) + ")"
	case *Invoke:
		return show(x.Func) + "(" + list(x.Args) + ")"
	case Array:
		rows := []string{}
		for _, r := range x {
			rows = append(rows, list(r))
		}
		return "{" + strings.Join(rows, ";") + "}"
	}
	return "?"
}

func list(xs []Expr) string {
	s := []string{}
	for _, x := range xs {
		s = append(s, show(x))
	}
	return strings.Join(s, ",")
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		syntax    Syntax
		src, want string
	}{
		{Point, "=1+2*3", "(1+(2*3))"},
		{Point, "=-2^2", "((-2)^2)"},
		{Point, "=2^3^2", "((2^3)^2)"},
		{Point, "=2^-1%", "(2^(-(%1)))"},
		{Point, "=1<=2=TRUE", "((1L2)=true)"},
		{Point, `="a""b"&"c`, `("a\"b"&"c")`},
		{Point, "=sum(a1:b$2, $C:C,3:7,A2:B)", "SUM(A1:B$2,$C:C,3:7,A2:B)"},
		{Point, "='My ''Sheet'!A1+Sheet2!b2", "('My ''Sheet'!A1+Sheet2!B2)"},
		{Point, "=IF(A1,,2", "IF(A1,_,2)"},
		{Point, "=IF(A1,)", "IF(A1,_)"},
		{Point, "=LOG10(5)+T(a1)", "(LOG10(5)+T(A1))"},
		{Point, "={1,2;3,4}", "{1,2;3,4}"},
		{Point, "=SUM(1;2)", "SUM(1,2)"},
		{Comma, `={1,5\2;3\4}`, "{1.5,2;3,4}"},
		{Comma, "=SUM(1,5;2)", "SUM(1.5,2)"},
		{Point, "=LAMBDA(x, x+1)(2)", "LAMBDA(name:x,(name:x+1))(2)"},
		{Point, "=A1:INDEX(B:B,3)", "(A1:INDEX(B:B,3))"},
		{Point, "=prices*1e3", "(name:prices*1000)"},
		{Point, "=#n/a", "#N/A"},
		{Point, "=Sheet1!#REF!+1", "(#REF!+1)"},
		{Point, "=Table1[Price]", "Table1[Price]"},
		{Point, "+1", "(+1)"},
		{Point, "=NOW( )", "NOW()"},
		{Point, "=ABCD1", "name:ABCD1"},
	} {
		x, err := Parse(c.src, c.syntax)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if got := show(x); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.src, got, c.want)
		}
	}
	for _, src := range []string{"=", "=1+", "=)", "=(1))", "=1 2", "=A1 B1", "={1,2", "=1,2", "=*2", "1", "=@", "=#FOO", "=SUM(1 2)", "=5(1)"} {
		if src == "={1,2" {
			continue // what is open is closed
		}
		if x, err := Parse(src, Point); err == nil {
			t.Errorf("%s gives %s, want a parse error", src, show(x))
		}
	}
}

func TestNormalize(t *testing.T) {
	known := func(name string) bool { return name == "SUM" || name == "IF" }
	for _, c := range [][2]string{
		{"=sum( a1 ,$b$2:c3", "=SUM( A1 ,$B$2:C3)"},
		{"=foo(a1)", "=foo(A1)"},
		{`=if(true,"x`, `=IF(TRUE,"x")`},
		{"+a1", "=+A1"},
		{"=SUM(1;2)", "=SUM(1,2)"},
		{"={1;2", "={1;2}"},
		{"='sheet 1'!a1", "='sheet 1'!A1"},
	} {
		if got := Normalize(c[0], Point, known); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
	if got, want := Translate("=SUM(1.5,{1,2;3,4})", Point, Comma), `=SUM(1,5;{1\2;3\4})`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name, src, want string
		change          Change
	}{
		{"insert inside", "=SUM(A1:A3)+A5", "=SUM(A1:A4)+A6", Insert("S", Rows, 2, 1)},
		{"insert above", "=SUM($A$1:A3)", "=SUM($A$2:A4)", Insert("S", Rows, 0, 1)},
		{"insert below", "=SUM(A1:A3)", "=SUM(A1:A3)", Insert("S", Rows, 3, 5)},
		{"insert column", "=A1+B1+B:C", "=A1+D1+D:E", Insert("s", Cols, 1, 2)},
		{"insert elsewhere", "=A1+T!A1+S!A1", "=A1+T!A2+S!A1", Insert("T", Rows, 0, 1)},
		{"delete part", "=SUM(A1:A10)", "=SUM(A1:A8)", Delete("S", Rows, 3, 2)},
		{"delete start", "=SUM(A2:A10)", "=SUM(A2:A9)", Delete("S", Rows, 1, 1)},
		{"delete end", "=SUM(A2:A10)", "=SUM(A2:A8)", Delete("S", Rows, 8, 2)},
		{"delete all", "=SUM(A2:A3)+A2+'x y'!A2", "=SUM(#REF!)+#REF!+'x y'!A2", Delete("S", Rows, 1, 2)},
		{"delete there", "=T!A2", "=T!#REF!", Delete("T", Rows, 1, 2)},
		{"delete open", "=A2:A", "=A2:A", Delete("S", Rows, 1, 1)},
		{"move down", "=A1+A2+A3", "=A1+A3+A2", Move("S", Rows, 1, 1, 3)},
		{"move up", "=A1+A2+A3", "=A2+A3+A1", Move("S", Rows, 2, 1, 0)},
		{"cut", "=A1+B1+SUM(A1:A2)+C5", "=D1+B1+SUM(D1:D2)+C5", CutPaste("S", Area{0, 0, 2, 1}, "S", 0, 3)},
		{"cut over", "=A1+D1", "=D1+#REF!", CutPaste("S", Area{0, 0, 2, 1}, "S", 0, 3)},
		{"cut away", "=A1", "='My T'!A1", CutPaste("S", Area{0, 0, 2, 1}, "My T", 0, 0)},
		{"copy", "=A1+$A1+A$1+$A$1+A:A", "=B2+$A2+B$1+$A$1+B:B", Copy(1, 1)},
		{"copy out", "=A1", "=#REF!", Copy(-1, 0)},
		{"rename", `=T!A1&"T!A1"`, `='Q 1'!A1&"T!A1"`, RenameSheet("t", "Q 1")},
		{"drop", "=T!A1+A1", "=#REF!+A1", DropSheet("T")},
		{"rehome", "=A1+T!A1", "=S!A1+T!A1", Rehome("S")},
	} {
		if got := Rewrite(c.src, Point, "S", c.change); got != c.want {
			t.Errorf("%s: %s gives %s, want %s", c.name, c.src, got, c.want)
		}
	}
	if got := RenameName("=price*2&\"price\"", Point, "PRICE", "cost"); got != "=cost*2&\"price\"" {
		t.Error(got)
	}
}

// An insertion that is deleted again leaves a formula as it was, and what is normal stays so.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"=SUM(A1:B2)*-3%", `="a""b"&'x y'!$A$1`, "={1,2;3,4}", "=LET(x,1,x)(2)", "=A2:B+3:7", "=T[#ALL]", "=(((", "='"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, syntax := range []Syntax{Point, Comma} {
			_, err := Parse(s, syntax)
			if err != nil {
				continue
			}
			norm := Normalize(s, syntax, func(string) bool { return true })
			if _, err := Parse(norm, syntax); err != nil {
				t.Fatalf("%q can be read, but not %q", s, norm)
			}
			if again := Normalize(norm, syntax, func(string) bool { return true }); again != norm {
				t.Fatalf("%q becomes %q", norm, again)
			}
			shifted := Rewrite(norm, syntax, "S", Insert("S", Rows, 3, 2))
			if back := Rewrite(shifted, syntax, "S", Delete("S", Rows, 3, 2)); back != norm && !strings.Contains(shifted, "#REF!") {
				t.Fatalf("%q becomes %q and then %q", norm, shifted, back)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Parse("=IF(A1>0,SUM($B$1:B20)*1.5,0)", Point)
	}
}
