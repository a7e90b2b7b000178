package technique

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Ledger says what became of each upstream change, oldest first.
type Ledger struct {
	Changes []Change `json:"changes"`
}

// Change is one upstream commit.
type Change struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Date    string `json:"date"`  // RFC 3339
	State   string `json:"state"` // new, acknowledged or implemented
	Reason  string `json:"reason,omitempty"`
}

// openLedger reads the ledger and keeps others out until done; save writes it.
func openLedger(path string) (l *Ledger, save func() error, done func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, nil, err
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, nil, nil, err
	}
	done = func() { lock.Close() }
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		done()
		return nil, nil, nil, err
	}
	l = &Ledger{}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, l)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		done()
		return nil, nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	save = func() error {
		b, err := json.MarshalIndent(l, "", "  ")
		if err != nil {
			return err
		}
		return replace(path, append(b, '\n'))
	}
	return l, save, done, nil
}

// Learn adds the commits of an upstream repository that the ledger does not know, oldest first.
func (l *Ledger) Learn(upstream string) error {
	cmd := exec.Command("git", "-C", upstream, "log", "--first-parent", "--reverse", "--format=%H%x09%cI%x09%s")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("upstream %s: %w: %s", upstream, err, strings.TrimSpace(complaint.String()))
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.SplitN(line, "\t", 3)
		if len(f) == 3 && l.find(f[0]) == nil {
			l.Changes = append(l.Changes, Change{ID: f[0], Date: f[1], Subject: f[2], State: "new"})
		}
	}
	return nil
}

// Next is the oldest change that nobody has dealt with; nil when there is none.
func (l *Ledger) Next() *Change {
	for i := range l.Changes {
		if l.Changes[i].State == "new" {
			return &l.Changes[i]
		}
	}
	return nil
}

func (l *Ledger) find(id string) *Change {
	if i := slices.IndexFunc(l.Changes, func(c Change) bool { return c.ID == id }); i >= 0 {
		return &l.Changes[i]
	}
	return nil
}

// Set says what became of a change. Said again it changes nothing; what was implemented stays so.
func (l *Ledger) Set(id, state, reason string) error {
	c := l.find(id)
	switch {
	case c == nil:
		return fmt.Errorf("the ledger has no change %q", id)
	case c.State == state:
		return nil
	case c.State == "implemented":
		return fmt.Errorf("change %s is implemented", id)
	case state == "acknowledged" && strings.TrimSpace(reason) == "":
		return fmt.Errorf("change %s: say why it is only acknowledged", id)
	}
	c.State, c.Reason = state, strings.TrimSpace(reason)
	return nil
}

func ledgerCommand() *cobra.Command {
	var file string
	c := &cobra.Command{Use: "ledger", Short: "What became of each upstream change"}
	c.PersistentFlags().StringVar(&file, "file", ".factory/ledger.json", "where the ledger is kept")

	var upstream, format string
	next := &cobra.Command{
		Use:   "next",
		Short: "Print the oldest upstream change that nobody has dealt with; exits with 1 when there is none",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "env" && format != "json" {
				return fmt.Errorf("--format %s: env or json", format)
			}
			l, save, done, err := openLedger(file)
			if err != nil {
				return err
			}
			defer done()
			if err := l.Learn(upstream); err != nil {
				return err
			}
			if err := save(); err != nil {
				return err
			}
			ch := l.Next()
			if ch == nil {
				return not("all %d changes are dealt with", len(l.Changes))
			}
			if format == "json" {
				return json.NewEncoder(c.OutOrStdout()).Encode(ch)
			}
			for _, kv := range [][2]string{{"CHANGE_ID", ch.ID}, {"CHANGE_DATE", ch.Date}, {"CHANGE_SUBJECT", ch.Subject}, {"CHANGE_UPSTREAM", upstream}} {
				fmt.Fprintf(c.OutOrStdout(), "%s='%s'\n", kv[0], strings.ReplaceAll(kv[1], "'", `'\''`))
			}
			return nil
		},
	}
	next.Flags().StringVar(&upstream, "upstream", "upstream", "the upstream git repository")
	next.Flags().StringVar(&format, "format", "env", "env or json")

	var id, change, reasonFile string
	set := &cobra.Command{
		Use:       "set acknowledged|implemented",
		Short:     "Say what became of a change: of the one in --id, else of the one that ledger next wrote into --change",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"acknowledged", "implemented"},
		RunE: func(c *cobra.Command, args []string) error {
			if id == "" {
				var err error
				if id, err = changeID(change); err != nil {
					return err
				}
			}
			reason := ""
			if reasonFile != "" {
				b, err := os.ReadFile(reasonFile)
				if err != nil {
					return err
				}
				reason = string(b)
			}
			l, save, done, err := openLedger(file)
			if err != nil {
				return err
			}
			defer done()
			if err := l.Set(id, args[0], reason); err != nil {
				return err
			}
			return save()
		},
	}
	set.Flags().StringVar(&id, "id", "", "the change")
	set.Flags().StringVar(&change, "change", ".factory/change.env", "the file that ledger next --format env was written to")
	set.Flags().StringVar(&reasonFile, "reason-file", "", "a file that says why")
	c.AddCommand(next, set)
	return c
}

func changeID(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if v, ok := strings.CutPrefix(sc.Text(), "CHANGE_ID="); ok {
			return strings.Trim(v, "'"), nil
		}
	}
	return "", fmt.Errorf("%s names no CHANGE_ID", file)
}
