package slack

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"twinset.dev/conformance/internal/lab"
)

// TestKillNine kills a twin that keeps its state in a directory while bots are posting, again and again, and finds
// every message that was acknowledged.
func TestKillNine(t *testing.T) {
	bin, err := twin.Build()
	must(t, err)
	dir := t.TempDir()
	acknowledged := map[string]string{} // text by ts
	var mu sync.Mutex
	var channel string
	for round := range 12 {
		cmd := exec.Command(bin, "-addr", "127.0.0.1:0", "-data", dir)
		url, err := lab.Serve(cmd)
		must(t, err)
		var creds credentials
		control(t, "GET", url+"/_twin/credentials", nil, &creds)
		e := &env{t, url, creds}
		channel = e.channel("general")
		got := map[string]string{}
		cursor := ""
		for {
			h, err := e.bot().GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: channel, Limit: 999, Cursor: cursor})
			must(t, err)
			for _, m := range h.Messages {
				got[m.Timestamp] = m.Text
			}
			if cursor = h.ResponseMetaData.NextCursor; cursor == "" {
				break
			}
		}
		for ts, text := range acknowledged {
			if got[ts] != text {
				t.Fatalf("round %d: message %s was acknowledged as %q and is %q", round, ts, text, got[ts])
			}
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for n := 0; ; n++ {
					text := fmt.Sprintf("round %d writer %d message %d", round, i, n)
					_, ts, err := e.bot().PostMessage(channel, slack.MsgOptionText(text, false))
					if err != nil {
						return // killed
					}
					mu.Lock()
					acknowledged[ts] = text
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
		must(t, cmd.Process.Kill())
		cmd.Wait()
		wg.Wait()
	}
	if len(acknowledged) < 50 {
		t.Fatalf("only %d messages were acknowledged; the test proves little", len(acknowledged))
	}
	t.Logf("%d acknowledged messages survived 12 kills", len(acknowledged))
}
