package calc

import (
	"math"
	"slices"
)

// https://support.google.com/docs/table/25273 (Statistical)
func init() {
	function("COUNT", "a...", func(c *Call, a []Value) Value {
		n := 0
		for _, v := range a {
			if v.Kind == KindText {
				if _, ok := c.readNumber(v.Text); ok {
					n++
				}
				continue
			}
			inside := v.Kind == KindRef || v.Kind == KindArray
			c.Walk(v, func(_, _ int, v Value) bool {
				if v.Kind == KindNumber || v.Kind == KindBool && !inside {
					n++
				}
				return true
			})
		}
		return Number(float64(n))
	})
	function("COUNTA", "a...", func(c *Call, a []Value) Value {
		n := 0
		for _, v := range a {
			c.Walk(v, func(_, _ int, v Value) bool { n++; return true })
		}
		return Number(float64(n))
	})
	function("COUNTBLANK", "a...", func(c *Call, a []Value) Value {
		n := 0
		for _, v := range a {
			rows, cols := c.Size(v)
			n += rows * cols
			c.Walk(v, func(_, _ int, v Value) bool {
				if !v.Blank() {
					n--
				}
				return true
			})
		}
		return Number(float64(n))
	})
	function("COUNTUNIQUE", "a...", func(c *Call, a []Value) Value {
		seen := map[Value]bool{}
		for _, v := range a {
			c.Walk(v, func(_, _ int, v Value) bool { seen[v.bare()] = true; return true })
		}
		return Number(float64(len(seen)))
	})

	// extreme is the greatest or the least number, 0 of none.
	extreme := func(name string, better func(x, than float64) bool) {
		function(name, "a...", func(c *Call, a []Value) Value {
			best := Empty
			failed := c.Numbers(a, func(v Value) {
				if best.Kind == KindEmpty || better(v.Num, best.Num) {
					best = v
				}
			})
			switch {
			case failed.IsError():
				return failed
			case best.Kind == KindEmpty:
				return Number(0)
			}
			return best
		})
		function(name+"A", "a...", func(c *Call, a []Value) Value {
			xs, failed := c.sampleA(a)
			if failed.IsError() {
				return failed
			}
			best := 0.0
			for i, x := range xs {
				if i == 0 || better(x, best) {
					best = x
				}
			}
			return Number(best)
		})
	}
	extreme("MAX", func(x, than float64) bool { return x > than })
	extreme("MIN", func(x, than float64) bool { return x < than })

	function("AVERAGE", "a...", func(c *Call, a []Value) Value {
		total, n, like := 0.0, 0, Empty
		failed := c.Numbers(a, func(v Value) {
			total += v.Num
			n++
			if like.Hint == HintNone {
				like = v
			}
		})
		switch {
		case failed.IsError():
			return failed
		case n == 0:
			return c.divideByZero()
		}
		return c.finite(total / float64(n)).shownAs(like)
	})
	function("AVERAGEA", "a...", func(c *Call, a []Value) Value {
		xs, failed := c.sampleA(a)
		switch {
		case failed.IsError():
			return failed
		case len(xs) == 0:
			return c.divideByZero()
		}
		return c.finite(mean(xs))
	})
	function("AVERAGE.WEIGHTED", "a a [(a a)...]", func(c *Call, a []Value) Value {
		if len(a)%2 != 0 {
			return errCount(c.Func, len(a))
		}
		total, weights := 0.0, 0.0
		for i := 0; i < len(a); i += 2 {
			x, y, failed := c.pairs(a[i], a[i+1])
			if failed.IsError() {
				return failed
			}
			for j := range x {
				if y[j] < 0 {
					return c.Refuse(CodeValue, i+2, "value is %s. It should be greater than or equal to 0.", c.plain(y[j]))
				}
				total += x[j] * y[j]
				weights += y[j]
			}
		}
		if weights == 0 {
			return c.divideByZero()
		}
		return c.finite(total / weights)
	})

	// of is a function of all numbers, of which there must be a least count.
	of := func(name string, least int, f func(c *Call, xs []float64) Value) {
		function(name, "a...", func(c *Call, a []Value) Value {
			xs, failed := c.sample(a)
			switch {
			case failed.IsError():
				return failed
			case len(xs) == 0 && least > 0 && (name == "MEDIAN" || name == "MODE" || name == "GEOMEAN" || name == "HARMEAN"):
				return c.noData()
			case len(xs) < least:
				return c.divideByZero()
			}
			return f(c, xs)
		})
	}
	// spread is a function of the squares' sum and of how many there are; its A form counts texts and truth values.
	spread := func(least int, f func(squares float64, n float64) float64, names ...string) {
		for _, name := range names {
			sample := (*Call).sample
			if name[len(name)-1] == 'A' {
				sample = (*Call).sampleA
			}
			function(name, "a...", func(c *Call, a []Value) Value {
				xs, failed := sample(c, a)
				switch {
				case failed.IsError():
					return failed
				case len(xs) < least:
					return c.divideByZero()
				}
				return c.finite(f(squares(xs), float64(len(xs))))
			})
		}
	}
	spread(2, func(q, n float64) float64 { return q / (n - 1) }, "VAR", "VAR.S", "VARA")
	spread(1, func(q, n float64) float64 { return q / n }, "VARP", "VAR.P", "VARPA")
	spread(2, func(q, n float64) float64 { return math.Sqrt(q / (n - 1)) }, "STDEV", "STDEV.S", "STDEVA")
	spread(1, func(q, n float64) float64 { return math.Sqrt(q / n) }, "STDEVP", "STDEV.P", "STDEVPA")
	of("DEVSQ", 1, func(c *Call, xs []float64) Value { return c.finite(squares(xs)) })
	of("AVEDEV", 1, func(c *Call, xs []float64) Value {
		m, d := mean(xs), 0.0
		for _, x := range xs {
			d += math.Abs(x - m)
		}
		return c.finite(d / float64(len(xs)))
	})
	of("MEDIAN", 1, func(c *Call, xs []float64) Value {
		slices.Sort(xs)
		return Number(quantile(xs, float64(len(xs)-1)/2))
	})
	of("GEOMEAN", 1, func(c *Call, xs []float64) Value {
		logs := 0.0
		for _, x := range xs {
			if x <= 0 {
				return Fail(CodeNum, "All values of "+c.Func.Name+" should be greater than 0.")
			}
			logs += math.Log(x)
		}
		return c.finite(math.Exp(logs / float64(len(xs))))
	})
	of("HARMEAN", 1, func(c *Call, xs []float64) Value {
		inverse := 0.0
		for _, x := range xs {
			if x <= 0 {
				return Fail(CodeNum, "All values of "+c.Func.Name+" should be greater than 0.")
			}
			inverse += 1 / x
		}
		return c.finite(float64(len(xs)) / inverse)
	})
	of("SKEW", 3, func(c *Call, xs []float64) Value {
		n := float64(len(xs))
		return c.shape(n/((n-1)*(n-2))*moment(xs, 3), math.Pow(squares(xs)/(n-1), 1.5))
	})
	of("SKEW.P", 1, func(c *Call, xs []float64) Value {
		n := float64(len(xs))
		return c.shape(moment(xs, 3)/n, math.Pow(squares(xs)/n, 1.5))
	})
	of("KURT", 4, func(c *Call, xs []float64) Value {
		n, s := float64(len(xs)), squares(xs)/(float64(len(xs))-1)
		if s == 0 {
			return c.divideByZero()
		}
		return c.finite(n*(n+1)/((n-1)*(n-2)*(n-3))*moment(xs, 4)/(s*s) - 3*(n-1)*(n-1)/((n-2)*(n-3)))
	})
	of("MODE", 1, func(c *Call, xs []float64) Value {
		modes := modesOf(xs)
		if len(modes) == 0 {
			return Fail(CodeNA, "Did not find a mode value in "+c.Func.Name+" evaluation.")
		}
		return Number(modes[0])
	})
	alias("MODE.SNGL", "MODE")
	of("MODE.MULT", 1, func(c *Call, xs []float64) Value {
		modes := modesOf(xs)
		if len(modes) == 0 {
			return Fail(CodeNA, "Did not find a mode value in "+c.Func.Name+" evaluation.")
		}
		cells := make([]Value, len(modes))
		for i, m := range modes {
			cells[i] = Number(m)
		}
		return Column(cells)
	})

	function("LARGE", "a n", func(c *Call, a []Value) Value {
		return c.ranked(a, func(n, k int) int { return n - k })
	})
	function("SMALL", "a n", func(c *Call, a []Value) Value {
		return c.ranked(a, func(_, k int) int { return k - 1 })
	})
	function("PERCENTILE", "a n", func(c *Call, a []Value) Value { return c.percentile(a, a[1].Num, false) })
	alias("PERCENTILE.INC", "PERCENTILE")
	function("PERCENTILE.EXC", "a n", func(c *Call, a []Value) Value { return c.percentile(a, a[1].Num, true) })
	function("QUARTILE", "a n", func(c *Call, a []Value) Value {
		q := math.Trunc(a[1].Num)
		if q < 0 || q > 4 {
			return c.OutOfRange(2, q, 0, 4)
		}
		return c.percentile(a, q/4, false)
	})
	alias("QUARTILE.INC", "QUARTILE")
	function("QUARTILE.EXC", "a n", func(c *Call, a []Value) Value {
		q := math.Trunc(a[1].Num)
		if q < 1 || q > 3 {
			return c.OutOfRange(2, q, 1, 3)
		}
		return c.percentile(a, q/4, true)
	})
	function("PERCENTRANK", "a n [n]", func(c *Call, a []Value) Value { return c.percentRank(a, false) })
	alias("PERCENTRANK.INC", "PERCENTRANK")
	function("PERCENTRANK.EXC", "a n [n]", func(c *Call, a []Value) Value { return c.percentRank(a, true) })
	function("RANK", "n a [b]", func(c *Call, a []Value) Value { return c.rank(a, false) })
	alias("RANK.EQ", "RANK")
	function("RANK.AVG", "n a [b]", func(c *Call, a []Value) Value { return c.rank(a, true) })
	function("TRIMMEAN", "a n", func(c *Call, a []Value) Value {
		xs, failed := c.sample(a[:1])
		share := a[1].Num
		switch {
		case failed.IsError():
			return failed
		case share < 0 || share >= 1:
			return c.Refuse(CodeNum, 2, "value is %s. Valid values are between 0 inclusive and 1 exclusive.", c.plain(share))
		case len(xs) == 0:
			return c.noData()
		}
		slices.Sort(xs)
		cut := int(float64(len(xs)) * share / 2)
		return c.finite(mean(xs[cut : len(xs)-cut]))
	})
	function("STANDARDIZE", "n n n", func(c *Call, a []Value) Value {
		if refused, ok := c.positive(a, 3); !ok {
			return refused
		}
		return c.finite((a[0].Num - a[1].Num) / a[2].Num)
	})
	function("PROB", "a a n [n]", func(c *Call, a []Value) Value {
		x, p, failed := c.pairs(a[0], a[1])
		if failed.IsError() {
			return failed
		}
		low, high := a[2].Num, or(a, 3, a[2].Num)
		total, hit := 0.0, 0.0
		for i := range x {
			if p[i] < 0 || p[i] > 1 {
				return c.Refuse(CodeNum, 2, "value is %s. Valid values are between 0 and 1 inclusive.", c.plain(p[i]))
			}
			total += p[i]
			if x[i] >= low && x[i] <= high {
				hit += p[i]
			}
		}
		if math.Abs(total-1) > 1e-7 {
			return c.Refuse(CodeNum, 2, "values must add up to 1.")
		}
		return Number(hit)
	})

	// paired is a function of the moments of pairs of y and x.
	paired := func(least int, f func(c *Call, m moments) Value, names ...string) {
		for _, name := range names {
			function(name, "a a", func(c *Call, a []Value) Value {
				y, x, failed := c.pairs(a[0], a[1])
				switch {
				case failed.IsError():
					return failed
				case len(x) < least:
					return c.divideByZero()
				}
				return f(c, momentsOf(x, y))
			})
		}
	}
	ratio := func(c *Call, over, under float64) Value {
		if under == 0 {
			return c.divideByZero()
		}
		return c.finite(over / under)
	}
	paired(2, func(c *Call, m moments) Value { return ratio(c, m.xy, math.Sqrt(m.xx*m.yy)) }, "CORREL", "PEARSON")
	paired(2, func(c *Call, m moments) Value { return ratio(c, m.xy*m.xy, m.xx*m.yy) }, "RSQ")
	paired(1, func(c *Call, m moments) Value { return c.finite(m.xy / m.n) }, "COVAR", "COVARIANCE.P")
	paired(2, func(c *Call, m moments) Value { return c.finite(m.xy / (m.n - 1)) }, "COVARIANCE.S")
	paired(2, func(c *Call, m moments) Value { return ratio(c, m.xy, m.xx) }, "SLOPE")
	paired(2, func(c *Call, m moments) Value {
		if m.xx == 0 {
			return c.divideByZero()
		}
		return c.finite(m.y - m.xy/m.xx*m.x)
	}, "INTERCEPT")
	paired(3, func(c *Call, m moments) Value {
		if m.xx == 0 {
			return c.divideByZero()
		}
		return c.finite(math.Sqrt(math.Max(0, m.yy-m.xy*m.xy/m.xx) / (m.n - 2)))
	}, "STEYX")
	function("FORECAST", "n a a", func(c *Call, a []Value) Value {
		y, x, failed := c.pairs(a[1], a[2])
		if failed.IsError() {
			return failed
		}
		m := momentsOf(x, y)
		if m.xx == 0 || len(x) == 0 {
			return c.divideByZero()
		}
		return c.finite(m.y + m.xy/m.xx*(a[0].Num-m.x))
	})
	alias("FORECAST.LINEAR", "FORECAST")
}

