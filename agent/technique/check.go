package technique

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	c := &cobra.Command{Use: "check", Short: "Checks of other commands"}
	c.AddCommand(&cobra.Command{
		Use:   "expect-fail -- COMMAND [ARG…]",
		Short: "Run a command that must fail, such as tests of what is not built yet; exits with 1 when it succeeds, 2 when it cannot be run",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cmd := exec.CommandContext(c.Context(), args[0], args[1:]...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr()
			err := cmd.Run()
			var exit *exec.ExitError
			switch {
			case err == nil:
				return not("%s succeeds: it proves nothing yet", strings.Join(args, " "))
			case !errors.As(err, &exit), exit.ExitCode() < 0, exit.ExitCode() == 126, exit.ExitCode() == 127:
				return fmt.Errorf("%s did not run: %w", strings.Join(args, " "), err)
			}
			fmt.Fprintf(c.OutOrStdout(), "fails as it must: %v\n", err)
			return nil
		},
	})
	return c
}

// result is what a program said to an input.
type result struct {
	out  string
	code int
}

// play runs a shell command in a directory with an input, for a minute at most.
func play(ctx context.Context, dir, command string, input []byte, args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", command + ` "$@"`, "sh"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(input)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return result{}, fmt.Errorf("%s in %s: not done after a minute", command, dir)
	case err != nil && !errors.As(err, &exit):
		return result{}, err
	case exit != nil && (exit.ExitCode() == 126 || exit.ExitCode() == 127):
		return result{}, fmt.Errorf("%s in %s did not run: %s", command, dir, strings.TrimSpace(complaint.String()))
	}
	return result{string(out), cmd.ProcessState.ExitCode()}, nil
}

func differentialCommand() *cobra.Command {
	var upstream, ours, corpus, command string
	c := &cobra.Command{
		Use:   "differential",
		Short: "Put every file of a corpus to two programs and compare what they print and how they exit; exits with 1 when they differ",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			files, err := filepath.Glob(filepath.Join(corpus, "*"))
			if err != nil {
				return err
			}
			files = slices.DeleteFunc(files, func(f string) bool { st, err := os.Stat(f); return err != nil || st.IsDir() })
			if len(files) == 0 {
				return fmt.Errorf("%s has no files to compare on", corpus)
			}
			differ := 0
			for _, file := range files {
				input, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				theirs, err := play(c.Context(), upstream, command, input, filepath.Base(file))
				if err != nil {
					return err
				}
				own, err := play(c.Context(), ours, command, input, filepath.Base(file))
				if err != nil {
					return err
				}
				if theirs != own {
					differ++
					fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", filepath.Base(file), difference(theirs, own))
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "%d of %d alike\n", len(files)-differ, len(files))
			if err := tell(map[string]any{"differential.cases": len(files), "differential.differing": differ}); err != nil {
				return err
			}
			if differ > 0 {
				return not("%d of %d inputs are answered differently", differ, len(files))
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&upstream, "upstream", "upstream", "the directory of the program that is right")
	f.StringVar(&ours, "ours", ".", "the directory of the program that must do the same")
	f.StringVar(&corpus, "corpus", "corpus", "a directory of inputs")
	f.StringVar(&command, "command", "sh ./differential.sh", "what answers an input: it reads it from standard input, and gets its name as argument")
	return c
}

// difference says where two results part.
func difference(theirs, own result) string {
	if theirs.out == own.out {
		return fmt.Sprintf("exits with %d, should with %d", own.code, theirs.code)
	}
	a, b := strings.Split(theirs.out, "\n"), strings.Split(own.out, "\n")
	for i := 0; ; i++ {
		switch {
		case i == len(a):
			return fmt.Sprintf("line %d: %q is too much", i+1, b[i])
		case i == len(b):
			return fmt.Sprintf("line %d: %q is missing", i+1, a[i])
		case a[i] != b[i]:
			return fmt.Sprintf("line %d: %q, should be %q", i+1, b[i], a[i])
		}
	}
}
