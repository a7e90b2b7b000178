package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/plane"
)

// A process is a `twinset up` on this machine, as it has noted itself in a file.
type process struct {
	PID     int       `json:"pid"`
	URL     string    `json:"url"`
	Started time.Time `json:"started"`
	Log     string    `json:"log,omitempty"` // where one in the background writes

	file string
}

// notesDir is where running twins note themselves, for this user alone.
func notesDir() (string, error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "twinset-"+strconv.Itoa(os.Getuid()))
	} else {
		dir = filepath.Join(dir, "twinset")
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// note writes down that this process serves at url, and returns what takes the note away.
func note(url string) (remove func(), err error) {
	dir, err := notesDir()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, strconv.Itoa(os.Getpid())+".json")
	b, err := json.Marshal(process{PID: os.Getpid(), URL: url, Started: time.Now(), Log: os.Getenv(logVariable)})
	if err != nil {
		return nil, err
	}
	return func() { os.Remove(file) }, os.WriteFile(file, b, 0o600)
}

// running returns the processes that are alive, oldest first, and takes away the notes of those that are not.
func running() ([]process, error) {
	dir, err := notesDir()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []process
	for _, file := range files {
		var p process
		b, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(b, &p) != nil || p.PID <= 0 || syscall.Kill(p.PID, 0) != nil {
			os.Remove(file)
			continue
		}
		p.file = file
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b process) int { return a.Started.Compare(b.Started) })
	return all, nil
}

// health is what a control plane says of itself.
type health struct {
	Status  string `json:"status"`
	Service string `json:"service"`
	Version string `json:"version"`
}

// answers asks the process how it is.
func (p process) answers(ctx context.Context) (h health, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return h, (&plane.Client{URL: p.URL}).Call(ctx, http.MethodGet, "/_twin/health", nil, &h)
}

// logVariable tells a process that it is in the background already, and where what it writes goes.
const logVariable = "TWINSET_LOG"

// detach starts this program with the same arguments in the background, and returns when it answers.
func detach(cmd *cobra.Command) error {
	dir, err := notesDir()
	if err != nil {
		return err
	}
	log, err := os.CreateTemp(dir, "up-*.log")
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, os.Args[1:]...)
	child.Env = append(os.Environ(), logVariable+"="+log.Name())
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-tick.C:
		case <-ended:
			said, _ := os.ReadFile(log.Name())
			return fmt.Errorf("it ended at once: %s", strings.TrimSpace(string(said)))
		case <-cmd.Context().Done():
			return cmd.Context().Err()
		}
		all, err := running()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(p process) bool { return p.PID == child.Process.Pid }) {
			said, err := os.ReadFile(log.Name())
			fmt.Fprint(cmd.OutOrStdout(), string(said))
			return err
		}
	}
}

func downCommand() *cobra.Command {
	var url string
	c := &cobra.Command{
		Use: "down", Short: "Stop the twins that were started on this machine", Example: "  twinset down\n  twinset down --url http://127.0.0.1:8000", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := running()
			if err != nil {
				return err
			}
			stopped := 0
			for _, p := range all {
				if url != "" && p.URL != strings.TrimSuffix(url, "/") {
					continue
				}
				if h, err := p.answers(c.Context()); err != nil || h.Service != "twinset" {
					return fmt.Errorf("process %d does not answer at %s: it is not stopped", p.PID, p.URL)
				}
				if err := p.stop(c.Context()); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "stopped %s\n", p.URL)
				stopped++
			}
			if stopped == 0 {
				return unmet{errors.New("no twins were started by `twinset up` on this machine")}
			}
			return nil
		},
	}
	c.Flags().StringVar(&url, "url", "", "stop those whose suite is here; all of them if empty")
	return c
}

// stop asks the process to end, and waits until it has.
func (p process) stop(ctx context.Context) error {
	if err := syscall.Kill(p.PID, syscall.SIGTERM); err != nil {
		return err
	}
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		if errors.Is(syscall.Kill(p.PID, 0), syscall.ESRCH) {
			os.Remove(p.file)
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A standing is how one twin stands.
type standing struct {
	Service string         `json:"service"`
	URL     string         `json:"url"`
	Totals  map[string]int `json:"totals"`
}

func statusCommand(p *remote) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say which twins run, where, and how far each is twinned", Example: "  twinset status\n  twinset status --json", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var h health
			if err := p.Call(c.Context(), http.MethodGet, "/_twin/health", nil, &h); errors.Is(err, plane.ErrGone) {
				return unmet{err}
			} else if err != nil {
				return err
			}
			var manifest struct {
				standing
				Twins []standing `json:"twins"`
			}
			if err := p.Call(c.Context(), http.MethodGet, "/_twin/manifest", nil, &manifest); err != nil {
				return err
			}
			var worlds struct {
				Worlds []worldLine `json:"worlds"`
			}
			if err := p.Call(c.Context(), http.MethodGet, "/_twin/worlds", nil, &worlds); err != nil {
				return err
			}
			if manifest.Twins == nil {
				manifest.Twins = []standing{manifest.standing}
			}
			out := struct {
				health
				URL    string      `json:"url"`
				Twins  []standing  `json:"twins"`
				Worlds []worldLine `json:"worlds"`
			}{h, p.URL, manifest.Twins, worlds.Worlds}
			return show(c, out, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "%s is %s at %s, %d worlds\n\nTWIN\tFULL\tPARTIAL\tABSENT\tURL\n", h.Service, h.Status, p.URL, len(worlds.Worlds))
				for _, s := range out.Twins {
					fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", s.Service, s.Totals["full"], s.Totals["partial"], s.Totals["shape"]+s.Totals["none"], s.URL)
				}
			})
		},
	}
}
