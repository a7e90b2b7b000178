package document

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"twinset.dev/twins/gdocs/internal/api"
)

// TestMerge: two write at once, in places apart. Whoever comes second writes at what they saw, and nothing of either is lost.
func TestMerge(t *testing.T) {
	for seed := range int64(200) {
		r := rand.New(rand.NewSource(seed))
		c := testContext()
		base, _, err := Apply(New(), c, []api.Request{{InsertText: &api.InsertTextRequest{Text: p(strings.Repeat("a", 50) + strings.Repeat("b", 50)), Location: &api.Location{Index: p(int32(1))}}}})
		if err != nil {
			t.Fatal(err)
		}
		write := func(from, to int, word string) (out []api.Request, log string) {
			for range 1 + r.Intn(4) {
				at := int32(from + r.Intn(to-from))
				if r.Intn(3) == 0 && int(at)+3 < to {
					out = append(out, api.Request{DeleteContentRange: &api.DeleteContentRangeRequest{Range: &api.Range{StartIndex: p(at), EndIndex: p(at + 3)}}})
					to -= 3
					log += fmt.Sprintf("-%d ", at)
				} else {
					out = append(out, api.Request{InsertText: &api.InsertTextRequest{Text: &word, Location: &api.Location{Index: p(at)}}})
					to += len(word)
					log += fmt.Sprintf("+%d ", at)
				}
			}
			return out, log
		}
		first, log1 := write(2, 45, "XX")
		second, log2 := write(60, 95, "YYY")
		if r.Intn(2) == 0 {
			first, log1, second, log2 = second, log2, first, log1
		}
		clone := func(in []api.Request) []api.Request {
			out := make([]api.Request, len(in))
			for i, q := range in {
				if q.InsertText != nil {
					l := *q.InsertText.Location
					l.Index = p(*l.Index)
					out[i].InsertText = &api.InsertTextRequest{Text: q.InsertText.Text, Location: &l}
				} else {
					g := *q.DeleteContentRange.Range
					g.StartIndex, g.EndIndex = p(*g.StartIndex), p(*g.EndIndex)
					out[i].DeleteContentRange = &api.DeleteContentRangeRequest{Range: &g}
				}
			}
			return out
		}
		alone := func(d *Document, c Context, reqs []api.Request) (*Document, []Shift) {
			out, res, err := Apply(d, c, clone(reqs))
			if err != nil {
				t.Fatalf("seed %d: %v after %s and %s", seed, err, log1, log2)
			}
			return out, res.Shifts
		}
		one, shifts := alone(base, c, first)
		other, back := alone(base, c, second)
		c.Since = shifts
		got, _ := alone(one, c, second)
		c.Since = back
		same, _ := alone(other, c, first)
		if a, b := got.Tabs[0].Body.Content.Text(), same.Tabs[0].Body.Content.Text(); a != b {
			t.Fatalf("seed %d: %s then %s\n%s\n%s", seed, log1, log2, a, b)
		}
	}
}
