package jira

import (
	"fmt"
	"net/url"
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// drag is the script of somebody who takes a card by its key to a column.
func drag(key, column string) string {
	return fmt.Sprintf(`(() => {
		const card = document.getElementById("card-" + %q), to = document.querySelector(".column[aria-label=" + JSON.stringify(%q) + "]"), data = new DataTransfer();
		for (const [el, kind] of [[card, "dragstart"], [to, "dragover"], [to, "drop"], [card, "dragend"]]) el.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
	})()`, key, column)
}

// TestBrowser creates an issue on the pages and drags it to the last column of the board.
func TestBrowser(t *testing.T) {
	browser := lab.Browser(t)
	for _, at := range lab.Screens {
		t.Run(at.Name, func(t *testing.T) {
			e := world(t)
			p := lab.Open(t, browser, "ana", at.Width, at.Height)
			p.Goes(e.url + "/jira")
			p.Sees("h1", "Log in to")
			p.Shoot("login")
			p.Presses(`button[title="Ana Silva"]`, "")
			p.Sees("h1", "Your work")
			p.Shoot("work")
			p.Goes(e.url + "/jira/create?project=OPS")
			p.Types("#create input[name=summary]", "Sweep the launch pad")
			p.Shoot("create")
			p.Presses("#create button", "Create")
			p.Sees("#crumbs", "OPS-5")
			p.Shoot("issue")
			p.Goes(e.url + "/browse/ROCK")
			p.Sees(".column", "Land upright in wind")
			p.Listens()
			p.Shoot("board")
			p.Run(drag("ROCK-12", "Done"))
			p.Until(`[...document.querySelectorAll('.column[aria-label="Done"] .card')].some(c => c.dataset.key === "ROCK-12")`)
			p.Goes(e.url + "/browse/ROCK-12")
			p.Sees("#ways .lozenge", "Done")
			p.Shoot("done")
			p.Listens()
			p.Types("#comment-text", "On the pad, @Chi")
			p.Sees(".offers li", "Chidi Okafor")
			p.Types("#comment-text", "\t")
			p.Types("#comment-text", "has the wind.")
			p.Presses("#say button", "Comment")
			p.Sees("#stream .rich", "On the pad, Chidi Okafor has the wind.")
			p.Shoot("comment")

			// It is found with JQL, which is completed while it is typed.
			p.Goes(e.url + "/issues/")
			p.Run(`document.querySelector("#jql").value = ""`)
			p.Types("#jql", "proj")
			p.Sees(".offers li", "project")
			p.Types("#jql", "\t")
			p.Types("#jql", "= ROCK AND status = ")
			p.Sees(".offers li", "Done")
			p.Shoot("completing")
			p.Types("#jql", "Done AND status changed after -1h\r")
			p.Sees("#found .what", "Land upright in wind")
			p.Until(`document.querySelectorAll("#found .issues li").length === 1`)
			p.Shoot("search")
			p.Goes(e.url + "/issues/?jql=" + url.QueryEscape("nothing = 1"))
			p.Sees("#found .bad", "nothing")

			p.Goes(e.url + "/jira/software/c/projects/ROCK/boards/1/backlog")
			p.Sees("h2", "ROCK Sprint 4")
			p.Shoot("backlog")
			p.Goes(e.url + "/jira/software/c/projects/ROCK/settings")
			p.Sees("h2", "Issue types and workflows")
			p.Shoot("settings")
			p.Quiet()
		})
	}
}
