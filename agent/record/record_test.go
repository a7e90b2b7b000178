package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/agent/cxdb"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func openStore(t *testing.T) *cxdb.Store {
	t.Helper()
	s, err := cxdb.Open(t.TempDir(), cxdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func usd(f float64) *float64 { return &f }

// story returns the records of a context, one word each.
func story(t *testing.T, p *cxdb.Space, id uint64) string {
	t.Helper()
	turns, err := p.Typed(context.Background(), id, 0, 1000)
	ok(t, err)
	var words []string
	for _, turn := range turns {
		var any struct {
			Kind, Node, Name, ID string
			Attempt              int
		}
		ok(t, json.Unmarshal(turn.Data, &any))
		word := strings.TrimPrefix(turn.TypeID, "factory.")
		switch word {
		case "Event":
			word = fmt.Sprint(any.Kind, ":", any.Node, any.Attempt)
		case "LLMCall":
			word = any.ID
		case "ToolCall":
			word = any.Name
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// TestTypesRoundTrip fills every field of every type, writes it and reads the same.
func TestTypesRoundTrip(t *testing.T) {
	ctx, s := context.Background(), openStore(t)
	p := s.Everything()
	run, err := Begin(ctx, p, RunStarted{Run: "r", Pipeline: "p"})
	ok(t, err)
	for _, r := range records {
		v := reflect.New(reflect.TypeOf(r)).Elem()
		fill(v, 1)
		ok(t, run.Put(ctx, v.Interface().(Record)))
		turns, err := p.Last(ctx, run.Ref().Context, 1)
		ok(t, err)
		var got any
		ok(t, p.ScanTyped(ctx, turns[0].ID-1, []string{r.kind()}, func(typed cxdb.Typed) error {
			back := reflect.New(v.Type())
			err := json.Unmarshal(typed.Data, back.Interface())
			got = back.Elem().Interface()
			return err
		}))
		if !reflect.DeepEqual(got, v.Interface()) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", r.kind(), got, v.Interface())
		}
	}
}

func fill(v reflect.Value, n int) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
			if f.Elem().Kind() == reflect.Struct {
				fill(f.Elem(), n)
			} else {
				f.Elem().SetFloat(.25)
			}
		case reflect.Struct:
			fill(f, n)
		case reflect.String:
			f.SetString(fmt.Sprint("text ", i))
		case reflect.Int64:
			f.SetInt(int64(1<<40 + i))
		case reflect.Float64:
			f.SetFloat(float64(i) + .5)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"a", "b"}))
		}
	}
}

