package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A sight is a row that a transaction has had in hand, for Schema.Check.
type sight struct {
	def *def
	pk  string
	row *row
}

// remember notes what new is, and that both are in the transaction's hands.
func (tx *Tx) remember(d *def, pk string, old, new *row) {
	if old != nil {
		tx.saw(d, pk, old)
	}
	if new != nil {
		b, err := d.encode(new.val)
		if err != nil {
			panic(fmt.Sprintf("store: %s %q has no JSON: %v", d.name, pk, err))
		}
		if again, err := d.decode(b, false); err != nil || !alike(reflect.ValueOf(again.val), reflect.ValueOf(new.val)) {
			panic(fmt.Sprintf("store: %s %q does not come back from its JSON as it was put: %v %s", d.name, pk, err, b))
		}
		new.json = &b
		tx.seen = append(tx.seen, sight{d, pk, new})
	}
}

func (tx *Tx) saw(d *def, pk string, r *row) {
	r.verify(d, pk)
	tx.seen = append(tx.seen, sight{d, pk, r})
}

// verify looks at the rows the transaction has had in hand, as it ends.
func (tx *Tx) verify() {
	for _, s := range tx.seen {
		s.row.verify(s.def, s.pk)
	}
	tx.seen = nil
}

func (s *Snapshot) saw(d *def, pk string, r *row) { r.verify(d, pk) }

func (st *state) verify(s *Schema) {
	for _, d := range s.defs {
		st.tables[d.id].rows.Scan(func(pk string, r *row) bool {
			r.verify(d, pk)
			return true
		})
	}
}

// verify panics if the record is not what it was when it was put.
func (r *row) verify(d *def, pk string) {
	if r.json == nil {
		return
	}
	was, is := *r.json, []byte("no JSON")
	if b, err := d.encode(r.val); err == nil {
		is = b
	}
	if !bytes.Equal(was, is) {
		panic(fmt.Sprintf("store: %s %q was changed without Put: %s", d.name, pk, difference(was, is)))
	}
}

// difference names the fields of two JSON records that are not alike.
func difference(was, is []byte) string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(was, &a) != nil || json.Unmarshal(is, &b) != nil {
		return fmt.Sprintf("%s is now %s", was, is)
	}
	var list []string
	for k := range a {
		if _, ok := b[k]; !ok {
			b[k] = nil
		}
	}
	for k, now := range b {
		if !bytes.Equal(a[k], now) {
			list = append(list, fmt.Sprintf("%s %s is now %s", k, a[k], now))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
