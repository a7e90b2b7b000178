package slack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"twinset.dev/conformance/internal/lab"
)

// A person is somebody with a browser of their own.
type person struct {
	t    *testing.T
	e    *env
	ctx  context.Context
	name string
	dir  string // where screenshots go

	mu       sync.Mutex
	messages []string // what their browser's console says is wrong
}

// open gives somebody a browser window and signs them in.
func (e *env) open(browser context.Context, name, fullName string, width, height int64) *person {
	e.t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	e.t.Cleanup(cancel)
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		dir = e.t.TempDir()
	}
	p := &person{t: e.t, e: e, ctx: ctx, name: name, dir: dir}
	said := chromedp.Console(ctx)
	go func() {
		for m, err := range said {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.messages = append(p.messages, fmt.Sprintf("%v %s", m, m.URL))
			p.mu.Unlock()
		}
	}()
	p.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(e.url+"/"))
	p.sees("#main h1", "Sign in to")
	p.run(fmt.Sprintf(`[...document.querySelectorAll("ul.who button")].find(b => b.textContent.includes(%q)).click()`, fullName))
	p.until(`location.pathname.includes("/client/T") && document.body.dataset.live === "on"`)
	return p
}

func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// run runs a script in the page.
func (p *person) run(script string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](script))
}

// until waits for a script to say true.
func (p *person) until(script string) {
	p.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for time.Now().Before(end) {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](script))
		if err == nil && ok {
			return
		}
		time.Sleep(15 * time.Millisecond)
	}
	p.shoot("failed")
	body, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	p.t.Fatalf("%s did not see within 20 s: %s\n%s", p.name, script, body)
}

// sees waits for an element with a text in it.
func (p *person) sees(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some(el => el.checkVisibility() && el.innerText.includes(%q))`, selector, text))
}

// goes opens a page of the client.
func (p *person) goes(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.e.url + path))
	p.until(`document.body.dataset.live === "on"`)
}

// presses clicks a button by its words, with the mouse, once it has come to rest.
func (p *person) presses(selector, words string) {
	p.t.Helper()
	find := fmt.Sprintf(`(() => { const b = [...document.querySelectorAll(%q)].filter(el => el.checkVisibility() && el.innerText.trim() === %q).pop(); if (!b) return [];
		const was = b.dataset.at, r = b.getBoundingClientRect(), now = [r.x + r.width / 2, r.y + r.height / 2];
		b.dataset.at = now; if (was === b.dataset.at && b.contains(document.elementFromPoint(...now))) return now;
		b.scrollIntoView({block: "center"}); return [] })()`, selector, words)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		at, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]float64](find))
		must(p.t, err)
		if len(at) == 2 {
			p.do(chromedp.MouseClickXY(at[0], at[1]))
			return
		}
	}
	p.shoot("failed")
	p.t.Fatalf("%s found no button %q to press", p.name, words)
}

// types writes into a field with the keyboard.
func (p *person) types(selector, text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// shoot keeps a picture of the page, and wants nothing to stick out of it sideways.
func (p *person) shoot(name string) {
	p.t.Helper()
	b, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	must(p.t, err)
	must(p.t, os.WriteFile(filepath.Join(p.dir, fmt.Sprintf("%s-%s.png", strings.ReplaceAll(p.t.Name(), "/", "-"), name)), b, 0o644))
	over, err := chromedp.Run(p.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
	must(p.t, err)
	if over > 0 {
		p.t.Errorf("%s: the page is %d pixels too wide at %s", p.name, over, name)
	}
}

// quiet wants nothing in the browser's console.
func (p *person) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) > 0 {
		p.t.Errorf("%s's console: %s", p.name, strings.Join(p.messages, "\n"))
	}
}

// line is the message with a text in it, in the page's script.
func line(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(".line")].find(l => l.innerText.includes(%q))`, text)
}

