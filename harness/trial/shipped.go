package trial

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"twinset.dev/harness/scenario"
)

// Null is the subject that politely does nothing.
type Null struct{}

// Name implements [Subject].
func (Null) Name() string { return "null" }

// Meet implements [Subject].
func (Null) Meet(context.Context, Session) (Conversation, error) {
	return meeting{f: func(context.Context, Session, string, func(string)) error { return nil }}, nil
}

// Lazy is the subject that says it is done, and has done nothing.
type Lazy struct{}

// Name implements [Subject].
func (Lazy) Name() string { return "lazy" }

// Meet implements [Subject].
func (Lazy) Meet(context.Context, Session) (Conversation, error) {
	return meeting{f: func(_ context.Context, _ Session, _ string, say func(string)) error {
		say("Done. Everything you asked for has been taken care of.")
		return nil
	}}, nil
}

// Flaky is the subject that does what a scenario wants with probability P, and is lazy otherwise. The trial's seed decides.
type Flaky struct {
	P    float64
	Seed uint64
}

// Name implements [Subject].
func (f Flaky) Name() string { return fmt.Sprintf("flaky:%g:%d", f.P, f.Seed) }

// Meet implements [Subject].
func (f Flaky) Meet(ctx context.Context, s Session) (Conversation, error) {
	if rand.New(rand.NewPCG(f.Seed, s.Seed)).Float64() < f.P {
		return Reference{}.Meet(ctx, s)
	}
	return Lazy{}.Meet(ctx, s)
}

// Hardcoder is the subject that was fitted to the scenarios it could see: it knows them by the first thing the person says, and is
// lazy in all others.
type Hardcoder struct{ known map[string]*Script }

// NewHardcoder returns one that knows the open and dev scenarios among those given.
func NewHardcoder(known []*scenario.Scenario) (*Hardcoder, error) {
	h := &Hardcoder{map[string]*Script{}}
	for _, s := range known {
		if s.Pool != scenario.Open && s.Pool != scenario.Dev {
			continue
		}
		script, err := ReadScript(ScriptOf(s.Path))
		if err != nil {
			return nil, err
		}
		h.known[firstWords(s)] = script
	}
	return h, nil
}

func firstWords(s *scenario.Scenario) string {
	for _, st := range s.Steps {
		if len(st.Say) > 0 {
			return st.Say[0]
		}
	}
	return ""
}

// Name implements [Subject].
func (*Hardcoder) Name() string { return "hardcoder" }

// Meet implements [Subject].
func (h *Hardcoder) Meet(ctx context.Context, s Session) (Conversation, error) {
	return &recalling{h: h, s: s}, nil
}

type recalling struct {
	h *Hardcoder
	s Session
	Conversation
}

func (r *recalling) Hear(ctx context.Context, words string, say func(string)) (err error) {
	if r.Conversation == nil {
		if script := r.h.known[words]; script != nil {
			r.Conversation, err = Reference{Script: script}.Meet(ctx, r.s)
		} else {
			r.Conversation, err = Lazy{}.Meet(ctx, r.s)
		}
		if err != nil {
			return err
		}
	}
	return r.Conversation.Hear(ctx, words, say)
}

func (*recalling) Close() error { return nil }

// ParseSubject reads what a subject is called on a command line: one that the harness ships (reference, null, lazy, flaky:P,
// flaky:P:SEED, hardcoder:FOLDER), a URL, container:IMAGE, once:COMMAND, or else a command.
func ParseSubject(src string) (Subject, error) {
	kind, arg, _ := strings.Cut(src, ":")
	switch kind {
	case "reference":
		return Reference{}, nil
	case "null":
		return Null{}, nil
	case "lazy":
		return Lazy{}, nil
	case "flaky":
		p, seed, _ := strings.Cut(arg, ":")
		f := Flaky{}
		var err error
		if f.P, err = strconv.ParseFloat(p, 64); err != nil || f.P < 0 || f.P > 1 {
			return nil, fmt.Errorf("flaky:%s: say with which probability it is good, as in flaky:0.8", arg)
		}
		if seed != "" {
			if f.Seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
				return nil, fmt.Errorf("flaky:%s: the seed is a number", arg)
			}
		}
		return f, nil
	case "hardcoder":
		known, err := scenario.ReadAll(arg)
		if err != nil {
			return nil, err
		}
		return NewHardcoder(known)
	case "http", "https":
		return URL(src), nil
	case "container":
		return Container(arg)
	case "once":
		return command(arg, true)
	}
	return command(src, false)
}

func command(src string, once bool) (Subject, error) {
	args := strings.Fields(src)
	if len(args) == 0 {
		return nil, fmt.Errorf("say which command the subject is")
	}
	return &Command{Args: args, Once: once}, nil
}

// Serve lets a subject of Go speak the protocol of a [Command].
func Serve(ctx context.Context, subject Subject, s Session, in io.Reader, out io.Writer) error {
	conv, err := subject.Meet(ctx, s)
	if err != nil {
		return err
	}
	defer conv.Close()
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, maxAnswer)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for sc.Scan() {
		var l struct{ User *string }
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil || l.User == nil {
			return fmt.Errorf("a line of the input is {\"user\":\"…\"}, not %.80q", sc.Text())
		}
		err := conv.Hear(ctx, *l.User, func(words string) {
			enc.Encode(map[string]any{"say": words, "ack": true})
			sc.Scan() // heard
		})
		if err != nil {
			return err
		}
		if err := enc.Encode(map[string]bool{"done": true}); err != nil {
			return err
		}
	}
	return sc.Err()
}
