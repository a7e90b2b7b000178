package slack

import (
	"fmt"
	"sync"
	"testing"

	"github.com/slack-go/slack"
)

// TestKillNine kills a twin that keeps its state in a directory while bots are posting, again and again, and finds
// every message that was acknowledged.
func TestKillNine(t *testing.T) {
	acknowledged := map[string]string{} // text by ts
	var mu sync.Mutex
	twin.KillNine(t, func(round int, url string) func(writer, n int) error {
		var creds credentials
		control(t, "GET", url+"/_twin/credentials", nil, &creds)
		e := &env{t, url, creds}
		channel := e.channel("general")
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
		return func(writer, n int) error {
			text := fmt.Sprintf("round %d writer %d message %d", round, writer, n)
			_, ts, err := e.bot().PostMessage(channel, slack.MsgOptionText(text, false))
			if err == nil {
				mu.Lock()
				acknowledged[ts] = text
				mu.Unlock()
			}
			return err
		}
	})
	if len(acknowledged) < 50 {
		t.Fatalf("only %d messages were acknowledged; the test proves little", len(acknowledged))
	}
	t.Logf("%d acknowledged messages survived 12 kills", len(acknowledged))
}
