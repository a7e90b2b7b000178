package jira

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"strings"

	"golang.org/x/image/draw"
)

// A picture is what stands for something that nobody has uploaded a picture of: five by five fields, alike on both sides, in a
// color that follows from what it is of.
type picture struct {
	color  color.RGBA
	fields [5][5]bool
}

func pictureOf(what string) (p picture) {
	h := fnv.New64a()
	h.Write([]byte(what))
	n := h.Sum64() * 0x9E3779B97F4A7C15
	palette := []color.RGBA{{0x26, 0x84, 0xFF, 255}, {0x36, 0xB3, 0x7E, 255}, {0xFF, 0x56, 0x30, 255}, {0x65, 0x54, 0xC0, 255}, {0x00, 0xB8, 0xD9, 255}, {0xFF, 0x99, 0x1F, 255}, {0x42, 0x52, 0x6E, 255}}
	p.color = palette[n%uint64(len(palette))]
	n >>= 8
	for y := range 5 {
		for x := range 3 {
			p.fields[y][x] = n&1 == 1 || x == 2 && y == 2
			p.fields[y][4-x] = p.fields[y][x]
			n >>= 1
		}
	}
	return p
}

// svg is the picture as a drawing.
func (p picture) svg() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 7 7" width="48" height="48" shape-rendering="crispEdges"><rect width="7" height="7" rx="1" fill="%s"/><path fill="#fff" d="`, hexColor(p.color))
	for y, row := range p.fields {
		for x, on := range row {
			if on {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+1, y+1)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return []byte(b.String())
}

func hexColor(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// png is the picture with so many points on a side.
func (p picture) png(size int) []byte {
	small := image.NewRGBA(image.Rect(0, 0, 7, 7))
	draw.Draw(small, small.Bounds(), image.NewUniform(p.color), image.Point{}, draw.Src)
	for y, row := range p.fields {
		for x, on := range row {
			if on {
				small.Set(x+1, y+1, color.White)
			}
		}
	}
	return square(small, small.Bounds(), size, draw.NearestNeighbor)
}

// square is a part of an image as a PNG with so many points on a side.
func square(from image.Image, part image.Rectangle, size int, by draw.Scaler) []byte {
	to := image.NewRGBA(image.Rect(0, 0, size, size))
	by.Scale(to, to.Bounds(), from, part, draw.Over, nil)
	var b bytes.Buffer
	png.Encode(&b, to)
	return b.Bytes()
}

// resized is a square PNG with so many points on a side.
func resized(picture []byte, size int) []byte {
	m, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return picture
	}
	return square(m, m.Bounds(), size, draw.CatmullRom)
}

// projectIcon is a small drawing, as the answer for a kind of project has it: in base64.
func projectIcon(color, path string) string {
	return base64.StdEncoding.EncodeToString([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="` + color + `"/><path d="` + path + `" fill="none" stroke="#fff" stroke-width="2"/></svg>`))
}

// priorityIcon is an arrow: up for what is urgent, down for what is not.
func priorityIcon(name string) ([]byte, bool) {
	icon, ok := map[string][2]string{
		"highest": {"#d04437", "M3 9l5-5 5 5M3 13l5-5 5 5"}, "high": {"#f15c75", "M3 11l5-5 5 5"}, "medium": {"#f79232", "M3 6h10M3 10h10"},
		"low": {"#707070", "M3 5l5 5 5-5"}, "lowest": {"#999999", "M3 3l5 5 5-5M3 7l5 5 5-5"},
		"blocker": {"#ce0000", "M3 3h10v10H3z"}, "critical": {"#ce0000", "M8 2v8M8 12v2"}, "major": {"#ea4444", "M3 10l5-5 5 5"}, "minor": {"#2a8735", "M3 6l5 5 5-5"}, "trivial": {"#999999", "M4 8h8"},
	}[name]
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><path d="` + icon[1] + `" fill="none" stroke="` + icon[0] + `" stroke-width="2"/></svg>`), ok
}
