package calc

import (
	"fmt"
	"strconv"

	"twinset.dev/twins/gsheets/internal/format"
)

// The sentences behind the errors are the service's own.
var (
	errParse     = Fail(CodeError, "Formula parse error.")
	errCircular  = Fail(CodeRef, "Circular dependency detected. To resolve with iterative calculation, see File > Settings.")
	errNoRef     = Fail(CodeRef, "Reference does not exist.")
	errIntersect = Fail(CodeValue, "An array value could not be found.")
	errArrayRows = Fail(CodeValue, "In ARRAY_LITERAL, an Array Literal was missing values for one or more rows.")
	errLimit     = Fail(CodeError, "Calculation limit was reached while trying to compute this formula.")
	errTooBig    = Fail(CodeError, "Result too large.")
	errLambda    = Fail(CodeNA, "Lambda expression must be called with arguments.")
)

func errSpill(cell string) Value {
	return Fail(CodeRef, "Array result was not expanded because it would overwrite data in "+cell+".")
}

func errUnknownFunction(name string) Value { return Fail(CodeName, "Unknown function: '"+name+"'.") }
func errUnknownName(name string) Value     { return Fail(CodeName, "Unknown range name: '"+name+"'.") }
func errUnknownSheet(name string) Value {
	return Fail(CodeRef, "Unresolved sheet name '"+name+"'.")
}

// NotTwinned is what a function answers that would need a service beyond the twin.
func NotTwinned(function string) Value {
	return Fail(CodeError, "Function "+function+" is not twinned: the twin does not call out.")
}

// errCount is the wrong number of arguments.
func errCount(f *Func, got int) Value {
	var want string
	switch {
	case f.max < 0:
		want = "at least " + strconv.Itoa(f.min)
	case f.min == f.max:
		want = strconv.Itoa(f.min)
	default:
		want = "between " + strconv.Itoa(f.min) + " and " + strconv.Itoa(f.max)
	}
	return Fail(CodeNA, fmt.Sprintf("Wrong number of arguments to %s. Expected %s arguments, but got %d arguments.", f.Name, want, got))
}

// notNumber is a text where the parameter (from 1) of a function needs a number.
func (c *Call) notNumber(param int, text string) Value {
	return Fail(CodeValue, fmt.Sprintf("Function %s parameter %d expects number values. But '%s' is a text and cannot be coerced to a number.", c.Func.Name, param, text))
}

func (c *Call) notBool(param int, text string) Value {
	return Fail(CodeValue, fmt.Sprintf("Function %s parameter %d expects boolean values. But '%s' is a text and cannot be coerced to a boolean.", c.Func.Name, param, text))
}

// ZeroDivisor is #DIV/0! because the parameter (from 1) is zero.
func (c *Call) ZeroDivisor(param int) Value {
	return Fail(CodeDiv, fmt.Sprintf("Function %s parameter %d cannot be zero.", c.Func.Name, param))
}

// OutOfRange is #NUM! because the parameter (from 1) is not between two bounds.
func (c *Call) OutOfRange(param int, value float64, low, high int) Value {
	return Fail(CodeNum, fmt.Sprintf("Function %s parameter %d value is %s. Valid values are between %d and %d inclusive.", c.Func.Name, param, c.plain(value), low, high))
}

// Refuse is an error whose sentence says the function's name and the parameter (from 1): Refuse(CodeNum, 1, "value is negative") says
// "Function SQRT parameter 1 value is negative".
func (c *Call) Refuse(code Code, param int, format string, args ...any) Value {
	return Fail(code, fmt.Sprintf("Function %s parameter %d %s", c.Func.Name, param, fmt.Sprintf(format, args...)))
}

// notFound is #N/A of a search.
func (c *Call) notFound(v Value) Value {
	return Fail(CodeNA, fmt.Sprintf("Did not find value '%s' in %s evaluation.", c.TextOf(v), c.Func.Name))
}

// badSize is #N/A of operands whose sizes do not fit each other.
func (c *Call) badSize() Value {
	return Fail(CodeNA, "Array arguments to "+c.Func.Name+" are of different size.")
}

// plain is a number as text.
func (c *Call) plain(x float64) string { return format.General(x, c.Locale) }
