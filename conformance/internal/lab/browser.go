package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser starts Chromium, or skips the test where there is none.
func Browser(t *testing.T) context.Context {
	t.Helper()
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && found == "" {
			found = path
		}
	}
	if found == "" {
		t.Skip("SKIPPED: no Chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	Must(t, chromedp.Do(ctx))
	return ctx
}

// Screens are the sizes of window that pages are looked at in.
var Screens = []struct {
	Name          string
	Width, Height int64
}{{"desktop", 1280, 800}, {"phone", 390, 844}}

// A Page is somebody's browser window. Whatever is to be seen or pressed in it is waited for, for at most 20 seconds; it
// is found by the page's own script each time, so that a page that renews itself meanwhile disturbs nothing.
type Page struct {
	T    *testing.T
	Ctx  context.Context
	Name string // whose it is

	mu       sync.Mutex
	messages []string // what the console says is wrong
}

// Open opens a window of a size in pixels, with cookies of its own.
func Open(t *testing.T, browser context.Context, name string, width, height int64) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &Page{T: t, Ctx: ctx, Name: name}
	said := chromedp.Console(ctx)
	go func() {
		for m, err := range said {
			if err != nil {
				return
			}
			if m.Type == "info" { // a remark, such as that a field had the keys before it could ask for them
				continue
			}
			p.mu.Lock()
			p.messages = append(p.messages, fmt.Sprintf("%v %s", m, m.URL))
			p.mu.Unlock()
		}
	}()
	p.do(chromedp.EmulateViewport(width, height))
	return p
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.T.Fatalf("%s: %v", p.Name, err)
	}
}

// Goes opens a URL.
func (p *Page) Goes(url string) { p.T.Helper(); p.do(chromedp.Navigate(url)) }

// Run runs a script in the page.
func (p *Page) Run(script string) { p.T.Helper(); p.do(chromedp.Evaluate[chromedp.Void](script)) }

// Until waits for a script to say true.
func (p *Page) Until(script string) {
	p.T.Helper()
	await(p, script, func(ok bool) bool { return ok })
}

// await returns a script's value once it is good.
func await[V any](p *Page, script string, good func(V) bool) V {
	p.T.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		if v, err := chromedp.Run(p.Ctx, chromedp.Evaluate[V](script)); err == nil && good(v) {
			return v
		}
	}
	p.Shoot("failed")
	body, _ := chromedp.Run(p.Ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	p.T.Fatalf("%s did not see within 20 s: %s\n%s", p.Name, script, body)
	panic("not reached")
}

// Sees waits for an element with a text in it.
func (p *Page) Sees(selector, text string) {
	p.T.Helper()
	p.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some(el => el.checkVisibility() && el.innerText.includes(%q))`, selector, text))
}

// Reads returns the text of an element.
func (p *Page) Reads(selector string) string {
	p.T.Helper()
	return await(p, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector), func(s string) bool { return s != "" })
}

// Listens waits until the page is told of what is new.
func (p *Page) Listens() { p.T.Helper(); p.Until(`document.body.dataset.live === "on"`) }

// Presses clicks the last element with just these words, or with any if they are "", with the mouse, once it has come to rest.
func (p *Page) Presses(selector, words string) {
	p.T.Helper()
	at := await(p, fmt.Sprintf(`(() => { const words = %q, b = [...document.querySelectorAll(%q)].filter(el => el.checkVisibility() && (!words || el.innerText.trim() === words)).pop(); if (!b) return [];
		const was = b.dataset.at, r = b.getBoundingClientRect(), now = [r.x + r.width / 2, r.y + r.height / 2];
		b.dataset.at = now; if (was === b.dataset.at && b.contains(document.elementFromPoint(...now))) return now;
		b.scrollIntoView({block: "center"}); return [] })()`, words, selector), func(at []float64) bool { return len(at) == 2 })
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// Types writes into a field with the keyboard, after what is in it; "\r" is Enter.
func (p *Page) Types(selector, text string) {
	p.T.Helper()
	p.Until(fmt.Sprintf(`(el => { if (!el?.checkVisibility() || document.readyState !== "complete") return false; el.focus(); return document.activeElement === el })(document.querySelector(%q))`, selector))
	p.do(chromedp.KeyEvent(text))
}

// Chooses picks the option of a list that begins with a text.
func (p *Page) Chooses(list, option string) {
	p.T.Helper()
	p.Until(fmt.Sprintf(`(s => { const o = [...s?.options ?? []].find(o => o.text.startsWith(%q)); if (o) s.value = o.value; return !!o })(document.querySelector(%q))`, option, list))
}

// Shoot keeps a picture of the page in the folder $SCREENSHOTS, and wants nothing to stick out of the page sideways.
func (p *Page) Shoot(name string) {
	p.T.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		dir = p.T.TempDir()
	}
	b, err := chromedp.Run(p.Ctx, chromedp.CaptureScreenshot())
	Must(p.T, err)
	Must(p.T, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s.png", strings.ReplaceAll(p.T.Name(), "/", "-"), name)), b, 0o644))
	over, err := chromedp.Run(p.Ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
	Must(p.T, err)
	if over > 0 {
		p.T.Errorf("%s: the page is %d pixels too wide at %s", p.Name, over, name)
	}
}

// Quiet wants nothing in the browser's console.
func (p *Page) Quiet() {
	p.T.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) > 0 {
		p.T.Errorf("%s's console: %s", p.Name, strings.Join(p.messages, "\n"))
	}
}
