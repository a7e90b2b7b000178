// Package keys makes the keys that twins sign with. They derive from the number that everything secret in a twin
// derives from, so that one that is started again has the same keys.
package keys

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strconv"
)

// RSA returns the 2048-bit key for a purpose.
func RSA(seed uint64, purpose string) *rsa.PrivateKey {
	n := uint64(0)
	prime := func() *big.Int {
		for {
			var b []byte
			for ; len(b) < 128; n++ {
				h := hmac.New(sha256.New, []byte(purpose+" "+strconv.FormatUint(seed, 10)))
				h.Write(binary.BigEndian.AppendUint64(nil, n))
				b = h.Sum(b)
			}
			b[0] |= 0xc0
			b[127] |= 1
			p := new(big.Int).SetBytes(b)
			if less := new(big.Int).Sub(p, big.NewInt(1)); p.ProbablyPrime(20) && new(big.Int).Mod(less, big.NewInt(65537)).Sign() != 0 {
				return p
			}
		}
	}
	p, q := prime(), prime()
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: new(big.Int).ModInverse(big.NewInt(65537), phi), Primes: []*big.Int{p, q}}
	key.Precompute()
	if err := key.Validate(); err != nil {
		panic(err) // two primes make a key
	}
	return key
}

// ID names a key after what it is.
func ID(key *rsa.PublicKey) string {
	sum := sha256.Sum256(key.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
