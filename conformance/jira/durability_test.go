package jira

import (
	"fmt"
	"sync"
	"testing"

	"github.com/andygrunwald/go-jira"

	"twinset.dev/conformance/internal/lab"
)

// TestKillNine kills a twin that keeps its state in a directory while issues are being made, again and again, and
// finds every issue that was acknowledged.
func TestKillNine(t *testing.T) {
	acknowledged := map[string]string{} // summary by key
	var mu sync.Mutex
	twin.KillNine(t, func(round int, url string) func(writer, n int) error {
		var creds credentials
		lab.Control(t, "GET", url+"/_twin/credentials", nil, &creds)
		e := at(t, url, creds)
		got := map[string]string{}
		must(t, e.Issue.SearchPages("project = PEOPLE", &jira.SearchOptions{MaxResults: 500, Fields: []string{"summary"}}, func(i jira.Issue) error {
			got[i.Key] = i.Fields.Summary
			return nil
		}))
		for key, summary := range acknowledged {
			if got[key] != summary {
				t.Fatalf("round %d: issue %s was acknowledged as %q and is %q", round, key, summary, got[key])
			}
		}
		return func(writer, n int) error {
			summary := fmt.Sprintf("round %d writer %d issue %d", round, writer, n)
			i, _, err := e.Issue.Create(&jira.Issue{Fields: &jira.IssueFields{Project: jira.Project{Key: "PEOPLE"}, Type: jira.IssueType{Name: "Task"}, Summary: summary}})
			if err == nil {
				mu.Lock()
				acknowledged[i.Key] = summary
				mu.Unlock()
			}
			return err
		}
	})
	if len(acknowledged) < 50 {
		t.Fatalf("only %d issues were acknowledged; the test proves little", len(acknowledged))
	}
	t.Logf("%d acknowledged issues survived 12 kills", len(acknowledged))
}
