package gdrive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"

	"twinset.dev/twins/internal/google/gapi"
)

// pageSize is how many a page has: no more than the most that there can be, whatever is asked for.
func pageSize(c *call, name string, otherwise, most int) (int, error) {
	n, err := c.QInt(name, otherwise, math.MinInt32, math.MaxInt32)
	if err == nil && n < 1 {
		err = gapi.Because(400, "invalidParameter", "Invalid value '%d'. Values must be within the range: [1, %d]", n, most).At(name)
	}
	return min(n, most), err
}

// pageToken is what a caller shows to have the next page: where it begins, sealed with what was asked for, so that it is
// good for nothing else.
func pageToken(c *call, asked string, at any) string {
	j, _ := json.Marshal(at)
	return "~!!~" + base64.RawURLEncoding.EncodeToString(append(sealed(c, asked, j), j...))
}

// readPageToken reads where a page begins. It is false for a token that was not made for what is asked.
func readPageToken(c *call, token, asked string, at any) bool {
	if len(token) < 4 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(token[4:])
	return err == nil && len(b) > tokenSeal && hmac.Equal(b[:tokenSeal], sealed(c, asked, b[tokenSeal:])) && json.Unmarshal(b[tokenSeal:], at) == nil
}

const tokenSeal = 12

func sealed(c *call, asked string, b []byte) []byte {
	mac := hmac.New(sha256.New, c.World.Key("gdrive pages"))
	fmt.Fprint(mac, c.Op.ID, "\x00", c.Who.User.ID, "\x00", asked, "\x00")
	mac.Write(b)
	return mac.Sum(nil)[:tokenSeal]
}

// paged are those of all that are on the page that pageToken asks for, and the token of the next page, if there is one.
// all are in their order, and id is what each is known by.
func paged[T any](c *call, all []T, size int, asked string, id func(T) string) (page []T, next string, err error) {
	if token := c.Q("pageToken"); token != "" {
		var last string
		if !readPageToken(c, token, asked, &last) {
			return nil, "", errPageToken
		}
		for i, x := range all {
			if id(x) == last {
				all = all[i+1:]
				break
			}
		}
	}
	if len(all) > size {
		return all[:size], pageToken(c, asked, id(all[size-1])), nil
	}
	return all, "", nil
}