func TestRetriesAndBranchesAreForks(t *testing.T) {
	ctx, s := context.Background(), openStore(t)
	p := s.Everything()
	run, err := Begin(ctx, p, RunStarted{Run: "r1", Pipeline: "factory_loop", Started: At(start)})
	ok(t, err)
	first := run.Ref().Context
	seq := int64(0)
	event := func(kind, node, branch string, attempt int64, status string) {
		t.Helper()
		seq++
		ok(t, run.Event(ctx, Event{Seq: seq, Time: At(start), Kind: kind, Node: node, Branch: branch, Visit: 1, Attempt: attempt,
			Status: status, Use: "code", WillRetry: status == "fail" && attempt == 1, AssignedBy: "random", Ms: 10}))
	}
	call := func(id, stage string, cost *float64) {
		t.Helper()
		ok(t, run.Call(ctx, LLMCall{ID: id, Stage: stage, Requested: "m", Provider: "p", In: 10, Out: 5, USD: cost, BadArgs: 1}))
	}
	event("stage_started", "code", "", 1, "")
	call("c1", "code", usd(.5))
	event("stage_failed", "code", "", 1, "fail")
	event("stage_started", "code", "", 2, "")
	call("c2", "code", nil)
	ok(t, run.Tool(ctx, ToolCall{ID: "t1", Stage: "code", Name: "edit_file", IsError: true}, []byte("no match")))
	ok(t, run.Say(ctx, Message{Stage: "code", Kind: "loop_detection", Text: "again"}))
	event("stage_completed", "code", "", 2, "success")
	retried := run.Ref().Context
	event("stage_started", "fan", "", 1, "")
	event("stage_started", "a", "fan/a", 1, "")
	event("stage_started", "b", "fan/b", 1, "")
	call("c3", "b", usd(.25))
	event("stage_completed", "a", "fan/a", 1, "success")
	event("stage_completed", "b", "fan/b", 1, "fail")
	event("stage_completed", "fan", "", 1, "success")
	ok(t, run.Finish(ctx, RunFinished{Status: "success", Ended: At(start)}))

	contexts := map[uint64]string{}
	ok(t, p.Contexts(ctx, func(c cxdb.Context) bool { contexts[c.ID] = story(t, p, c.ID); return true }))
	want := map[uint64]string{
		first:   "RunStarted stage_started:code1 c1 stage_failed:code1 StageFinished",
		retried: "RunStarted Forked stage_started:code2 c2 edit_file Message stage_completed:code2 StageFinished stage_started:fan1 stage_completed:fan1 StageFinished Spend RunFinished",
		3:       "RunStarted Forked stage_started:code2 c2 edit_file Message stage_completed:code2 StageFinished stage_started:fan1 Forked stage_started:a1 stage_completed:a1 StageFinished",
		4:       "RunStarted Forked stage_started:code2 c2 edit_file Message stage_completed:code2 StageFinished stage_started:fan1 Forked stage_started:b1 c3 stage_completed:b1 StageFinished",
	}
	if !reflect.DeepEqual(contexts, want) {
		t.Errorf("got\n%v\nwant\n%v", contexts, want)
	}
	if c, err := p.Context(ctx, first); err != nil || c.Title != "factory_loop" || c.Labels[0] != "run:r1" {
		t.Error(c, err)
	}

	for id, title := range map[uint64]string{retried: "factory_loop: attempt 2 at code", 3: "factory_loop: branch fan/a"} {
		if c, err := p.Context(ctx, id); err != nil || c.Title != title {
			t.Error(c, err)
		}
	}
	if again, err := Resume(ctx, p, "r1", first); err != nil || again.Ref() != run.Ref() || again.title != "factory_loop" {
		t.Error("resumed elsewhere than on the main line: ", again, err)
	}

	// Shared history is written once: nothing counts double.
	calls, err := All[LLMCall](ctx, p)
	ok(t, err)
	if len(calls) != 3 || calls[1].USD != nil || *calls[2].USD != .25 {
		t.Errorf("%+v", calls)
	}
	stages, err := All[StageFinished](ctx, p)
	ok(t, err)
	got := stages[1]
	wantStage := StageFinished{Run: "r1", Node: "code", Use: "code", Provider: "p", Model: "m", Visit: 1, Attempt: 2, Outcome: "success",
		Loops: 1, EditsFailed: 1, BadArgs: 1, Calls: 1, Tokens: 15, Unpriced: 15, Ms: 10, Ended: At(start), Smoothness: "struggled",
		Experiment: &Experiment{ID: "code", Arm: "m", AssignedBy: "random"}}
	if !reflect.DeepEqual(got, wantStage) {
		t.Errorf("got  %+v\nwant %+v", got, wantStage)
	}
	if s := stages[0]; s.USD != .5 || s.Smoothness != "failed" || !s.WillRetry || s.Calls != 1 {
		t.Errorf("%+v", s)
	}
	if spent, err := All[Spend](ctx, p); err != nil || len(spent) != 1 || spent[0].USD != .75 || spent[0].Unpriced != 15 || spent[0].Calls != 3 {
		t.Errorf("%+v %v", spent, err)
	}
}

// TestToldTwice resumes a run whose last events were told, and perhaps written, before.
func TestToldTwice(t *testing.T) {
	ctx, s := context.Background(), openStore(t)
	p := s.Everything()
	run, err := Begin(ctx, p, RunStarted{Run: "r", Pipeline: "p"})
	ok(t, err)
	e := Event{Seq: 1, Kind: "stage_started", Node: "a", Attempt: 1}
	ok(t, run.Event(ctx, e), run.Call(ctx, LLMCall{ID: "c"}))
	again, err := Resume(ctx, p, "r", run.Ref().Context)
	ok(t, err)
	ok(t, again.Event(ctx, e), again.Call(ctx, LLMCall{ID: "c"}))
	if got := story(t, p, run.Ref().Context); got != "RunStarted stage_started:a1 c" {
		t.Error(got)
	}
	if _, err := Resume(ctx, p, "r", 99); !errors.Is(err, cxdb.ErrNotFound) {
		t.Error("a run without a context was resumed: ", err)
	}
	if other, err := Resume(ctx, p, `r" OR id > 0 AND tag = "`, run.Ref().Context); err != nil || other.Ref() != again.Ref() {
		t.Error("a run's name became a query: ", other, err)
	}
	if _, err := Begin(ctx, p, RunStarted{}); err == nil {
		t.Error("a run without an id was begun")
	}
}