// launchBot listens on its socket: a button of its message opens a modal, whose submission changes the message.
func launchBot(e *env, channel string) {
	e.act("configure_app", map[string]any{"socket_mode": true}, nil)
	api := e.bot()
	client := socketmode.New(api)
	ctx, cancel := context.WithCancel(e.t.Context())
	done := make(chan struct{})
	e.t.Cleanup(func() { cancel(); <-done })
	go func() { defer close(done); client.RunContext(ctx) }()
	connected := make(chan bool, 1)
	plain := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, true, false) }
	ts := ""
	go func() {
		for ev := range client.Events {
			if ev.Type == socketmode.EventTypeConnected {
				select {
				case connected <- true:
				default:
				}
			}
			in, ok := ev.Data.(slack.InteractionCallback)
			if !ok || ev.Request == nil {
				continue
			}
			switch in.Type {
			case slack.InteractionTypeBlockActions:
				client.Ack(*ev.Request)
				switch in.ActionCallback.BlockActions[0].ActionID {
				case "count":
					api.UpdateMessageContext(ctx, channel, in.Message.Timestamp, slack.MsgOptionText("Counted by "+in.User.Name, false))
				case "plan":
					ts = in.Message.Timestamp
					name := slack.NewPlainTextInputBlockElement(plain("Falcon"), "name")
					crew := slack.NewRadioButtonsBlockElement("crew", slack.NewOptionBlockObject("one", plain("One"), nil), slack.NewOptionBlockObject("two", plain("Two :astronaut:"), nil))
					when := slack.NewDatePickerBlockElement("when")
					whenBlock := slack.NewInputBlock("when", plain("When"), nil, when)
					whenBlock.Optional = true
					api.OpenViewContext(ctx, in.TriggerID, slack.ModalViewRequest{Type: "modal", Title: plain("Plan a launch"), Submit: plain("Plan"), Close: plain("Cancel"), CallbackID: "plan",
						Blocks: slack.Blocks{BlockSet: []slack.Block{
							slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Every launch needs a *name* and a crew.", false, false), nil, nil),
							slack.NewInputBlock("name", plain("Name"), plain("Without spaces"), name), slack.NewInputBlock("crew", plain("Crew"), nil, crew), whenBlock,
						}}})
				}
			case slack.InteractionTypeViewSubmission:
				name := in.View.State.Values["name"]["name"].Value
				if strings.Contains(name, " ") {
					client.Ack(*ev.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"name": "There is a space in it"}))
					continue
				}
				client.Ack(*ev.Request)
				api.UpdateMessageContext(ctx, channel, ts, slack.MsgOptionText(fmt.Sprintf("%s flies with a crew of %s, says <@%s>", name, in.View.State.Values["crew"]["crew"].SelectedOption.Value, in.User.ID), false))
			}
		}
	}()
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		e.t.Fatal("the bot did not get its socket within 10 s")
	}
}

