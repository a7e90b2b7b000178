package slack

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"twinset.dev/conformance/internal/lab"
)

// open gives somebody a browser window and signs them in.
func (e *env) open(browser context.Context, name, fullName string, width, height int64) *lab.Page {
	e.t.Helper()
	p := lab.Open(e.t, browser, name, width, height)
	p.Goes(e.url + "/")
	p.Sees("#main h1", "Sign in to")
	p.Run(fmt.Sprintf(`[...document.querySelectorAll("ul.who button")].find(b => b.textContent.includes(%q)).click()`, fullName))
	p.Until(`location.pathname.includes("/client/T") && document.body.dataset.live === "on"`)
	return p
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
	for _, at := range lab.Screens {
		t.Run(at.Name, func(t *testing.T) {
			browser := lab.Browser(t)
			e := world(t)
			general := e.channel("general")
			launchBot(e, general)
			ana, bo := e.open(browser, "ana", "Ana Silva", at.Width, at.Height), e.open(browser, "bo", "Bo Lindqvist", at.Width, at.Height)
			ana.Shoot("home")
			who, err := e.user("ana").AuthTest()
			must(t, err)
			client := e.url + "/client/" + who.TeamID
			goes := func(p *lab.Page, url string) { p.Goes(url); p.Listens() }
			goes(ana, client+"/"+general)
			goes(bo, client+"/"+general)

			// Ana writes; Bo, who is looking, sees it without doing anything, and that he is meant.
			ana.Types("main textarea", "Morning @bo, *countdown* at noon :rocket:\r")
			ana.Sees(".line .text b", "countdown")
			bo.Sees(".line .mention.me", "@bo")
			ana.Until(`document.querySelector("main textarea").value === ""`)
			bo.Types("main textarea", "On it\r")
			ana.Sees(".line:last-child .author", "bo")

			// Bo reacts; Ana sees the count, joins in and takes her reaction back.
			thumbs := func(n int) string {
				return line("countdown") + fmt.Sprintf(`?.querySelector(".reactions")?.innerText.trim().endsWith("%d")`, n)
			}
			bo.Run(line("countdown") + `.querySelector(".quick").click()`)
			ana.Until(thumbs(1))
			ana.Run(line("countdown") + `.querySelector(".reactions button").click()`)
			bo.Until(thumbs(2))
			ana.Run(line("countdown") + `.querySelector(".reactions button").click()`)
			bo.Until(thumbs(1))

			// A thread is answered beside the channel, which counts it.
			ana.Run(`location.href = ` + line("On it") + `.querySelector('.tools a[href*="/thread/"]').href`)
			ana.Sees(".thread h2", "Thread")
			ana.Types("#reply-text", "Thanks\r")
			ana.Sees(".thread .line .text", "Thanks")
			bo.Sees(".replies", "1 reply")
			ana.Shoot("thread")
			goes(ana, client+"/"+general)

			// The bot asks; Ana presses its button and sees what it makes of that.
			_, _, err = e.bot().PostMessage(general, slack.MsgOptionText("Shall I count?", false), slack.MsgOptionBlocks(
				slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Shall I *count*?", false, false), nil, nil),
				slack.NewActionBlock("a", slack.NewButtonBlockElement("count", "yes", slack.NewTextBlockObject("plain_text", "Count", true, false)).WithStyle(slack.StylePrimary))))
			must(t, err)
			ana.Sees(".line .blocks", "Shall I count?")
			ana.Presses(".line .button", "Count")
			ana.Sees(".line .text", "Counted by ana")
			bo.Sees(".line .text", "Counted by ana")

			// Another opens a modal: a name that will not do is told beside its field, and what was written stays.
			_, _, err = e.bot().PostMessage(general, slack.MsgOptionText("Plan one?", false), slack.MsgOptionBlocks(
				slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "Plan a launch?", false, false), nil, slack.NewAccessory(slack.NewButtonBlockElement("plan", "p", slack.NewTextBlockObject("plain_text", "Plan it", true, false))))))
			must(t, err)
			ana.Sees(".line .blocks", "Plan a launch?")
			ana.Presses(".line .button", "Plan it")
			ana.Sees("dialog.modal h2", "Plan a launch")
			ana.Presses("dialog .foot .button", "Plan")
			ana.Sees("dialog .fault", "required")
			ana.Types(`dialog input[type=text]`, "Big Falcon")
			ana.Run(`document.querySelectorAll("dialog input[type=radio]")[1].click()`)
			ana.Presses("dialog .foot .button", "Plan")
			ana.Sees("dialog .fault", "There is a space in it")
			ana.Until(`document.querySelector("dialog input[type=text]").value === "Big Falcon" && document.querySelectorAll("dialog input[type=radio]")[1].checked`)
			ana.Shoot("modal")
			ana.Run(`document.querySelector("dialog input[type=text]").value = ""`)
			ana.Types(`dialog input[type=text]`, "Falcon")
			ana.Presses("dialog .foot .button", "Plan")
			ana.Until(`!document.querySelector("dialog")`)
			ana.Sees(".line .text", "Falcon flies with a crew of two")
			bo.Sees(".line .text", "Falcon flies with a crew of two")
			ana.Shoot("channel")

			// A message that Ana takes back is gone for Bo too.
			bo.Types("main textarea", "A slip\r")
			ana.Sees(".line .text", "A slip")
			bo.Run(`window.confirm = () => true; ` + line("A slip") + `.querySelector("button.bad").click()`)
			ana.Until(`![...document.querySelectorAll(".line .text")].some(el => el.innerText.includes("A slip"))`)

			ana.Quiet()
			bo.Quiet()
		})
	}
}
