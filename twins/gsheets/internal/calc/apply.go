package calc

// Apply is what a function makes of one argument apart from any cell: a whole array for one that takes arrays. The function must be
// known.
func Apply(name string, arg Value, s *Setting) Value {
	c := newCall(nil, s)
	c.Func = functions[name]
	return c.Func.Run(c, []Value{arg})
}
