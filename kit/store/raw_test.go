package store

import (
	"encoding/json"
	"testing"
)

// TestRecordsComeBackAsTheyWere writes records that hold JSON and reads them from the log again.
func TestRecordsComeBackAsTheyWere(t *testing.T) {
	type inner struct{ J json.RawMessage }
	type rec struct {
		ID     string
		J, Nil json.RawMessage
		In     inner
		List   []inner
		Map    map[string]json.RawMessage
		None   []string
		Empty  []string
	}
	want := rec{ID: "a", J: json.RawMessage(`{"text":"<b> & \"c\""}`), In: inner{nil}, List: []inner{{nil}, {json.RawMessage(`1`)}},
		Map: map[string]json.RawMessage{"x": nil, "y": json.RawMessage(`[]`)}, Empty: []string{}}
	dir := t.TempDir()
	var got rec
	for range 2 {
		s := &Schema{Check: true}
		c := NewCollection(s, "recs", func(r *rec) string { return r.ID })
		db, err := Open(s, Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		w, ok := db.World("w")
		if !ok {
			if w, err = db.Create("w"); err != nil {
				t.Fatal(err)
			}
			if err := w.Update(func(tx *Tx) error { c.Put(tx, want); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		w.View(func(tx *Tx) error { got, _ = c.Get(tx, "a"); return nil })
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got.Nil != nil || got.In.J != nil || got.List[0].J != nil || got.Map["x"] != nil || got.None != nil || got.Empty == nil || string(got.J) != string(want.J) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
