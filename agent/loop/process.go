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
	"syscall"
	"time"
)

const (
	grace   = 2 * time.Second       // between asking processes to end and killing them
	kept    = 32 << 20              // bytes of a command's output; of the rest only the number
	drained = time.Second           // for the last output of what has escaped the process group
	unread  = 10 * time.Millisecond // for input that a program has not read when it ends
)

// run starts a program in a process group of its own and ends with the whole group. At the timeout, or when ctx ends, the group is
// asked to stop; it is killed after the grace, or when the program has ended and nobody holds its output any more.
func run(ctx context.Context, argv []string, dir string, env []string, c Command) (Result, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.Stdin != "" {
		cmd.Stdin = strings.NewReader(c.Stdin)
		cmd.WaitDelay = unread
	}
	stdout, stderr := &output{}, &output{}
	for _, o := range []*output{stdout, stderr} {
		if err := o.open(); err != nil {
			return Result{}, err
		}
		defer o.r.Close()
		defer o.w.Close()
	}
	cmd.Stdout, cmd.Stderr = stdout.w, stderr.w
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return Result{}, err
	}
	stdout.collect()
	stderr.collect()
	var ended error
	over, silent := make(chan struct{}), make(chan struct{})
	go func() {
		ended = cmd.Wait()
		close(over)
		<-stdout.done
		<-stderr.done
		close(silent)
	}()

	var timeout <-chan time.Time
	if c.Timeout > 0 {
		timeout = time.After(c.Timeout)
	}
	var r Result
	select {
	case <-over:
	case <-timeout:
		r.TimedOut = true
	case <-ctx.Done():
	}
	group := cmd.Process.Pid
	if r.TimedOut || ctx.Err() != nil {
		syscall.Kill(-group, syscall.SIGTERM)
		select {
		case <-silent:
		case <-time.After(grace):
		}
	}
	syscall.Kill(-group, syscall.SIGKILL)
	<-over
	r.Stdout, r.Stderr = stdout.String(), stderr.String()
	r.Took, r.Exit = time.Since(start), cmd.ProcessState.ExitCode()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return r, ctx.Err()
	case ended == nil, errors.As(ended, &failed), errors.Is(ended, exec.ErrWaitDelay):
		return r, nil
	}
	return r, ended
}

// An output is what a program writes to a pipe of ours: exec's own would have Wait wait for every process that holds it. It keeps
// the beginning and counts the rest.
type output struct {
	r, w *os.File
	done chan struct{} // closed when nobody writes any more
	buf  bytes.Buffer
	more int
}

func (o *output) open() (err error) {
	o.r, o.w, err = os.Pipe()
	o.done = make(chan struct{})
	return err
}

// collect reads the pipe, now that the program has the other end.
func (o *output) collect() {
	o.w.Close()
	go func() {
		io.Copy(o, o.r)
		close(o.done)
	}()
}

func (o *output) Write(p []byte) (int, error) {
	n := min(len(p), kept-o.buf.Len())
	o.buf.Write(p[:n])
	o.more += len(p) - n
	return len(p), nil
}

// String is what was written, once the group is dead.
func (o *output) String() string {
	o.r.SetReadDeadline(time.Now().Add(drained))
	<-o.done
	if o.more == 0 {
		return o.buf.String()
	}
	return fmt.Sprintf("%s\n[%d more bytes were not kept]\n", o.buf.String(), o.more)
}
