package numeric

import (
	"math"
	"strings"
)

// unit is how many of its kind's first unit one is; prefixed says how it may be enlarged or made smaller.
type unit struct {
	kind     byte
	factor   float64
	prefixed byte // 0 no, 1 by tens, 2 by twos as well; of a square or a cube the prefix is squared or cubed
	power    int
}

// units are CONVERT's.
//
// https://support.google.com/docs/answer/6055540
var units = func() map[string]unit {
	all := map[string]unit{}
	add := func(kind byte, factor float64, names string) {
		for _, n := range strings.Fields(names) {
			all[n] = unit{kind: kind, factor: factor}
		}
	}
	prefixed := func(how byte, power int, names string) {
		for _, n := range strings.Fields(names) {
			u := all[n]
			u.prefixed, u.power = how, power
			all[n] = u
		}
	}
	const inch, foot, yard, mile, nauticalMile, lightYear = 0.0254, 0.3048, 0.9144, 1609.344, 1852, 9460730472580800
	const point = inch / 72
	// weight, in grams
	add('w', 1, "g")
	add('w', 14593.9029372064, "sg")
	add('w', 453.59237, "lbm")
	add('w', 1.66053906660e-24, "u")
	add('w', 28.349523125, "ozm")
	add('w', 0.06479891, "grain")
	add('w', 45359.237, "cwt shweight")
	add('w', 50802.34544, "uk_cwt lcwt hweight")
	add('w', 6350.29318, "stone")
	add('w', 907184.74, "ton")
	add('w', 1016046.9088, "uk_ton LTON brton")
	// distance, in metres
	add('d', 1, "m")
	add('d', mile, "mi")
	add('d', nauticalMile, "Nmi")
	add('d', inch, "in")
	add('d', foot, "ft")
	add('d', yard, "yd")
	add('d', 1e-10, "ang")
	add('d', 1.143, "ell")
	add('d', lightYear, "ly")
	add('d', 3.08567758149137e16, "parsec pc")
	add('d', point, "Picapt Pica")
	add('d', inch/6, "pica")
	add('d', 6336000.0/3937, "survey_mi")
	// time, in seconds
	add('t', 365.25*86400, "yr")
	add('t', 86400, "day d")
	add('t', 3600, "hr")
	add('t', 60, "mn min")
	add('t', 1, "sec s")
	// pressure, in pascals
	add('p', 1, "Pa p")
	add('p', 101325, "atm at")
	add('p', 133.322, "mmHg")
	add('p', 6894.75729316836, "psi")
	add('p', 101325.0/760, "Torr")
	// force, in newtons
	add('f', 1, "N")
	add('f', 1e-5, "dyn dy")
	add('f', 4.4482216152605, "lbf")
	add('f', 9.80665e-3, "pond")
	// energy, in joules
	add('e', 1, "J")
	add('e', 1e-7, "e")
	add('e', 4.184, "c")
	add('e', 4.1868, "cal")
	add('e', 1.602176634e-19, "eV ev")
	add('e', 2684519.537696173, "HPh hh")
	add('e', 3600, "Wh wh")
	add('e', 1.3558179483314, "flb")
	add('e', 1055.05585262, "BTU btu")
	// power, in watts
	add('P', 1, "W w")
	add('P', 745.69987158227, "HP h")
	add('P', 735.49875, "PS")
	// magnetism, in teslas
	add('m', 1, "T")
	add('m', 1e-4, "ga")
	// temperature has its own way
	add('T', 1, "C cel F fah K kel Rank Reau")
	// volume, in litres
	cubes := func(length float64) float64 { return length * length * length * 1000 }
	const gallon, imperial = 231 * inch * inch * inch * 1000, 4.54609
	add('v', gallon/768, "tsp")
	add('v', 0.005, "tspm")
	add('v', gallon/256, "tbs")
	add('v', gallon/128, "oz")
	add('v', gallon/16, "cup")
	add('v', gallon/8, "pt us_pt")
	add('v', imperial/8, "uk_pt")
	add('v', gallon/4, "qt")
	add('v', imperial/4, "uk_qt")
	add('v', gallon, "gal")
	add('v', imperial, "uk_gal")
	add('v', 1, "l L lt")
	add('v', cubes(1e-10), "ang3 ang^3")
	add('v', gallon*42, "barrel")
	add('v', 2150.42*inch*inch*inch*1000, "bushel")
	add('v', cubes(foot), "ft3 ft^3")
	add('v', cubes(inch), "in3 in^3")
	add('v', cubes(lightYear), "ly3 ly^3")
	add('v', 1000, "m3 m^3")
	add('v', cubes(mile), "mi3 mi^3")
	add('v', cubes(yard), "yd3 yd^3")
	add('v', cubes(nauticalMile), "Nmi3 Nmi^3")
	add('v', cubes(point), "Picapt3 Picapt^3 Pica3 Pica^3")
	add('v', cubes(foot)*100, "GRT regton")
	add('v', cubes(foot)*40, "MTON")
	// area, in square metres
	add('a', 10000, "ha")
	add('a', 4046.8564224, "uk_acre")
	add('a', 4046.872609874252, "us_acre")
	add('a', 1e-20, "ang2 ang^2")
	add('a', 100, "ar")
	add('a', foot*foot, "ft2 ft^2")
	add('a', inch*inch, "in2 in^2")
	add('a', lightYear*lightYear, "ly2 ly^2")
	add('a', 1, "m2 m^2")
	add('a', 2500, "Morgen")
	add('a', mile*mile, "mi2 mi^2")
	add('a', nauticalMile*nauticalMile, "Nmi2 Nmi^2")
	add('a', point*point, "Picapt2 Picapt^2 Pica2 Pica^2")
	add('a', yard*yard, "yd2 yd^2")
	// information, in bits
	add('i', 1, "bit")
	add('i', 8, "byte")
	// speed, in metres a second
	add('s', 1, "m/s m/sec")
	add('s', 1.0/3600, "m/h m/hr")
	add('s', mile/3600, "mph")
	add('s', nauticalMile/3600, "kn")
	add('s', 6080*foot/3600, "admkn")

	prefixed(1, 1, "g u m ang ly parsec pc sec s Pa p atm at mmHg N dyn dy pond J e c cal eV ev Wh wh W w T ga K kel l L lt ar m/s m/sec m/h m/hr")
	prefixed(1, 2, "m2 m^2 ang2 ang^2")
	prefixed(1, 3, "m3 m^3 ang3 ang^3")
	prefixed(2, 1, "bit byte")
	return all
}()

