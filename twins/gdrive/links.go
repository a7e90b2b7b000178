package gdrive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// exportPath is where the export links of a file begin.
const exportPath = "/drive-export/"

// thumbnailPath is where the address of a small picture of a file begins.
const thumbnailPath = "/drive-storage/"

// thumbnailLives is how long such an address is good for.
const thumbnailLives = 6 * time.Hour

// thumbnailLink is the address of a small picture of a file. It works for a while without a credential: it says whose it is.
func thumbnailLink(c *call, id string) string {
	ticket := c.Who.User.ID + "." + strconv.FormatInt(c.Now.Add(thumbnailLives).Unix(), 10)
	return c.Link + thumbnailPath + id + "=s220?t=" + ticket + "." + thumbnailProof(c, id, ticket)
}

func thumbnailProof(c *call, id, ticket string) string {
	mac := hmac.New(sha256.New, c.World.Key("gdrive thumbnails"))
	fmt.Fprint(mac, id, "\x00", ticket)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// viewer is whose address of a small picture it is.
func (d *Drive) viewer(c *call) (who identity.Who, ok bool) {
	id, _, _ := strings.Cut(c.Param("fileId"), "=")
	ticket := c.Query.Get("t")
	at := strings.LastIndexByte(ticket, '.')
	if at < 0 || !hmac.Equal([]byte(thumbnailProof(c, id, ticket[:at])), []byte(ticket[at+1:])) {
		return who, false
	}
	user, until, _ := strings.Cut(ticket[:at], ".")
	if atoi(until) <= c.Now.Unix() {
		return who, false
	}
	who.Scopes = []string{"https://www.googleapis.com/auth/drive.readonly"}
	who.User, ok = d.Users.Get(c.Tx, user)
	return who, ok || user == ""
}

// thumbnail answers a small picture of a file: for a picture itself, as it is.
func (d *Drive) thumbnail(c *call) (any, error) {
	id, _, _ := strings.Cut(c.Param("fileId"), "=")
	f, role := d.Find(c, id)
	v := &fileView{File: f, d: d, c: c, role: role, known: true}
	switch {
	case role == files.None || !v.pictured():
		return nil, errNoFile(id)
	case v.mayNot(downloads):
		return nil, errCannotDownload
	}
	if f.Content == nil || f.Content.Width == 0 {
		return gapi.Answer{Type: f.Picture.Type, Body: f.Picture.Bytes}, nil
	}
	return d.stream(f.Content, f.Type, f.Modified, "inline", f.Name), nil
}

// links serves what the links in answers lead to and what is no page: pictures of types and themes, which need no
// credential, and what a file is exported as.
func (d *Drive) links() {
	d.Beyond(twin.Full, "links.thumbnail", "GET", thumbnailPath+"{fileId}", nil, d.thumbnail).Ticket(d.viewer)
	d.Beyond(twin.Full, "links.export", "GET", exportPath+"{fileId}", nil, d.filesExport).Public()
	for _, path := range []string{"/16/type/*", "/drive-themes/:theme"} {
		d.Echo.GET(path, picture)
	}
}

// picture draws a tile in a color of its own, which stands for an icon, a photo or a theme.
func picture(c echo.Context) error {
	names := strings.Split(strings.TrimRight(c.Request().URL.Path, "/"), "/")
	color := colors[len(names[len(names)-1])%len(colors)]
	if t := themeOf(names[len(names)-1]); t != nil {
		color = t.color
	}
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" rx="8" fill="`+color+`"/></svg>`))
}
