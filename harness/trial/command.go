package trial

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Command is a Subject that is a program. It is started for each trial in a temporary directory, in a process group of its own,
// with the twins' variables and PATH for an environment. It reads lines of JSON: {"user":"…"} is what the person says. It writes
// {"say":"…"} for each answer, and {"done":true} when it has no more to say until the person speaks again. A line that says
// "ack":true is answered by {"heard":true}. Its input ends when the conversation does.
type Command struct {
	Args []string
	Once bool                               // a program that is given what the person says as its last argument, and prints its answer
	Wrap func(*exec.Cmd) (*exec.Cmd, error) // puts it into a sandbox; nil is none
	Keep []string                           // variables of our own environment that it is given too
}

// Name implements [Subject].
func (c *Command) Name() string { return strings.Join(c.Args, " ") }

// Meet implements [Subject].
func (c *Command) Meet(ctx context.Context, s Session) (Conversation, error) {
	dir, err := os.MkdirTemp("", "twinset-subject-")
	if err != nil {
		return nil, err
	}
	p := &process{c: c, dir: dir, env: c.environment(s.Env, dir)}
	if c.Once {
		return p, nil
	}
	if err := p.start(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

func (c *Command) environment(env map[string]string, dir string) []string {
	list := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	for _, k := range c.Keep {
		if v, ok := os.LookupEnv(k); ok {
			list = append(list, k+"="+v)
		}
	}
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return list
}

// command is the program with some more arguments, which the end of ctx kills with all that it has started.
func (p *process) command(ctx context.Context, more ...string) (*exec.Cmd, error) {
	program := p.c.Args[0]
	if strings.ContainsRune(program, filepath.Separator) { // it is named from where we are, and runs elsewhere
		var err error
		if program, err = filepath.Abs(program); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, program, append(p.c.Args[1:len(p.c.Args):len(p.c.Args)], more...)...)
	cmd.Dir, cmd.Env, cmd.Stderr = p.dir, p.env, &p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	if p.c.Wrap != nil {
		return p.c.Wrap(cmd)
	}
	return cmd, nil
}

type process struct {
	c      *Command
	dir    string
	env    []string
	stderr tail

	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan line
	over  chan struct{} // closed when the program has ended and all that it complained of is here
}

type line struct {
	Say  *string `json:"say"`
	Done bool    `json:"done"`
	Ack  bool    `json:"ack"`
}

func (p *process) start(ctx context.Context) (err error) {
	if p.cmd, err = p.command(ctx); err != nil {
		return err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.lines, p.over = make(chan line), make(chan struct{})
	go func() {
		defer func() {
			close(p.lines)
			p.cmd.Wait()
			close(p.over)
		}()
		sc := bufio.NewScanner(out)
		sc.Buffer(nil, maxAnswer)
		for sc.Scan() {
			var l line
			if json.Unmarshal(sc.Bytes(), &l) != nil { // a program that just talks
				text := sc.Text()
				l.Say = &text
			}
			select {
			case p.lines <- l:
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// maxAnswer bounds what a subject may say at once.
const maxAnswer = 1 << 20

func (p *process) Hear(ctx context.Context, words string, say func(string)) error {
	if p.c.Once {
		cmd, err := p.command(ctx, words)
		if err != nil {
			return err
		}
		out, err := cmd.Output()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if text := strings.TrimSpace(string(out)); text != "" {
			say(text)
		}
		return p.crashed(err)
	}
	if err := p.send(map[string]string{"user": words}); err != nil {
		return p.crashed(err)
	}
	for {
		select {
		case l, more := <-p.lines:
			switch {
			case !more:
				p.wait(time.Second)
				return p.crashed(errors.New("it ended before the conversation did"))
			case l.Say != nil:
				say(*l.Say)
				if l.Ack {
					p.send(map[string]bool{"heard": true})
				}
			}
			if l.Done {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *process) send(v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = p.stdin.Write(append(b, '\n'))
	}
	return err
}

// crashed adds what the program last complained of.
func (p *process) crashed(err error) error {
	if err == nil {
		return nil
	}
	if said := p.stderr.String(); said != "" {
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// wait gives the program a moment to end.
func (p *process) wait(moment time.Duration) {
	select {
	case <-p.over:
	case <-time.After(moment):
	}
}

// Close ends the program's input and gives it a moment to end by itself.
func (p *process) Close() error {
	defer os.RemoveAll(p.dir)
	if p.cmd == nil {
		return nil
	}
	p.stdin.Close()
	go func() {
		for range p.lines {
		}
	}()
	p.wait(2 * time.Second)
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // whatever it has left behind
	return nil
}

// A tail keeps the end of what a program complains of.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > 2000 {
		t.b = slices.Clone(t.b[len(t.b)-2000:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// A URL is a Subject that is a service: each thing the person says is posted as {"conversation","text","env"}, env with the first
// alone, and answered by {"text"}.
type URL string

// Name implements [Subject].
func (u URL) Name() string { return string(u) }

// Meet implements [Subject].
func (u URL) Meet(_ context.Context, s Session) (Conversation, error) {
	return &visit{url: string(u), id: rand.Text(), env: s.Env}, nil
}

type visit struct {
	url string
	id  string
	env map[string]string // until it has been told
}

func (v *visit) Hear(ctx context.Context, words string, say func(string)) error {
	in := map[string]any{"conversation": v.id, "text": words}
	if v.env != nil {
		in["env"] = v.env
	}
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s: %.200s", res.Status, b)
	}
	var out struct{ Text string }
	if err := json.Unmarshal(b, &out); err != nil {
		return fmt.Errorf("its answer is not {\"text\"}: %w", err)
	}
	v.env = nil
	if out.Text != "" {
		say(out.Text)
	}
	return nil
}

func (v *visit) Close() error { return nil }
