package numeric

import (
	"math"
	"testing"
)

func TestKnownValues(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"NormalCDF(1)", NormalCDF(1), 0.8413447460685429},
		{"NormalInv(.975)", NormalInv(.975), 1.959963984540054},
		{"NormalInv(1e-20)", NormalInv(1e-20), -9.262340089798408},
		{"NormalInv(.5)", NormalInv(.5), 0},
		{"TInv(.975,10)", TInv(.975, 10), 2.2281388519649385},
		{"TCDF(2,5)", TCDF(2, 5), 0.9490302605850709},
		{"GammaP(2,3)", GammaP(2, 3), 0.8008517265285442},
		{"ChiInv(.95,10)", ChiInv(.95, 10), 18.307038053275146},
		{"ChiInvRT(.05,10)", ChiInvRT(.05, 10), 18.307038053275146},
		{"BetaI(2,3,.4)", BetaI(2, 3, .4), 0.5248},
		{"BetaInv(.5248,2,3)", BetaInv(.5248, 2, 3), 0.4},
		{"FTail(15.20686486,6,4)", FTail(15.20686486, 6, 4), 0.01},
		{"FInvRT(.01,6,4)", FInvRT(.01, 6, 4), 15.206864861157},
		{"BinomialPMF(6,10,.5)", BinomialPMF(6, 10, .5), 0.205078125},
		{"BinomialCDF(6,10,.5)", BinomialCDF(6, 10, .5), 0.828125},
		{"BinomialInv(100,.5,.75)", BinomialInv(100, .5, .75), 53},
		{"PoissonPMF(2,5)", PoissonPMF(2, 5), 0.08422433748856833},
		{"HypergeometricPMF(1,4,8,20)", HypergeometricPMF(1, 4, 8, 20), 0.3632610939112487},
		{"Choose(49,6)", Choose(49, 6), 13983816},
	} {
		if math.Abs(c.got-c.want) > 1e-9*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%s is %.15g, want %.15g", c.name, c.got, c.want)
		}
	}
}

func FuzzInverses(f *testing.F) {
	f.Add(0.3, 2.0, 5.0)
	f.Add(0.49999999999999994, 1.6071428571428572, 78.1547619047619)
	f.Fuzz(func(t *testing.T, p, a, b float64) {
		if !(p > 1e-6 && p < 1-1e-6 && a > 0.1 && a < 1e4 && b > 0.1 && b < 1e4) {
			return
		}
		for name, got := range map[string]float64{
			"normal": NormalCDF(NormalInv(p)),
			"t":      TCDF(TInv(p, a), a),
			"gamma":  GammaP(a, GammaInv(p, a, b)/b),
			"f":      FTail(FInvRT(p, a, b), a, b),
		} {
			if math.Abs(got-p) > 1e-9 {
				t.Errorf("%s of %v (%v, %v) comes back as %v", name, p, a, b, got)
			}
		}
	})
}