// noData is #NUM! of a function that got no numbers.
func (c *Call) noData() Value { return Fail(CodeNum, c.Func.Name+" has no valid input data.") }

// sample is all numbers of the arguments.
func (c *Call) sample(a []Value) (xs []float64, failed Value) {
	failed = c.Numbers(a, func(v Value) { xs = append(xs, v.Num) })
	return xs, failed
}

// sampleA is sample with truth values in ranges as 1 and 0 and texts in them as 0.
func (c *Call) sampleA(a []Value) (xs []float64, failed Value) {
	for i, v := range a {
		if v.Kind != KindRef && v.Kind != KindArray {
			n := c.NumberOf(v, i+1)
			if n.IsError() {
				return nil, n
			}
			xs = append(xs, n.Num)
			continue
		}
		c.Walk(v, func(_, _ int, v Value) bool {
			if v.IsError() {
				failed = v
				return false
			}
			xs = append(xs, v.Num)
			return true
		})
		if failed.IsError() {
			return nil, failed
		}
	}
	return xs, Empty
}

// pairs are the numbers that stand at the same places of two blocks of one size; a place without two numbers is passed over.
func (c *Call) pairs(v, w Value) (x, y []float64, failed Value) {
	rows, cols := c.Size(v)
	if r, s := c.Size(w); r*s != rows*cols {
		return nil, nil, Fail(CodeNA, "Array arguments to "+c.Func.Name+" are of different size.")
	}
	_, wide := c.Size(w)
	c.Walk(v, func(row, col int, p Value) bool {
		i := row*cols + col
		q := c.at(w, i/wide, i%wide)
		switch {
		case p.IsError():
			failed = p
		case q.IsError():
			failed = q
		case p.Kind == KindNumber && q.Kind == KindNumber:
			x, y = append(x, p.Num), append(y, q.Num)
		}
		return !failed.IsError()
	})
	if failed.IsError() {
		return nil, nil, failed
	}
	return x, y, Empty
}

