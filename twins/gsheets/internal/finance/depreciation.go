package finance

import "math"

// FixedDeclining is the depreciation of one period at a fixed rate of three decimals; month is how much of the first year counts.
func FixedDeclining(cost, salvage, life, period, month float64) float64 {
	if cost == 0 {
		return 0
	}
	rate := math.Round((1-math.Pow(salvage/cost, 1/life))*1000) / 1000
	first := cost * rate * month / 12
	if period == 1 {
		return first
	}
	total, dep := first, 0.0
	for p := 2.0; p <= math.Min(period, life); p++ {
		dep = (cost - total) * rate
		total += dep
	}
	if period > life {
		dep = (cost - total) * rate * (12 - month) / 12
	}
	return dep
}

// Declining is the depreciation of one period by a factor of the straight line's rate.
func Declining(cost, salvage, life, period, factor float64) float64 {
	rate := math.Min(1, factor/life)
	old := cost * math.Pow(1-rate, period-1)
	if rate == 1 {
		old = 0
		if period == 1 {
			old = cost
		}
	}
	now := cost * math.Pow(1-rate, period)
	return math.Max(0, old-math.Max(now, math.Min(salvage, old)))
}

// VariableDeclining is the depreciation between two times, which goes over to the straight line where that is more.
func VariableDeclining(cost, salvage, life, start, end, factor float64, noSwitch bool) float64 {
	total, book := 0.0, cost
	straight := false
	for p := 1.0; p <= math.Ceil(end); p++ {
		dep := Declining(cost, salvage, life, p, factor)
		if left := life - p + 1; !noSwitch && left > 0 {
			if line := (book - salvage) / left; straight || line > dep {
				dep, straight = line, true
			}
		}
		dep = math.Max(0, math.Min(dep, book-salvage))
		if p > life {
			dep = 0
		}
		book -= dep
		total += dep * math.Max(0, math.Min(p, end)-math.Max(p-1, start))
	}
	return total
}
