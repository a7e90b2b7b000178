package attractor

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestRunPage answers a human gate in the page, at desktop and phone width, and sees the graph change.
func TestRunPage(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	s, err := NewServer(t.TempDir(), Options{Work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	defer web.Close()
	defer s.Close()
	src, err := os.ReadFile("testdata/human.dot")
	if err != nil {
		t.Fatal(err)
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox)...)
	defer stop()
	for name, size := range map[string][2]int64{"desktop": {1280, 860}, "phone": {390, 844}} {
		t.Run(name, func(t *testing.T) {
			res, err := http.Post(web.URL+"/pipelines", "text/plain", strings.NewReader(string(src)))
			if err != nil || res.StatusCode != http.StatusCreated {
				t.Fatal(res, err)
			}
			res.Body.Close()
			tab, closeTab := chromedp.NewContext(alloc)
			defer closeTab()
			tab, cancel := context.WithTimeout(tab, 40*time.Second)
			defer cancel()
			do := func(steps ...chromedp.Action[chromedp.Void]) {
				t.Helper()
				if err := chromedp.Do(tab, steps...); err != nil {
					t.Fatal(err)
				}
			}
			do(chromedp.EmulateViewport(size[0], size[1]),
				chromedp.Navigate(web.URL+"/runs/"+strings.TrimPrefix(res.Header.Get("Location"), "/pipelines/")),
				chromedp.WaitVisible(`[data-node=review_gate][data-state=asks]`),
				chromedp.WaitVisible(`#questions button`))
			picture(t, tab, name+"-asking.png")
			wide, err := chromedp.Run(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
			if err != nil {
				t.Fatal(err)
			}
			do(chromedp.Focus(`#questions button:nth-of-type(2)`),
				chromedp.KeyEvent("\r"), // [F] Fix, by keyboard
				chromedp.WaitVisible(`[data-node=fixes][data-state=success]`),
				chromedp.WaitVisible(`[data-node=review_gate][data-state=asks]`),
				chromedp.Click(`#questions button:nth-of-type(1)`),
				chromedp.WaitVisible(`#status.success`),
				chromedp.WaitVisible(`[data-node=exit][data-state=success]`),
				chromedp.WaitVisible(`[data-from=ship_it][data-to=exit][data-state=taken]`))
			picture(t, tab, name+"-done.png")
			events, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.getElementById('events').innerText`))
			if err != nil {
				t.Fatal(err)
			}
			if wide {
				t.Error("the page is wider than the window")
			}
			if !strings.Contains(events, "interview completed") || !strings.Contains(events, "pipeline completed") {
				t.Errorf("events: %s", events)
			}
		})
	}
}

// TestRunsPage starts a run from the list's form, is told what is wrong with one that cannot run, and finds the run in the list.
func TestRunsPage(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	s, err := NewServer(t.TempDir(), Options{Work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	defer web.Close()
	defer s.Close()
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox)...)
	defer stop()
	tab, closeTab := chromedp.NewContext(alloc)
	defer closeTab()
	tab, cancel := context.WithTimeout(tab, 40*time.Second)
	defer cancel()
	err = chromedp.Do(tab,
		chromedp.EmulateViewport(390, 844),
		chromedp.Navigate(web.URL+"/"),
		chromedp.WaitVisible(`#none`),
		chromedp.SendKeys(`textarea[name=dot]`, `digraph Try { s [shape=Mdiamond] e [shape=Msquare] lost [label=x] s -> e }`),
		chromedp.Click(`#submit button`),
		chromedp.WaitVisible(`#refused li:nth-of-type(2)`))
	if err != nil {
		t.Fatal(err)
	}
	picture(t, tab, "runs-refused.png")
	err = chromedp.Do(tab,
		chromedp.SetValue(`textarea[name=dot]`, `digraph Try { s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] s -> a -> e }`),
		chromedp.SendKeys(`input[name=goal]`, "a goal of its own\r"),
		chromedp.WaitVisible(`#status.success`),
		chromedp.Navigate(web.URL+"/"),
		chromedp.WaitVisible(`#runs .pill.success`))
	if err != nil {
		t.Fatal(err)
	}
	picture(t, tab, "runs.png")
	said, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.getElementById('runs').innerText + (document.documentElement.scrollWidth > innerWidth ? ' TOO WIDE' : '')`))
	if err != nil || !strings.Contains(said, "Try-1") || !strings.Contains(said, "a goal of its own") || strings.Contains(said, "TOO WIDE") {
		t.Errorf("%q, %v", said, err)
	}
}

// picture keeps what the tab shows, when SCREENSHOTS names a directory.
func picture(t *testing.T, tab context.Context, file string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, file), png, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}