// moments are the means of two samples and the sums of their deviations' products.
type moments struct{ n, x, y, xx, yy, xy float64 }

func momentsOf(x, y []float64) moments {
	m := moments{n: float64(len(x)), x: mean(x), y: mean(y)}
	for i := range x {
		dx, dy := x[i]-m.x, y[i]-m.y
		m.xx += dx * dx
		m.yy += dy * dy
		m.xy += dx * dy
	}
	return m
}

func mean(xs []float64) float64 {
	total := 0.0
	for _, x := range xs {
		total += x
	}
	return total / float64(len(xs))
}

// squares is the sum of the squares of what the numbers differ from their mean.
func squares(xs []float64) float64 { return moment(xs, 2) }

func moment(xs []float64, power float64) float64 {
	m, total := mean(xs), 0.0
	for _, x := range xs {
		total += math.Pow(x-m, power)
	}
	return total
}

// shape is a moment measured by the deviation.
func (c *Call) shape(moment, deviation float64) Value {
	if deviation == 0 {
		return c.divideByZero()
	}
	return c.finite(moment / deviation)
}

// modesOf are the numbers that come most often, more than once, in the order they first come.
func modesOf(xs []float64) []float64 {
	count := map[float64]int{}
	most := 1
	for _, x := range xs {
		count[x]++
		most = max(most, count[x])
	}
	if most == 1 {
		return nil
	}
	var modes []float64
	for _, x := range xs {
		if count[x] == most {
			modes = append(modes, x)
			count[x] = 0
		}
	}
	return modes
}

