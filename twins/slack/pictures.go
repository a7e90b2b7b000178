package slack

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"twinset.dev/kit/twin"
)

// maxPixels bounds the images that are drawn smaller: it is what they take in memory that counts.
const maxPixels = 64 << 20

var errTooManyPixels = errors.New("the image is too large to be drawn")

// shrink draws an image as large as w by h; of a square, the middle of the image.
func shrink(r io.ReadSeeker, w, h int, square bool, format string) ([]byte, error) {
	cfg, _, err := image.DecodeConfig(r)
	if err != nil {
		return nil, err
	}
	if cfg.Width*cfg.Height > maxPixels {
		return nil, errTooManyPixels
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	src, _, err := image.Decode(r)
	if err != nil {
		return nil, err
	}
	from := src.Bounds()
	if square {
		side := min(from.Dx(), from.Dy())
		x, y := from.Min.X+(from.Dx()-side)/2, from.Min.Y+(from.Dy()-side)/2
		from = image.Rect(x, y, x+side, y+side)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(dst, dst.Rect, src, from, draw.Src, nil)
	var b bytes.Buffer
	if format == "jpg" {
		err = jpeg.Encode(&b, dst, &jpeg.Options{Quality: 85})
	} else {
		err = png.Encode(&b, dst)
	}
	return b.Bytes(), err
}

// avatar answers with the picture of a user, an app or a workspace: the one they have chosen, else their initials.
func (s *Slack) avatar(r *twin.Request) (a twin.Answer, err error) {
	id, rest, _ := strings.Cut(r.Echo.Param("name"), "_")
	size, format, _ := strings.Cut(rest, ".")
	side, err := strconv.Atoi(size)
	if size == "original" {
		side, err = 512, nil
	}
	var name, shade, blob, icon string
	known := false
	r.View(func(c *twin.Call) error {
		if b, ok := s.bots.Get(c.Tx, id); ok {
			known, name, shade, icon = true, b.Name, colors[0], b.Icon
			if u, ok := s.users.Get(c.Tx, b.User); ok {
				blob, shade = u.Image, or(u.Color, shade)
			}
		}
		if u, ok := s.users.Get(c.Tx, id); ok {
			known, name, shade, blob = true, or(u.RealName, u.Name), u.Color, u.Image
			if b, ok := s.bots.Get(c.Tx, u.BotID); ok {
				icon = b.Icon
			}
			if size == "original" {
				blob = or(u.Original, blob)
			}
		}
		if t, ok := s.teams.Get(c.Tx, id); ok {
			known, name, shade, icon = true, t.Name, colors[0], t.Icon
		}
		if app, ok := s.apps.Get(c.Tx, id); ok {
			known, name, shade, icon = true, app.Name, colors[0], app.Icon
		}
		return nil
	})
	if !known || err != nil || side < 1 || side > 1024 || format != "png" {
		return plain(http.StatusNotFound, "Not Found", "not_found"), nil
	}
	if hash, kept := strings.CutPrefix(icon, iconBlob); kept {
		blob = or(blob, hash)
	} else if icon != "" && blob == "" {
		return twin.Answer{Status: http.StatusFound, Header: http.Header{"Location": {icon}}}, nil
	}
	header := http.Header{"Cache-Control": {"public, max-age=300"}}
	if blob == "" {
		return twin.Answer{Type: "image/png", Body: initials(name, shade, side), Header: header}, nil
	}
	content, _, err := s.DB.Blobs().Open(blob)
	if err != nil {
		return a, err
	}
	defer content.Close()
	if size == "original" {
		b, err := io.ReadAll(content)
		return twin.Answer{Type: http.DetectContentType(b), Body: b, Header: header}, err
	}
	b, err := shrink(content, side, side, true, "png")
	if err != nil {
		b = initials(name, shade, side)
	}
	return twin.Answer{Type: "image/png", Body: b, Header: header}, nil
}

// initials draws the first letters of a name on a ground of the colour rrggbb.
func initials(name, shade string, side int) []byte {
	n, _ := strconv.ParseUint(shade, 16, 32)
	ground := color.RGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 255}
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{ground, color.White})
	var letters []rune
	for word := range strings.FieldsSeq(name) {
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters = append(letters, unicode.ToUpper(r))
				break
			}
		}
	}
	letters = letters[:min(len(letters), 2)]
	dot := max(side/16, 1)
	left := (side - dot*(6*len(letters)-1)) / 2
	top := (side - dot*7) / 2
	for i, r := range letters {
		for row, bits := range glyph(r) {
			for col := range 5 {
				if bits>>(4-col)&1 == 0 {
					continue
				}
				for y := range dot {
					for x := range dot {
						img.SetColorIndex(left+(6*i+col)*dot+x, top+row*dot+y, 1)
					}
				}
			}
		}
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

// glyph is a letter in seven rows of five dots; what is no Latin letter or digit is a filled box.
func glyph(r rune) [7]byte {
	if g, ok := glyphs[r]; ok {
		return g
	}
	return [7]byte{31, 31, 31, 31, 31, 31, 31}
}

var glyphs = map[rune][7]byte{
	'A': {14, 17, 17, 31, 17, 17, 17}, 'B': {30, 17, 17, 30, 17, 17, 30}, 'C': {14, 17, 16, 16, 16, 17, 14}, 'D': {30, 17, 17, 17, 17, 17, 30},
	'E': {31, 16, 16, 30, 16, 16, 31}, 'F': {31, 16, 16, 30, 16, 16, 16}, 'G': {14, 17, 16, 23, 17, 17, 14}, 'H': {17, 17, 17, 31, 17, 17, 17},
	'I': {14, 4, 4, 4, 4, 4, 14}, 'J': {7, 2, 2, 2, 2, 18, 12}, 'K': {17, 18, 20, 24, 20, 18, 17}, 'L': {16, 16, 16, 16, 16, 16, 31},
	'M': {17, 27, 21, 21, 17, 17, 17}, 'N': {17, 25, 21, 19, 17, 17, 17}, 'O': {14, 17, 17, 17, 17, 17, 14}, 'P': {30, 17, 17, 30, 16, 16, 16},
	'Q': {14, 17, 17, 17, 21, 18, 13}, 'R': {30, 17, 17, 30, 20, 18, 17}, 'S': {15, 16, 16, 14, 1, 1, 30}, 'T': {31, 4, 4, 4, 4, 4, 4},
	'U': {17, 17, 17, 17, 17, 17, 14}, 'V': {17, 17, 17, 17, 17, 10, 4}, 'W': {17, 17, 17, 21, 21, 27, 17}, 'X': {17, 17, 10, 4, 10, 17, 17},
	'Y': {17, 17, 10, 4, 4, 4, 4}, 'Z': {31, 1, 2, 4, 8, 16, 31},
	'0': {14, 17, 19, 21, 25, 17, 14}, '1': {4, 12, 4, 4, 4, 4, 14}, '2': {14, 17, 1, 6, 8, 16, 31}, '3': {31, 2, 4, 2, 1, 17, 14},
	'4': {2, 6, 10, 18, 31, 2, 2}, '5': {31, 16, 30, 1, 1, 17, 14}, '6': {6, 8, 16, 30, 17, 17, 14}, '7': {31, 1, 2, 4, 8, 8, 8},
	'8': {14, 17, 17, 14, 17, 17, 14}, '9': {14, 17, 17, 15, 1, 2, 12},
}
