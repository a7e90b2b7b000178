package adapter_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"twinset.dev/agent/llm/internal/adapter"
)

// TestEvents reads back what was written, however it is cut, spaced and commented; and tells no event that was cut off.
func TestEvents(t *testing.T) {
	data := rapid.StringMatching(`[a-zé{}": ]{1,20}`)
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.SliceOfN(data, 1, 3)).Draw(t, "events")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		var wire strings.Builder
		for _, lines := range want {
			wire.WriteString(": ping" + end + "event: x" + end)
			for _, l := range lines {
				wire.WriteString("data: " + l + end)
			}
			wire.WriteString(end)
		}
		wire.WriteString("data: cut off" + end)
		i := 0
		for got, err := range adapter.Events(iotest.OneByteReader(strings.NewReader(wire.String()))) {
			if err != nil || i == len(want) || string(got) != strings.Join(want[i], "\n") {
				t.Fatalf("event %d: %q, %v", i, got, err)
			}
			i++
		}
		if i != len(want) {
			t.Fatalf("%d events of %d", i, len(want))
		}
	})
	broken := io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	var last error
	for _, err := range adapter.Events(broken) {
		last = err
	}
	if !errors.Is(last, io.ErrUnexpectedEOF) {
		t.Errorf("a connection that breaks: %v", last)
	}
}