// TestBrowser is a morning in the workspace: two people at their browsers, and a bot.
func TestBrowser(t *testing.T) {
	for _, at := range []struct {
		name          string
		width, height int64
	}{{"desktop", 1280, 800}, {"phone", 390, 844}} {
		t.Run(at.name, func(t *testing.T) {
			browser := lab.Browser(t)
			e := world(t)
			general := e.channel("general")
			launchBot(e, general)
			ana, bo := e.open(browser, "ana", "Ana Silva", at.width, at.height), e.open(browser, "bo", "Bo Lindqvist", at.width, at.height)
			ana.shoot("home")
			who, err := e.user("ana").AuthTest()
			must(t, err)
			client := "/client/" + who.TeamID
			ana.goes(client + "/" + general)
			bo.goes(client + "/" + general)

			// Ana writes; Bo, who is looking, sees it without doing anything, and that he is meant.
			ana.types("main textarea", "Morning @bo, *countdown* at noon :rocket:\r")
			ana.sees(".line .text b", "countdown")
			bo.sees(".line .mention.me", "@bo")
			ana.until(`document.querySelector("main textarea").value === ""`)
			bo.types("main textarea", "On it\r")
			ana.sees(".line:last-child .author", "bo")

			// Bo reacts; Ana sees the count, joins in and takes her reaction back.
			thumbs := func(n int) string {
				return line("countdown") + fmt.Sprintf(`?.querySelector(".reactions")?.innerText.trim().endsWith("%d")`, n)
			}
			bo.run(line("countdown") + `.querySelector(".quick").click()`)
			ana.until(thumbs(1))
			ana.run(line("countdown") + `.querySelector(".reactions button").click()`)
			bo.until(thumbs(2))
			ana.run(line("countdown") + `.querySelector(".reactions button").click()`)
			bo.until(thumbs(1))

			// A thread is answered beside the channel, which counts it.
			ana.run(`location.href = ` + line("On it") + `.querySelector('.tools a[href*="/thread/"]').href`)
			ana.sees(".thread h2", "Thread")
			ana.types("#reply-text", "Thanks\r")
			ana.sees(".thread .line .text", "Thanks")
			bo.sees(".replies", "1 reply")
			ana.shoot("thread")
			ana.goes(client + "/" + general)

			// The bot asks; Ana presses its button and sees what it makes of that.
			_, _, err = e.bot().PostMessage(general, slack.MsgOptionText("Shall I count?", false), slack.MsgOptionBlocks(
				slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Shall I *count*?", false, false), nil, nil),
				slack.NewActionBlock("a", slack.NewButtonBlockElement("count", "yes", slack.NewTextBlockObject("plain_text", "Count", true, false)).WithStyle(slack.StylePrimary))))
			must(t, err)
			ana.sees(".line .blocks", "Shall I count?")
			ana.presses(".line .button", "Count")
			ana.sees(".line .text", "Counted by ana")
			bo.sees(".line .text", "Counted by ana")

			// Another opens a modal: a name that will not do is told beside its field, and what was written stays.
			_, _, err = e.bot().PostMessage(general, slack.MsgOptionText("Plan one?", false), slack.MsgOptionBlocks(
				slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Plan a launch?", false, false), nil, slack.NewAccessory(slack.NewButtonBlockElement("plan", "p", slack.NewTextBlockObject("plain_text", "Plan it", true, false))))))
			must(t, err)
			ana.sees(".line .blocks", "Plan a launch?")
			ana.presses(".line .button", "Plan it")
			ana.sees("dialog.modal h2", "Plan a launch")
			ana.presses("dialog .foot .button", "Plan")
			ana.sees("dialog .fault", "required")
			ana.types(`dialog input[type=text]`, "Big Falcon")
			ana.run(`document.querySelectorAll("dialog input[type=radio]")[1].click()`)
			ana.presses("dialog .foot .button", "Plan")
			ana.sees("dialog .fault", "There is a space in it")
			ana.until(`document.querySelector("dialog input[type=text]").value === "Big Falcon" && document.querySelectorAll("dialog input[type=radio]")[1].checked`)
			ana.shoot("modal")
			ana.run(`document.querySelector("dialog input[type=text]").value = ""`)
			ana.types(`dialog input[type=text]`, "Falcon")
			ana.presses("dialog .foot .button", "Plan")
			ana.until(`!document.querySelector("dialog")`)
			ana.sees(".line .text", "Falcon flies with a crew of two")
			bo.sees(".line .text", "Falcon flies with a crew of two")
			ana.shoot("channel")

			// A message that Ana takes back is gone for Bo too.
			bo.types("main textarea", "A slip\r")
			ana.sees(".line .text", "A slip")
			bo.run(`window.confirm = () => true; ` + line("A slip") + `.querySelector("button.bad").click()`)
			ana.until(`![...document.querySelectorAll(".line .text")].some(el => el.innerText.includes("A slip"))`)

			ana.quiet()
			bo.quiet()
		})
	}
}
