package google

import (
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// TestBrowserDrive uploads a file on Drive's pages, shares it, finds it again, and puts it into the trash and back.
func TestBrowserDrive(t *testing.T) {
	browser := lab.Browser(t)
	for _, at := range lab.Screens {
		t.Run(at.Name, func(t *testing.T) {
			e := world(t)
			p := lab.Open(t, browser, "ana", at.Width, at.Height)
			p.Goes(e.url + "/drive/my-drive")
			p.Sees("h1", "Sign in")
			p.Shoot("login")
			p.Presses(`button[title="Ana Silva"]`, "")
			p.Sees("h1", "My Drive")
			p.Listens()
			p.Shoot("my-drive")

			p.Presses(".new summary", "")
			p.Presses("#new-folder", "")
			p.Until(`(i => { if (i) i.value = ""; return !!i })(document.querySelector("#newfolder input[name=name]"))`)
			p.Types("#newfolder input[name=name]", "Launch 8\r")
			p.Sees("#files", "Launch 8")
			p.Presses("#files .name a", "Launch 8")
			p.Sees("h1", "Launch 8")

			p.Listens()
			p.Run(drop("countdown.txt", "text/plain", "fuel, wind, weather"))
			p.Sees("#files", "countdown.txt")
			p.Shoot("uploaded")
			p.Presses("#files .more a", "")
			p.Sees("#details h2", "countdown.txt")
			p.Shoot("details")
			p.Presses("#details .deeds a", "Share")
			p.Types("#add input[name=email]", "bo@acme.example")
			p.Chooses("#add select[name=role]", "Editor")
			p.Shoot("share")
			p.Presses("#add button", "Send")
			p.Sees("#people", "Bo Lindqvist")
			p.Shoot("shared")

			bo := e.as("bo")
			found, err := bo.drive.Files.List().Q("name = 'countdown.txt'").Fields("files(id,capabilities(canEdit))").Do()
			must(t, err)
			want(t, "files that bo sees", len(found.Files), 1)
			want(t, "bo may edit", found.Files[0].Capabilities.CanEdit, true)

			p.Goes(e.url + "/drive/search?q=weather")
			p.Sees("#files", "countdown.txt")
			p.Shoot("search")
			p.Presses("#files .name a", "countdown.txt")
			p.Sees("pre", "fuel, wind, weather")
			p.Shoot("preview")

			p.Goes(e.url + "/drive/search?q=weather&sel=" + found.Files[0].Id)
			p.Presses("#details .deeds button", "Move to trash")
			p.Sees("#said-ok", "Moved to trash")
			p.Goes(e.url + "/drive/trash")
			p.Sees("#files", "countdown.txt")
			p.Shoot("trash")
			p.Presses("#files .more a", "")
			p.Presses("#details .deeds button", "Restore")
			p.Sees("#said-ok", "Restored")
			p.Goes(e.url + "/drive/recent")
			p.Sees("#files", "countdown.txt")
			p.Presses("[data-view=grid]", "")
			p.Sees(".grid", "countdown.txt")
			p.Shoot("grid")
			p.Quiet()
		})
	}
}

// drop is the script of somebody who drops a file on the page.
func drop(name, kind, text string) string {
	return `(() => { const d = new DataTransfer(); d.items.add(new File([` + quote(text) + `], ` + quote(name) + `, {type: ` + quote(kind) + `}));
		for (const k of ["dragenter", "dragover", "drop"]) document.getElementById("main").dispatchEvent(new DragEvent(k, {bubbles: true, cancelable: true, dataTransfer: d})); })()`
}

func quote(s string) string { return `"` + s + `"` }
