package attractor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ask puts a question, keeps its time limit and tells of it.
func (e *Engine) ask(ctx context.Context, s *Stage, q Question) (Answer, error) {
	e.mu.Lock()
	e.asked++
	q.ID = fmt.Sprintf("%s-%d", s.Node.ID, e.asked)
	e.mu.Unlock()
	q.Stage = s.Node.ID
	began := e.Clock.Now()
	s.Emit(Event{Kind: InterviewStarted, Question: &q})
	askCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if q.Timeout > 0 {
		late := e.Clock.After(q.Timeout)
		go func() {
			select {
			case <-late:
				cancel(errTimeout)
			case <-askCtx.Done():
			}
		}()
	}
	a, err := e.Interviewer.Ask(askCtx, q)
	took := e.Clock.Now().Sub(began)
	switch {
	case ctx.Err() != nil:
		return Answer{}, context.Cause(ctx)
	case context.Cause(askCtx) == errTimeout, err == nil && a.Value == Timeout:
		s.Emit(Event{Kind: InterviewTimeout, Question: &q, Duration: took})
		if q.Default != nil {
			return *q.Default, nil
		}
		return Answer{Value: Timeout}, nil
	case err != nil:
		return Answer{}, err
	}
	s.Emit(Event{Kind: InterviewCompleted, Question: &q, Answer: &a, Duration: took})
	return a, nil
}

// choice is a way on from a human gate.
type choice struct {
	Option
	to string
}

// choicesOf are the ways on, each with a key of its own: the label's accelerator, or a number when that is taken.
func choicesOf(g *Graph, n *Node) []choice {
	var out []choice
	taken := map[string]bool{}
	for i, e := range g.Out(n.ID) {
		label := or(e.Label(), e.To)
		k := acceleratorKey(label)
		if taken[k] {
			k = strconv.Itoa(i + 1)
		}
		taken[k] = true
		out = append(out, choice{Option{k, label}, e.To})
	}
	return out
}

// waitHuman lets a person choose one of the edges.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#46-wait-for-human-handler
func waitHuman(ctx context.Context, s *Stage) (*Outcome, error) {
	choices := choicesOf(s.Graph, s.Node)
	if len(choices) == 0 {
		return Failed(Terminal, "no edge leaves the human gate"), nil
	}
	q := Question{Text: s.Node.Label(), Type: MultipleChoice, Timeout: s.Node.Attrs.Duration("human.timeout", s.Node.Attrs.Duration("timeout", 0))}
	for _, c := range choices {
		q.Options = append(q.Options, c.Option)
	}
	// An answer that is no choice is asked for again: taking any would let a typing error approve.
	for range 3 {
		a, err := s.Ask(ctx, q)
		if err != nil {
			return nil, err
		}
		if a.Value == Timeout {
			if a = (Answer{Value: s.Node.Attrs["human.default_choice"]}); a.Value == "" {
				return &Outcome{Status: Retry, FailureReason: "nobody answered in time, and there is no default"}, nil
			}
		}
		if a.Value == Skip {
			return Failed("", "the question was skipped"), nil
		}
		for _, c := range choices {
			if c.means(a) {
				return &Outcome{Status: Success, PreferredLabel: c.Label, SuggestedNext: []string{c.to}, Notes: "chosen: " + c.Label,
					Updates: map[string]any{"human.gate.selected": c.Key, "human.gate.label": c.Label}}, nil
			}
		}
	}
	return Failed("", "the question was skipped: no answer was one of the choices"), nil
}

// means says whether an answer is this choice: by its option, key, label or node.
func (c choice) means(a Answer) bool {
	if a.Option != nil {
		return *a.Option == c.Option
	}
	said := strings.TrimSpace(or(a.Value, a.Text))
	return said != "" && (strings.EqualFold(said, c.Key) || normalizeLabel(said) == normalizeLabel(c.Label) || said == c.to)
}

// Fits says why an answer does not answer the question; nil when it does.
func (q Question) Fits(a Answer) error {
	said := strings.ToLower(strings.TrimSpace(or(a.Value, a.Text)))
	switch q.Type {
	case YesNo, Confirmation:
		if said != Yes && said != No {
			return fmt.Errorf("%q is neither yes nor no", said)
		}
	case MultipleChoice:
		if !slices.ContainsFunc(q.Options, func(o Option) bool { return choice{o, ""}.means(a) }) {
			return fmt.Errorf("%q is none of the choices", said)
		}
	case Freeform:
		if said == "" {
			return errors.New("the answer is empty")
		}
	}
	return nil
}