// quantile is the number at a place of sorted ones; between two it is weighed.
func quantile(sorted []float64, place float64) float64 {
	i := int(place)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (place-float64(i))*(sorted[i+1]-sorted[i])
}

// ranked is the number at a rank, from 1; place says where it stands when n numbers are sorted.
func (c *Call) ranked(a []Value, place func(n, k int) int) Value {
	xs, like := []float64{}, Empty
	failed := c.Numbers(a[:1], func(v Value) {
		xs = append(xs, v.Num)
		if like.Hint == HintNone {
			like = v
		}
	})
	if failed.IsError() {
		return failed
	}
	k := int(a[1].Num)
	if k < 1 || k > len(xs) {
		return c.OutOfRange(2, a[1].Num, 1, len(xs))
	}
	slices.Sort(xs)
	return Number(xs[place(len(xs), k)]).shownAs(like)
}

func (c *Call) percentile(a []Value, share float64, exclusive bool) Value {
	xs, failed := c.sample(a[:1])
	switch {
	case failed.IsError():
		return failed
	case len(xs) == 0:
		return c.noData()
	}
	slices.Sort(xs)
	n := float64(len(xs))
	if exclusive {
		if share*(n+1) < 1 || share*(n+1) > n {
			return c.Refuse(CodeNum, 2, "value is %s. Valid values are between %s and %s inclusive.", c.plain(share), c.plain(1/(n+1)), c.plain(n/(n+1)))
		}
		return Number(quantile(xs, share*(n+1)-1))
	}
	if share < 0 || share > 1 {
		return c.OutOfRange(2, share, 0, 1)
	}
	return Number(quantile(xs, share*(n-1)))
}

