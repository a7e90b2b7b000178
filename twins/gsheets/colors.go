package gsheets

import (
	"math"
	"strconv"
	"strings"
)

// colored is a tree with its colours as Google keeps them: in 256 steps, as numbers of single precision, without the parts
// that are 0, and each both under its old name and, as a style, under its new one.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ColorStyle
func colored(o Obj) Obj {
	for k, v := range o {
		switch v := v.(type) {
		case Obj:
			colored(v)
			if style, ok := colorStyle(k); ok {
				o[k] = single(v)
				if o[style] == nil {
					o[style] = Obj{"rgbColor": o[k]}
				}
			} else if k == "rgbColor" {
				o[k] = single(v)
			}
		case []any:
			for _, x := range v {
				if x, ok := x.(Obj); ok {
					colored(x)
				}
			}
		}
	}
	for k, v := range o {
		if old, ok := strings.CutSuffix(k, "Style"); ok {
			if style, isColor := v.(Obj); isColor && o[old] == nil && strings.HasSuffix(strings.ToLower(old), "color") {
				if rgb, ok := style["rgbColor"]; ok {
					o[old] = rgb
				}
			}
		}
	}
	return o
}

// colorStyle is the name under which the colour of a name is kept as a style.
func colorStyle(name string) (string, bool) {
	return name + "Style", name == "color" || name != "rgbColor" && strings.HasSuffix(name, "Color")
}

// single is a colour in the steps that are kept. What lies between two steps is the lower one.
func single(rgb Obj) Obj {
	out := make(Obj, len(rgb))
	for k, v := range rgb {
		f, ok := v.(float64)
		if !ok {
			out[k] = v
			continue
		}
		if k != "alpha" {
			f = math.Floor(min(max(f, 0), 1)*255+0.001) / 255
		}
		if f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64); f != 0 {
			out[k] = f
		}
	}
	return out
}
