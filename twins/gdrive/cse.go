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
	"twinset.dev/twins/internal/google/identity"
	"twinset.dev/twins/internal/keys"
)

// tokenIssuer is who signs tokens for key services, which find the public half of the key under this name.
const tokenIssuer = "gsuitecse-tokenissuer-drive@system.gserviceaccount.com"

func (d *Drive) cseOperations() {
	d.cseKey = sync.OnceValue(func() *rsa.PrivateKey { return keys.RSA(d.WorldSeed, "google drive client-side encryption") })
	d.On(twin.Full, "files.generateCseToken", d.filesGenerateCseToken).Answers(api.GenerateCseTokenResponse{}, "").Writes()
	d.Beyond(twin.Full, "links.tokenKeys", "GET", "/service_accounts/v1/jwk/"+tokenIssuer, nil, func(*call) (any, error) {
		public := &d.cseKey().PublicKey
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: keys.ID(public), Algorithm: "RS256", Use: "sig"}}}, nil
	}).Ticket(func(*call) (identity.Who, bool) { return identity.Who{}, true })
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
	token, err := d.cseToken(c, service, id, role)
	if err != nil {
		return nil, err
	}
	return obj{"kind": "drive#generateCseTokenResponse", "fileId": id, "jwt": token, "currentKaclsId": service.ID, "currentKaclsName": service.Name}, nil
}

// cseToken says to a key service that the caller may use the key of a file, as a reader or a writer.
//
// https://developers.google.com/workspace/cse/reference/authorization-tokens
func (d *Drive) cseToken(c *call, service KeyService, id, role string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: d.cseKey()}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", keys.ID(&d.cseKey().PublicKey)))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(obj{
		"iss": tokenIssuer, "aud": "cse-authorization", "email": c.Who.User.Email, "resource_name": "//googleapis.com/drive/files/" + id,
		"role": role, "kacls_url": service.URL, "perimeter_id": "", "iat": c.Now.Unix(), "exp": c.Now.Unix() + tokenLives,
	}).Serialize()
}

// encryption reads how content was encrypted by those who send it.
//
// https://developers.google.com/workspace/cse/guides/handle-cse-files
func (d *Drive) encryption(c *call, kind string, in *api.ClientEncryptionDetails) (*files.Encryption, error) {
	if in == nil {
		return nil, nil
	}
	service, ok := d.keyServices.Get(c.Tx, "keys")
	m := deref(in.DecryptionMetadata)
	e := &files.Encryption{Key: deref(m.WrappedKey), Hash: deref(m.EncryptionResourceKeyHash), Format: deref(m.KeyFormat), Chunks: deref(m.Aes256GcmChunkSize), Service: deref(m.KaclsID)}
	state := deref(in.EncryptionState)
	switch {
	case state == "unencrypted" && in.DecryptionMetadata == nil:
		return &files.Encryption{}, nil
	case state != "encrypted", files.Native(kind):
		return nil, invalidValue("clientEncryptionDetails.encryptionState")
	case !ok || c.Who.User.Domain == "":
		return nil, errNoKeys
	case e.Key == "":
		return nil, errMissing("clientEncryptionDetails.decryptionMetadata.wrappedKey")
	case e.Service != service.ID:
		return nil, invalidValue("clientEncryptionDetails.decryptionMetadata.kaclsId")
	case e.Chunks != "" && e.Chunks != "default" && e.Chunks != "small":
		return nil, invalidValue("clientEncryptionDetails.decryptionMetadata.aes256GcmChunkSize")
	case e.Format != "" && e.Format != "tinkAesGcmKey":
		return nil, invalidValue("clientEncryptionDetails.decryptionMetadata.keyFormat")
	}
	return e, nil
}

func (v *fileView) encrypted() bool { return v.Encryption != nil && v.Encryption.Key != "" }

// encryptionDetails says how content was encrypted and, to somebody who may have it, lets the key be used.
func (v *fileView) encryptionDetails() any {
	e := v.Encryption
	switch {
	case e == nil:
		return nil
	case !v.encrypted():
		return obj{"encryptionState": "unencrypted"}
	}
	service, _ := v.d.keyServices.Get(v.c.Tx, "keys")
	m := obj{"wrappedKey": e.Key, "kaclsId": e.Service, "kaclsName": service.Name}
	for name, s := range map[string]string{"encryptionResourceKeyHash": e.Hash, "keyFormat": e.Format, "aes256GcmChunkSize": e.Chunks} {
		if s != "" {
			m[name] = s
		}
	}
	if v.c.Who.Known() && !v.mayNot(downloads) {
		if token, err := v.d.cseToken(v.c, service, v.ID, "reader"); err == nil {
			m["jwt"] = token
		}
	}
	return obj{"encryptionState": "encrypted", "decryptionMetadata": m}
}
