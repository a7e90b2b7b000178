package cxdb

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestPageInBrowser signs in, finds a context, opens a turn, looks at its bytes, forks from it and sees a turn arrive.
func TestPageInBrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	ctx, s := context.Background(), open(t)
	if _, err := s.PutBundle(ctx, []byte(bundle)); err != nil {
		t.Fatal(err)
	}
	p := s.Space("team")
	c := must(p.Create(ctx, 0))(t)
	must(p.Append(ctx, c.ID, Append{TypeID: "free.Start", TypeVersion: 1, Payload: encode(mapping{{uint64(30), mapping{{uint64(2), "<b>The bug</b>"}}}})}))(t)
	must(p.AppendJSON(ctx, c.ID, Append{TypeID: "test.All", TypeVersion: 1}, []byte(`{"text": "first words", "big": 9007199254740993}`)))(t)
	must(p.Create(ctx, 0))(t)
	web := httptest.NewServer((&Server{Store: s, Tokens: map[string]Grant{"team-token": {Namespace: "team"}}}).Handler())
	defer web.Close()
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox)...)
	defer stop()
	for name, size := range map[string][2]int64{"desktop": {1280, 860}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			tab, closeTab := chromedp.NewContext(alloc)
			defer closeTab()
			tab, cancel := context.WithTimeout(tab, 40*time.Second)
			defer cancel()
			do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				if err := chromedp.Do(tab, steps...); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
			do("sign in", chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(web.URL), chromedp.WaitVisible("#token"),
				chromedp.SendKeys("#token", "team-token\r"), chromedp.WaitVisible("#contexts li"))
			do("search", chromedp.SendKeys("#query", "parent = 0 AND title ^= \"<b>\"\r"), chromedp.WaitVisible("#contexts li:only-child a"),
				chromedp.Click("#contexts a"), chromedp.WaitVisible("#turn-2 summary"))
			do("open a turn", chromedp.Click("#turn-2 summary"), chromedp.WaitVisible("#turn-2 pre"))
			read := func(selector string) string {
				t.Helper()
				text, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector('`+selector+`').textContent`))
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			if got := read("#title") + read("#turn-2 pre"); !strings.Contains(got, "<b>The bug</b>") || !strings.Contains(got, `"9007199254740993"`) {
				t.Error(got)
			}
			do("raw", chromedp.Click("[data-view=raw]"), chromedp.Poll[chromedp.Void](`document.querySelector('#turn-2 pre').textContent.includes('first words')`))
			do("fork", chromedp.Click("#turn-2 .acts button"), chromedp.Poll[chromedp.Void](`document.querySelector('#facts').textContent.includes('fork of 1 at turn 2')`),
				chromedp.WaitVisible("#turn-2 .forks"))
			newest := uint64(0)
			if err := p.Contexts(ctx, func(x Context) bool { newest = x.ID; return false }); err != nil {
				t.Fatal(err)
			}
			must(p.Append(ctx, newest, say("just now")))(t)
			do("live", chromedp.Poll[chromedp.Void](`[...document.querySelectorAll('#turns .gist')].some(g => g.textContent.includes('just now'))`))
			wide, err := chromedp.Run(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
			if err != nil || wide {
				t.Error("the page is wider than the window: ", err)
			}
			if problem := read("#problem"); problem != "" {
				t.Error(problem)
			}
		})
	}
}