// AutoApprove says yes, and takes the first choice.
type AutoApprove struct{}

// Ask answers at once.
func (AutoApprove) Ask(_ context.Context, q Question) (Answer, error) {
	switch {
	case q.Type == YesNo, q.Type == Confirmation:
		return Answer{Value: Yes}, nil
	case q.Type == MultipleChoice && len(q.Options) > 0:
		return Answer{Value: q.Options[0].Key, Option: &q.Options[0]}, nil
	}
	return Answer{Value: "auto-approved", Text: "auto-approved"}, nil
}

// Callback is an interviewer that is one function.
type Callback func(context.Context, Question) (Answer, error)

// Ask calls it.
func (f Callback) Ask(ctx context.Context, q Question) (Answer, error) { return f(ctx, q) }

// Queue gives prepared answers in order, and skips when there are no more. It is safe for concurrent use.
type Queue struct {
	mu      sync.Mutex
	Answers []Answer
}

// Ask takes the next answer.
func (i *Queue) Ask(context.Context, Question) (Answer, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.Answers) == 0 {
		return Answer{Value: Skip}, nil
	}
	a := i.Answers[0]
	i.Answers = i.Answers[1:]
	return a, nil
}

// Recording keeps what another interviewer was asked and answered.
type Recording struct {
	Inner Interviewer
	mu    sync.Mutex
	pairs []Interview
}

// Interview is a question with its answer.
type Interview struct {
	Question Question
	Answer   Answer
}

// Ask asks the inner interviewer.
func (r *Recording) Ask(ctx context.Context, q Question) (Answer, error) {
	a, err := r.Inner.Ask(ctx, q)
	if err == nil {
		r.mu.Lock()
		r.pairs = append(r.pairs, Interview{q, a})
		r.mu.Unlock()
	}
	return a, err
}

// Interviews are the pairs so far.
func (r *Recording) Interviews() []Interview {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.pairs)
}

// Console asks in a terminal. One reader serves all questions, so that an answer typed too late is not lost to the next
// question's reader; questions of parallel branches wait for each other.
type Console struct {
	in    io.Reader
	out   io.Writer
	turn  sync.Mutex
	once  sync.Once
	lines chan string
}

// NewConsole asks on out and reads lines from in.
func NewConsole(in io.Reader, out io.Writer) *Console {
	return &Console{in: in, out: out, lines: make(chan string)}
}

func (c *Console) read() {
	go func() {
		sc := bufio.NewScanner(c.in)
		for sc.Scan() {
			c.lines <- sc.Text()
		}
		close(c.lines)
	}()
}

// Ask shows the question and waits for an answer that fits; the end of the input skips.
func (c *Console) Ask(ctx context.Context, q Question) (Answer, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.once.Do(c.read)
	fmt.Fprintf(c.out, "[?] %s\n", q.Text)
	prompt := "> "
	switch q.Type {
	case MultipleChoice:
		for _, o := range q.Options {
			fmt.Fprintf(c.out, "  [%s] %s\n", o.Key, o.Label)
		}
		prompt = "Select: "
	case YesNo, Confirmation:
		prompt = "[Y/N]: "
	}
	for {
		fmt.Fprint(c.out, prompt)
		select {
		case <-ctx.Done():
			fmt.Fprintln(c.out)
			return Answer{}, ctx.Err()
		case line, ok := <-c.lines:
			if !ok {
				return Answer{Value: Skip}, nil
			}
			a := answerOf(q, line)
			err := q.Fits(a)
			if err == nil {
				return a, nil
			}
			fmt.Fprintf(c.out, "%v\n", err)
		}
	}
}

// answerOf reads a typed line.
func answerOf(q Question, line string) Answer {
	line = strings.TrimSpace(line)
	switch q.Type {
	case YesNo, Confirmation:
		switch strings.ToLower(line) {
		case "y", "yes":
			return Answer{Value: Yes}
		case "n", "no":
			return Answer{Value: No}
		}
	case MultipleChoice:
		for i, o := range q.Options {
			if (choice{o, ""}).means(Answer{Value: line}) {
				return Answer{Value: o.Key, Option: &q.Options[i]}
			}
		}
	case Freeform:
		return Answer{Text: line}
	}
	return Answer{Value: line}
}
