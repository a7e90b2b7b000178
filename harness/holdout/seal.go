package holdout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"filippo.io/age"

	"twinset.dev/harness/scenario"
)

// A Key opens pools: an age identity in a file that its owner alone may read, or a passphrase.
type Key struct {
	File       string
	Passphrase string
}

// Make writes a new identity into the key file, which must not exist yet.
func (k Key) Make() error {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(k.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, id)
	return errors.Join(err, f.Close())
}

// open gives what seals and what opens.
func (k Key) open() (age.Recipient, age.Identity, error) {
	if k.Passphrase != "" {
		r, err := age.NewScryptRecipient(k.Passphrase)
		if err != nil {
			return nil, nil, err
		}
		id, err := age.NewScryptIdentity(k.Passphrase)
		return r, id, err
	}
	if k.File == "" {
		return nil, nil, errors.New("holdout: there is neither a key file nor a passphrase")
	}
	info, err := os.Stat(k.File)
	if err != nil {
		return nil, nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, nil, fmt.Errorf("holdout: others may read the key file %s (its mode is %v); chmod 600 it", k.File, info.Mode().Perm())
	}
	b, err := os.ReadFile(k.File)
	if err != nil {
		return nil, nil, err
	}
	ids, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil {
		return nil, nil, fmt.Errorf("holdout: %s: %w", k.File, err)
	}
	switch id := ids[0].(type) {
	case *age.HybridIdentity:
		return id.Recipient(), id, nil
	case *age.X25519Identity:
		return id.Recipient(), id, nil
	}
	return nil, nil, fmt.Errorf("holdout: %s holds a kind of key that cannot seal", k.File)
}

// pool is where a pool lies: one age file of a JSON object from file names to their text.
func (p *Place) pool(pool scenario.Pool) (string, error) {
	if pool != scenario.Sealed && pool != scenario.Vault {
		return "", fmt.Errorf("holdout: only the pools %s and %s are sealed, not %q", scenario.Sealed, scenario.Vault, pool)
	}
	return p.path(string(pool) + ".age"), nil
}

// Seal puts files, by name, into a pool, in place of those with the same names. Their text is never on the disk in the clear.
func (p *Place) Seal(pool scenario.Pool, files map[string][]byte, why string) error {
	path, err := p.pool(pool)
	if err != nil {
		return err
	}
	all, err := p.decrypt(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if all == nil {
		all = map[string][]byte{}
	}
	maps.Copy(all, files)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := p.Record(Access{What: "seal", Pool: pool, Scenario: name, Why: why, Digest: digest(files[name])}); err != nil {
			return err
		}
	}
	return p.encrypt(path, all)
}

// Open gives all files of a pool, in memory, and logs each. For the vault, which is for releases alone, a reason must be given.
func (p *Place) Open(pool scenario.Pool, what, why string) (map[string][]byte, error) {
	path, err := p.pool(pool)
	if err != nil {
		return nil, err
	}
	if pool == scenario.Vault && strings.TrimSpace(why) == "" {
		return nil, errors.New("holdout: the vault is opened for a release alone; say which, and why")
	}
	all, err := p.decrypt(path)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := p.Record(Access{What: what, Pool: pool, Scenario: name, Why: why, Digest: digest(all[name])}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// View gives one file of a pool and logs that it was looked at.
func (p *Place) View(pool scenario.Pool, name, why string) ([]byte, error) {
	path, err := p.pool(pool)
	if err != nil {
		return nil, err
	}
	all, err := p.decrypt(path)
	if err != nil {
		return nil, err
	}
	b, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("holdout: the %s pool has no %q", pool, name)
	}
	return b, p.Record(Access{What: "view", Pool: pool, Scenario: name, Why: why, Digest: digest(b)})
}

func (p *Place) encrypt(path string, all map[string][]byte) error {
	to, _, err := p.Key.open()
	if err != nil {
		return err
	}
	plain, err := json.Marshal(all)
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return err
	}
	if _, err := w.Write(plain); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return replace(path, sealed.Bytes())
}

func (p *Place) decrypt(path string) (map[string][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, id, err := p.Key.open()
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(f, id)
	if err != nil {
		return nil, fmt.Errorf("holdout: %s: %w", path, err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("holdout: %s: %w", path, err)
	}
	var all map[string][]byte
	return all, json.Unmarshal(plain, &all)
}