var tens = map[string]float64{"Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 1e1, "e": 1e1,
	"d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18, "z": 1e-21, "y": 1e-24}

var twos = map[string]float64{"Yi": 1 << 40 * (1 << 40), "Zi": 1 << 40 * (1 << 30), "Ei": 1 << 60, "Pi": 1 << 50, "Ti": 1 << 40, "Gi": 1 << 30, "Mi": 1 << 20, "ki": 1 << 10}

// unitOf finds a unit with its prefix.
func unitOf(name string) (u unit, ok bool) {
	if u, ok = units[name]; ok {
		return u, true
	}
	for n := 1; n <= 2 && n < len(name); n++ {
		u, ok := units[name[n:]]
		if !ok || u.prefixed == 0 {
			continue
		}
		if f, ok := tens[name[:n]]; ok {
			u.factor *= math.Pow(f, float64(u.power))
			return u, true
		}
		if f, ok := twos[name[:n]]; ok && u.prefixed == 2 {
			u.factor *= f
			return u, true
		}
	}
	return unit{}, false
}

// Convert turns a measure into another unit of its kind; units are told apart by the case of their letters.
func Convert(x float64, from, to string) float64 {
	u, ok := unitOf(from)
	v, ok2 := unitOf(to)
	if !ok || !ok2 || u.kind != v.kind {
		return math.NaN()
	}
	if from == to {
		return x
	}
	if u.kind != 'T' {
		return x * (u.factor / v.factor)
	}
	switch from {
	case "C", "cel":
		x += 273.15
	case "F", "fah":
		x = (x + 459.67) * 5 / 9
	case "Rank":
		x = x * 5 / 9
	case "Reau":
		x = x*1.25 + 273.15
	default:
		x *= u.factor
	}
	switch to {
	case "C", "cel":
		return x - 273.15
	case "F", "fah":
		return x*9/5 - 459.67
	case "Rank":
		return x * 9 / 5
	case "Reau":
		return (x - 273.15) * 0.8
	}
	return x / v.factor
}
