package calc

// https://support.google.com/docs/table/25273 (Google, Web): what needs a service beyond the spreadsheet is refused in words.
func init() {
	function("IMPORTRANGE", "t t", func(c *Call, a []Value) Value {
		if c.Import == nil {
			return NotTwinned("IMPORTRANGE")
		}
		return c.Import(a[0].Text, a[1].Text)
	}).Volatile = true
	for _, f := range [][2]string{
		{"AI", "t [a]"},
		{"GEMINI", "t [a]"},
		{"DETECTLANGUAGE", "a"},
		{"GOOGLEFINANCE", "t [t] [v] [v] [v]"},
		{"GOOGLETRANSLATE", "t [t] [t]"},
		{"IMPORTDATA", "t [t] [t]"},
		{"IMPORTFEED", "t [t] [b] [n]"},
		{"IMPORTHTML", "t t n [t]"},
		{"IMPORTXML", "t t [t]"},
	} {
		function(f[0], f[1], func(c *Call, _ []Value) Value { return NotTwinned(c.Func.Name) })
	}
	function("QUERY", "a [t] [n]", query)
}
