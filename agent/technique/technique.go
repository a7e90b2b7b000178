// Package technique has the commands that the pipelines of agent/pipelines call between their models' turns: what can be
// decided by code is.
package technique

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// ErrNot is in the error of a command that found that something is not so; the program then exits with 1.
var ErrNot = errors.New("no")

func not(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNot, fmt.Sprintf(format, args...))
}

// Commands are all of them; models are those that pyramid map asks.
func Commands(models Models) []*cobra.Command {
	return []*cobra.Command{intentCommand(), ledgerCommand(), checkCommand(), differentialCommand(), pyramidCommand(models), geneCommand(), satisfactionCommand()}
}

// tell leaves context keys for the pipeline's next conditions, when a pipeline's stage has called.
func tell(keys map[string]any) error {
	dir := os.Getenv("ATTRACTOR_STAGE_DIR")
	if dir == "" {
		return nil
	}
	b, err := json.Marshal(map[string]any{"context_updates": keys})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "status.json"), b, 0o644)
}

// replace writes a file in one step.
func replace(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