// TestOverHTTP writes through the client with an agent's token, and finds the same as in process.
func TestOverHTTP(t *testing.T) {
	ctx, s := context.Background(), openStore(t)
	server := httptest.NewServer((&cxdb.Server{Store: s, Tokens: map[string]cxdb.Grant{"a": {Namespace: "agent"}, "h": {Namespace: "harness"}}}).Handler())
	defer server.Close()
	client := &cxdb.Client{URL: server.URL, Token: "a"}
	long := strings.Repeat("é", 3000)
	hashes := map[string]bool{}
	for name, store := range map[string]Store{"client": client, "space": s.Space("agent")} {
		run, err := Begin(ctx, store, RunStarted{Run: "r", Pipeline: "p", Started: At(start)})
		ok(t, err)
		ok(t, run.Say(ctx, Message{Kind: "user_input", Text: long}), run.Call(ctx, LLMCall{ID: "c", USD: usd(.1), Time: At(start)}),
			run.Tool(ctx, ToolCall{ID: "t", Name: "shell"}, []byte(long)))
		turns, err := s.Everything().Last(ctx, run.Ref().Context, 9)
		ok(t, err)
		var all []string
		for _, turn := range turns {
			all = append(all, turn.Hash.String())
		}
		hashes[strings.Join(all, " ")] = true
		if len(turns) != 4 || run.Ref().Head != turns[3].ID {
			t.Error(name, turns, run.Ref())
		}
	}
	if len(hashes) != 1 {
		t.Errorf("the two ways write different bytes: %v", hashes)
	}
	messages, err := All[Message](ctx, client)
	ok(t, err)
	if len(messages) != 2 || len(messages[0].Text) > textLimit || !strings.HasPrefix(long, messages[0].Text) {
		t.Errorf("%+v", messages)
	}
	h, err := cxdb.ParseHash(messages[0].Blob)
	ok(t, err)
	if b, err := client.Blob(ctx, h); err != nil || string(b) != long {
		t.Error(len(b), err)
	}
	if other, err := All[Message](ctx, &cxdb.Client{URL: server.URL, Token: "h"}); err != nil || len(other) != 0 {
		t.Error("the harness's token reads the agent's records: ", other, err)
	}
}

func TestConcurrentStages(t *testing.T) {
	ctx, s := context.Background(), openStore(t)
	run, err := Begin(ctx, s.Everything(), RunStarted{Run: "r", Pipeline: "p"})
	ok(t, err)
	var wg sync.WaitGroup
	for b := range 4 {
		wg.Go(func() {
			node := fmt.Sprint("n", b)
			for i := range 10 {
				seq := int64(b*100 + i*3)
				errs := []error{
					run.Event(ctx, Event{Seq: seq + 1, Kind: "stage_started", Node: node, Branch: "fan/" + node, Attempt: 1, Visit: int64(i + 1)}),
					run.Call(ctx, LLMCall{ID: fmt.Sprint(node, "-", i), Stage: node, USD: usd(1)}),
					run.Event(ctx, Event{Seq: seq + 2, Kind: "stage_completed", Node: node, Branch: "fan/" + node, Attempt: 1, Status: "success", Visit: int64(i + 1)}),
				}
				for _, err := range errs {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	stages, err := All[StageFinished](ctx, s.Everything())
	ok(t, err)
	if len(stages) != 40 {
		t.Fatal(len(stages))
	}
	for _, s := range stages {
		if s.USD != 1 || s.Calls != 1 {
			t.Errorf("%+v", s)
		}
	}
}
