package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"twinset.dev/harness/holdout"
	"twinset.dev/harness/trial"
)

// A sandbox is what a subject that is a command is confined to.
type sandbox struct {
	always bool
	read   []string
	ports  []uint
}

func (s *sandbox) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.always, "confine", false, "confine the subject's command with open scenarios too")
	f.StringSliceVar(&s.read, "allow-read", nil, "`files` and directories that a confined subject may read besides its program")
	f.UintSliceVar(&s.ports, "allow-port", nil, "TCP `ports` that a confined subject may connect to besides the twins', such as a model's")
}

// A watch is on what confined subjects reach for; nil where nobody is confined.
type watch struct{ *holdout.Guard }

// confine has a subject that is a command run confined, where it plays sealed scenarios or is asked to be.
func (s *sandbox) confine(subject trial.Subject, sealed bool, warn io.Writer) (*watch, error) {
	c, ok := subject.(*trial.Command)
	if !sealed && !s.always {
		return &watch{}, nil
	}
	if !ok {
		if s.always {
			return nil, errors.New("--confine: only a subject that is a command can be confined")
		}
		return &watch{}, nil
	}
	var ports []uint16
	for _, p := range s.ports {
		if p > 65535 {
			return nil, fmt.Errorf("--allow-port: there is no port %d", p)
		}
		ports = append(ports, uint16(p))
	}
	g, err := holdout.NewGuard(s.read, ports, warn)
	if err != nil {
		return nil, err
	}
	c.Wrap = g.Wrap
	return &watch{g}, nil
}

// write puts down beside a run's records what was seen.
func (w *watch) write(run string) error {
	if w.Guard == nil {
		return nil
	}
	seen := w.Breaches()
	if len(seen) == 0 {
		return nil
	}
	b, err := json.MarshalIndent(seen, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(run, fileBreaches), append(b, '\n'), 0o644)
}

func (w *watch) close() {
	if w.Guard != nil {
		w.Close()
	}
}

// confinedCommand is what subjects are started by: see holdout.Confine.
func confinedCommand() *cobra.Command {
	return &cobra.Command{
		Use: holdout.ConfinedCommand + " BOX -- PROGRAM [ARG...]", Short: "Become a program that can reach nothing but a box", Hidden: true,
		DisableFlagParsing: true,
		RunE:               func(_ *cobra.Command, args []string) error { return holdout.Exec(args) },
	}
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
