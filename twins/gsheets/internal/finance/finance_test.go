package finance

import (
	"math"
	"testing"

	"twinset.dev/twins/gsheets/internal/format"
)

func TestKnownValues(t *testing.T) {
	d := format.Serial
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"price", Price(d(2008, 2, 15), d(2017, 11, 15), .0575, .065, 100, 2, US30), 94.63436162},
		{"yield", Yield(d(2008, 2, 15), d(2016, 11, 15), .0575, 95.04287, 100, 2, US30), 0.065},
		{"duration", Duration(d(2018, 7, 1), d(2048, 1, 1), .08, .09, 2, Actual, false), 10.919145281591925},
		{"mduration", Duration(d(2008, 1, 1), d(2016, 1, 1), .08, .09, 2, Actual, true), 5.73566981391884},
		{"coupdaysnc", CouponDaysAfter(d(2011, 1, 25), d(2011, 11, 15), 2, Actual), 110},
		{"coupdays", CouponDays(d(2011, 1, 25), d(2011, 11, 15), 2, Actual), 181},
		{"coupdaybs", CouponDaysBefore(d(2011, 1, 25), d(2011, 11, 15), 2, Actual), 71},
		{"coupnum", float64(CouponsLeft(d(2007, 1, 25), d(2008, 11, 15), 2)), 4},
		{"coupncd", NextCoupon(d(2011, 1, 25), d(2011, 11, 15), 2), d(2011, 5, 15)},
		{"tbilleq", BillEquivalent(d(2008, 3, 31), d(2008, 6, 1), .0914), 0.094151494},
		{"pmt", Payment(.08/12, 10, 10000, 0, 0), -1037.0320893591606},
		{"fv", FutureValue(.06/12, 10, -200, -500, 1), 2581.4033740601},
		{"pv", PresentValue(.08/12, 240, 500, 0, 0), -59777.1458511878},
		{"nper", Periods(.12/12, -100, -1000, 10000, 1), 59.6738656742946},
		{"ipmt", Interest(.1/12, 1, 36, 8000, 0, 0), -66.6666666666667},
		{"ipmt2", Interest(.1, 3, 3, 8000, 0, 0), -292.447129909366},
		{"rate", Rate(48, -200, 8000, 0, 0, .1), 0.00770147248820165},
		{"irr", InternalRate([]float64{-70000, 12000, 15000, 18000, 21000, 26000}, .1), 0.0866309480365316},
		{"mirr", ModifiedInternalRate([]float64{-120000, 39000, 30000, 21000, 37000, 46000}, .1, .12), 0.126094130365905},
		{"npv", NetPresentValue(.1, []float64{-10000, 3000, 4200, 6800}), 1188.4434123352216},
		{"xirr", DatedInternalRate([]float64{-10000, 2750, 4250, 3250, 2750}, []float64{39448, 39508, 39751, 39859, 39904}, .1), 0.373362533509},
		{"db1", FixedDeclining(1000000, 100000, 6, 1, 7), 186083.33333333},
		{"db7", FixedDeclining(1000000, 100000, 6, 7, 7), 15845.0984738462},
		{"ddb", Declining(2400, 300, 10, 1, 2), 480},
		{"ddb10", Declining(2400, 300, 10, 10, 2), 22.1225472},
		{"vdb", VariableDeclining(2400, 300, 10, 0, 1, 2, false), 480},
		{"vdb2", VariableDeclining(2400, 300, 120, 6, 18, 2, false), 396.306053264751},
		{"vdb3", VariableDeclining(2400, 300, 10, 0, .875, 1.5, false), 315},
		{"yearfrac0", YearFrac(d(2012, 1, 1), d(2012, 7, 30), US30), 0.58055555555556},
		{"yearfrac1", YearFrac(d(2012, 1, 1), d(2012, 7, 30), Actual), 0.57650273},
		{"days360", Days360(d(2011, 1, 30), d(2011, 2, 1), false), 1},
		{"pricemat", PriceAtMaturity(d(2008, 2, 15), d(2008, 4, 13), d(2007, 11, 11), .061, .061, US30), 99.98449888},
		{"yieldmat", YieldAtMaturity(d(2008, 3, 15), d(2008, 11, 3), d(2007, 11, 8), .0625, 100.0123, US30), 0.060954333691538576},
		{"amorlinc", AmortLinear(2400, d(2008, 8, 19), d(2008, 12, 31), 300, 1, .15, Actual), 360},
	} {
		if math.Abs(c.got-c.want) > 1e-8*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%s is %.15g, want %.15g", c.name, c.got, c.want)
		}
	}
}

func TestSolveEnds(t *testing.T) {
	for _, flows := range [][]float64{{-1, 0, 1e9}, {-1e9, 1}, {1, -3, 2}, {-100, 39, 59, 55, 20}} {
		r := InternalRate(flows, .1)
		if math.IsNaN(r) {
			continue
		}
		v := flows[0] + NetPresentValue(r, flows[1:])
		if math.Abs(v) > 1e-3 {
			t.Errorf("%v: the rate %v leaves %v", flows, r, v)
		}
	}
}
