package gdrive

import (
	"crypto/rsa"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/keys"
)

func (d *Drive) cseOperations() {
	d.cseKey = sync.OnceValue(func() *rsa.PrivateKey { return keys.RSA(d.WorldSeed, "google drive client-side encryption") })
	d.On(twin.Partial, "files.generateCseToken", d.filesGenerateCseToken).Answers(api.GenerateCseTokenResponse{}, "").Writes().
		Noted("The token is made and signed; files say nothing of how they are encrypted.")
}

var (
	errBothGiven = gapi.Because(400, "badRequest", "The fileId and parent parameters cannot both be specified.")
	errNoKeys    = gapi.Because(403, "forbidden", "Client-side encryption is not enabled for the user's organization.")
)

// A KeyService is where a company keeps the keys of what its people encrypt themselves.
type KeyService struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

// tokenLives is how long a key service may take a token for good, in seconds.
const tokenLives = 3600

// filesGenerateCseToken says to a company's key service who may encrypt or decrypt which file.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/generateCseToken
// https://developers.google.com/workspace/cse/reference/authorization-tokens
func (d *Drive) filesGenerateCseToken(c *call) (any, error) {
	id, parent := c.Q("fileId"), c.Q("parent")
	service, ok := d.keyServices.Get(c.Tx, "keys")
	switch {
	case id != "" && parent != "":
		return nil, errBothGiven
	case !ok || c.Who.User.Domain == "":
		return nil, errNoKeys
	}
	role := "writer"
	switch {
	case id != "":
		_, may := d.Find(c, id)
		if may == files.None {
			return nil, errNoFile(id)
		} else if may < files.Writer {
			role = "reader"
		}
	case parent != "":
		if p, may := d.Find(c, parent); may == files.None || p.Type != files.Folder {
			return nil, errNoFile(parent)
		}
	}
	if id == "" {
		id = d.newID(c, false)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: d.cseKey()}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", keys.ID(&d.cseKey().PublicKey)))
	if err != nil {
		return nil, err
	}
	token, err := jwt.Signed(signer).Claims(obj{
		"iss": "gsuitecse-tokenissuer-drive@system.gserviceaccount.com", "aud": "cse-authorization", "email": c.Who.User.Email, "resource_name": "//googleapis.com/drive/files/" + id,
		"role": role, "kacls_url": service.URL, "perimeter_id": "", "iat": c.Now.Unix(), "exp": c.Now.Unix() + tokenLives,
	}).Serialize()
	if err != nil {
		return nil, err
	}
	return obj{"kind": "drive#generateCseTokenResponse", "fileId": id, "jwt": token, "currentKaclsId": service.ID, "currentKaclsName": service.Name}, nil
}