func (c *Call) percentRank(a []Value, exclusive bool) Value {
	xs, failed := c.sample(a[:1])
	digits := int(or(a, 2, 3))
	switch {
	case failed.IsError():
		return failed
	case len(xs) == 0:
		return c.noData()
	case digits < 1:
		return c.Refuse(CodeNum, 3, "value is %d. It should be greater than or equal to 1.", digits)
	}
	slices.Sort(xs)
	x, n := a[1].Num, len(xs)
	if x < xs[0] || x > xs[n-1] {
		return Fail(CodeNA, "Did not find value '"+c.plain(x)+"' in "+c.Func.Name+" evaluation.")
	}
	i, found := slices.BinarySearch(xs, x)
	place := float64(i)
	if !found {
		place = float64(i-1) + (x-xs[i-1])/(xs[i]-xs[i-1])
	}
	share := 1.0
	switch {
	case exclusive:
		share = (place + 1) / float64(n+1)
	case n > 1:
		share = place / float64(n-1)
	}
	return Number(roundDown(share, digits))
}

func (c *Call) rank(a []Value, middle bool) Value {
	xs, failed := c.sample(a[1:2])
	if failed.IsError() {
		return failed
	}
	ascending := len(a) > 2 && a[2].Num != 0
	before, same := 0, 0
	for _, x := range xs {
		switch {
		case x == a[0].Num:
			same++
		case (x < a[0].Num) == ascending:
			before++
		}
	}
	if same == 0 {
		return c.notFound(a[0])
	}
	if middle {
		return Number(float64(before) + float64(same+1)/2)
	}
	return Number(float64(before + 1))
}
