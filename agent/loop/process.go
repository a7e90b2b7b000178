package loop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	grace   = 2 * time.Second // between asking processes to end and ending them
	kept    = 32 << 20        // bytes of a command's output; the rest is counted only
	settle  = 10 * time.Millisecond
	drained = time.Second // for the last output of what escaped the process group
)

// run starts a program in a process group of its own and ends with the whole group: at the timeout or when ctx ends it is asked
// to stop and, after the grace, killed. When the program ends by itself, what it left running is killed at once.
func run(ctx context.Context, argv []string, dir string, env []string, c Command) (Result, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stdout, stderr capped
	out, err := collect(&cmd.Stdout, &stdout)
	if err != nil {
		return Result{}, err
	}
	errs, err := collect(&cmd.Stderr, &stderr)
	if err != nil {
		out()
		return Result{}, err
	}
	if c.Stdin != "" {
		cmd.Stdin = strings.NewReader(c.Stdin)
		cmd.WaitDelay = settle // a program need not read it
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		out()
		errs()
		return Result{}, err
	}
	var ended error
	over := make(chan struct{})
	go func() {
		ended = cmd.Wait()
		close(over)
	}()

	var timeout <-chan time.Time
	if c.Timeout > 0 {
		t := time.NewTimer(c.Timeout)
		defer t.Stop()
		timeout = t.C
	}
	var r Result
	group := cmd.Process.Pid
	select {
	case <-over:
	case <-timeout:
		r.TimedOut = true
		terminate(group)
	case <-ctx.Done():
		terminate(group)
	}
	syscall.Kill(-group, syscall.SIGKILL)
	<-over
	out()
	errs()
	r.Took, r.Exit = time.Since(start), cmd.ProcessState.ExitCode()
	r.Stdout, r.Stderr = stdout.String(), stderr.String()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return r, ctx.Err()
	case ended == nil, errors.As(ended, &failed), errors.Is(ended, exec.ErrWaitDelay):
		return r, nil
	}
	return r, ended
}

// terminate has a process group end by itself, and waits for that as long as the grace.
func terminate(group int) {
	syscall.Kill(-group, syscall.SIGTERM)
	for end := time.Now().Add(grace); time.Now().Before(end) && syscall.Kill(-group, 0) == nil; {
		time.Sleep(settle)
	}
}

// collect gives a program a pipe to write to; done closes it and waits until all is read. A pipe of our own, because exec's
// would have Wait wait for every process that holds it.
func collect(to *io.Writer, into io.Writer) (done func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	*to = w
	var read sync.WaitGroup
	read.Go(func() { io.Copy(into, r) })
	return func() {
		w.Close()
		r.SetReadDeadline(time.Now().Add(drained))
		read.Wait()
		r.Close()
	}, nil
}

// A capped keeps the beginning of what is written and counts the rest.
type capped struct {
	buf  bytes.Buffer
	more int
}

func (t *capped) Write(p []byte) (int, error) {
	n := min(len(p), kept-t.buf.Len())
	t.buf.Write(p[:n])
	t.more += len(p) - n
	return len(p), nil
}

func (t *capped) String() string {
	if t.more == 0 {
		return t.buf.String()
	}
	return fmt.Sprintf("%s\n[%d more bytes were not kept]\n", t.buf.String(), t.more)
}
