package numeric

import "math"

// Fit is a line, a plane or more through points by least squares.
type Fit struct {
	Coef     []float64 // of each variable, the constant last
	Errors   []float64 // their standard errors, NaN for a constant that is held at 0
	R2       float64
	StdError float64
	F        float64
	Freedom  float64
	Explained,
	Residual float64 // sums of squares
}

// LeastSquares fits y = b1 x1 + b2 x2 + … + constant; xs has the variables point by point. A variable that depends on the others
// has the coefficient 0. It says no where there are too few points.
func LeastSquares(xs [][]float64, y []float64, constant bool) (Fit, bool) {
	n := len(y)
	if n == 0 || len(xs) != n {
		return Fit{}, false
	}
	k := len(xs[0])
	cols := k
	if constant {
		cols++
	}
	if n < cols || cols == 0 {
		return Fit{}, false
	}
	// Orthogonalise the columns, the constant first so that the others lose their means.
	q := make([][]float64, 0, cols)
	if constant {
		one := make([]float64, n)
		for i := range one {
			one[i] = 1
		}
		q = append(q, one)
	}
	for j := range k {
		col := make([]float64, n)
		for i := range col {
			col[i] = xs[i][j]
		}
		q = append(q, col)
	}
	r := make([][]float64, cols)
	free := make([]bool, cols)
	for j := range q {
		r[j] = make([]float64, cols)
		size := math.Sqrt(dot(q[j], q[j]))
		for pass := range 2 {
			for i := range j {
				if free[i] {
					continue
				}
				d := dot(q[i], q[j])
				if pass == 0 || d != 0 {
					r[i][j] += d
				}
				for m := range q[j] {
					q[j][m] -= d * q[i][m]
				}
			}
		}
		left := math.Sqrt(dot(q[j], q[j]))
		if left <= 1e-12*size || left == 0 {
			free[j] = true
			continue
		}
		r[j][j] = left
		for m := range q[j] {
			q[j][m] /= left
		}
	}
	rank := 0
	coef := make([]float64, cols)
	for j := cols - 1; j >= 0; j-- {
		if free[j] {
			continue
		}
		rank++
		sum := dot(q[j], y)
		for i := j + 1; i < cols; i++ {
			sum -= r[j][i] * coef[i]
		}
		coef[j] = sum / r[j][j]
	}
	fit := Fit{Freedom: float64(n - rank)}
	mean := 0.0
	if constant {
		for _, v := range y {
			mean += v / float64(n)
		}
	}
	total := 0.0
	for i := range y {
		guess := 0.0
		for j := range k {
			guess += coef[j+cols-k] * xs[i][j]
		}
		if constant {
			guess += coef[0]
		}
		fit.Residual += (y[i] - guess) * (y[i] - guess)
		total += (y[i] - mean) * (y[i] - mean)
	}
	fit.Explained = total - fit.Residual
	fit.R2 = 1
	if total != 0 {
		fit.R2 = 1 - fit.Residual/total
	}
	variance := fit.Residual / fit.Freedom
	fit.StdError = math.Sqrt(variance)
	between := float64(rank)
	if constant {
		between--
	}
	fit.F = fit.Explained / between / variance
	// The rows of R's inverse give the errors.
	errors := make([]float64, cols)
	for j := range cols {
		if free[j] {
			continue
		}
		row := make([]float64, cols)
		for i := j; i < cols; i++ {
			if free[i] {
				continue
			}
			sum := 0.0
			if i == j {
				sum = 1
			}
			for m := j; m < i; m++ {
				sum -= row[m] * r[m][i]
			}
			row[i] = sum / r[i][i]
			errors[j] += row[i] * row[i]
		}
		errors[j] = math.Sqrt(errors[j] * variance)
	}
	fit.Coef, fit.Errors = coef[cols-k:], errors[cols-k:]
	if constant {
		fit.Coef = append(append([]float64(nil), fit.Coef...), coef[0])
		fit.Errors = append(append([]float64(nil), fit.Errors...), errors[0])
	} else {
		fit.Coef = append(append([]float64(nil), fit.Coef...), 0)
		fit.Errors = append(append([]float64(nil), fit.Errors...), math.NaN())
	}
	return fit, true
}

// At is the value that the fit has at a point.
func (f *Fit) At(x []float64) float64 {
	v := f.Coef[len(f.Coef)-1]
	for i, x := range x {
		v += f.Coef[i] * x
	}
	return v
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
