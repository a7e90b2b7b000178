package calc

import (
	"strings"

	"twinset.dev/twins/gsheets/internal/formula"
)

// Func is a function of formulas.
type Func struct {
	Name   string
	Params string // what its parameters are, see function
	Run    func(c *Call, a []Value) Value

	// Volatile is true of a function whose value changes without a change of cells.
	Volatile bool
	// Dynamic is true of a function that says only when it runs which cells it reads.
	Dynamic bool
	// Extends is true of a function whose third argument reaches as far as its first, however many cells it names.
	Extends bool
	// Arrays is true of a function whose arguments are computed as those of ARRAYFORMULA are.
	Arrays bool
	// Special computes its arguments itself; it is instead of Run.
	Special func(c *Call, args []formula.Expr) Value

	fixed, repeat []byte
	min, max      int
	lifts         bool // it has parameters that are scalars
}

// functions is every function by its name.
var functions = map[string]*Func{}

// Known says if there is a function of this name, in capitals.
func Known(name string) bool { return functions[name] != nil }

// function makes a function known. Its parameters are letters with blanks between them:
//
//	n  a number      coerced; an error is the function's value without a call
//	t  a text        likewise
//	b  a truth value likewise
//	v  any value     not coerced, KindEmpty for an empty cell; likewise
//	e  any value     as v, but errors are given to the function too
//	a  a reference, an array or a value (errors too), whole: see Call.Array, Call.Walk, Call.Numbers
//	r  a reference; anything else is #N/A
//	p  as a, but where a reference is, not what is in it: the formula does not wait for its cells
//	f  a lambda
//	x  an expression, for Special
//
// [n] may be left out, (a v)... comes at least once and can come again, [(a v)...] and [n...] any number of times. Of n, t, b, v and e
// an array's elements are given one after the other within ARRAYFORMULA; a range gives the cell in the formula's row or column elsewhere.
// What the caller leaves out at the end is not in a: compare len(a). What he leaves empty, as in F(1,,2), is KindEmpty coerced.
func function(name, params string, run func(c *Call, a []Value) Value) *Func {
	f := &Func{Name: name, Params: params, Run: run}
	f.signature()
	if functions[name] != nil {
		panic("two functions are called " + name)
	}
	functions[name] = f
	return f
}

// special makes a function known that computes its arguments itself.
func special(name, params string, run func(c *Call, args []formula.Expr) Value) *Func {
	f := function(name, params, nil)
	f.Special = run
	return f
}

// alias makes a function known by another name too; it speaks of itself by that name.
func alias(name, of string) {
	f := *functions[of]
	f.Name = name
	functions[name] = &f
}

// signature reads Params.
func (f *Func) signature() {
	s := f.Params
	if i := strings.Index(s, "..."); i >= 0 {
		head, tail := s[:i], s[i+3:]
		optional := strings.Trim(tail, " ") == "]"
		start := strings.LastIndexAny(head, "[(")
		if start < 0 {
			start = strings.LastIndexByte(head, ' ')
		}
		f.repeat = letters(head[start+1:])
		if start < 0 {
			start = 0
		}
		before := strings.TrimRight(head[:start], "[( ")
		f.fixed = letters(before)
		f.min = len(letters(strings.Split(before, "[")[0]))
		if !optional {
			f.min += len(f.repeat)
		}
		f.max = -1
	} else {
		f.fixed = letters(s)
		f.min = len(letters(strings.Split(s, "[")[0]))
		f.max = len(f.fixed)
	}
	for _, k := range string(f.fixed) + string(f.repeat) {
		if strings.ContainsRune("ntbve", k) {
			f.lifts = true
		}
	}
}

func letters(s string) []byte {
	var b []byte
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' {
			b = append(b, s[i])
		}
	}
	return b
}

// param is the letter of a parameter, counted from 0.
func (f *Func) param(i int) byte {
	if i < len(f.fixed) {
		return f.fixed[i]
	}
	return f.repeat[(i-len(f.fixed))%len(f.repeat)]
}

// accepts says if so many arguments can be given.
func (f *Func) accepts(n int) bool {
	if more := n - len(f.fixed); more > 0 && len(f.repeat) > 0 && more%len(f.repeat) != 0 {
		return false
	}
	return n >= f.min && (f.max < 0 || n <= f.max)
}
