package holdout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Box is all that a confined process can reach: the system's directories to read, its own to write, and some ports.
type Box struct {
	Own   []string `json:"own"`            // directories it may write
	Read  []string `json:"read,omitempty"` // files and directories it may read besides the system's
	Ports []uint16 `json:"ports"`          // it may connect to, over TCP
}

// system is what programs need in order to run at all. Neither /proc nor /tmp is among it, nor anybody's home.
var system = []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr", "/opt", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf",
	"/etc/ld.so.conf.d", "/etc/ssl", "/etc/ca-certificates", "/etc/pki", "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf",
	"/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/services", "/etc/protocols", "/etc/mime.types",
	"/etc/gai.conf", "/etc/python3", "/etc/os-release", "/etc/fonts"}

// A Guard confines the subjects of a run, and lays bait for those that look for scenarios all the same.
type Guard struct {
	Read  []string // what the subject is made of, besides its program
	Ports []uint16 // that subjects may connect to, besides those of the addresses in their environment
	bait  *bait
}

// NewGuard lays the bait and says on warn what this kernel cannot do.
func NewGuard(read []string, ports []uint16, warn io.Writer) (*Guard, error) {
	if lack := Lacking(); lack != "" {
		fmt.Fprintf(warn, "\nWARNING: %s\nA subject that looks for sealed scenarios is kept from them by their seal alone.\n\n", lack)
	}
	b, err := layBait()
	if err != nil {
		return nil, err
	}
	return &Guard{read, ports, b}, nil
}

// Wrap has cmd run confined to its directory and to the ports of the addresses in its environment: it is started by this very
// program, which gives up everything else first. It fits trial.Command's Wrap.
func (g *Guard) Wrap(cmd *exec.Cmd) (*exec.Cmd, error) {
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	if cmd.Dir == "" {
		return nil, errors.New("holdout: a subject needs a directory of its own")
	}
	path, err := filepath.Abs(cmd.Path)
	if err != nil {
		return nil, err
	}
	box := Box{Own: []string{cmd.Dir}, Read: append([]string{path, g.bait.dir}, g.Read...), Ports: slices.Clone(g.Ports)}
	box.Ports = append(box.Ports, ports(cmd.Env)...)
	cmd.Env = append(slices.DeleteFunc(slices.Clone(cmd.Env), func(v string) bool { return strings.HasPrefix(v, "TWINSET_") }),
		PlaceVariable+"="+g.bait.dir)
	return cmd, Confine(cmd, box)
}

// Breaches says whether a subject took the bait.
func (g *Guard) Breaches() []Breach { return g.bait.taken() }

// Close takes the bait away.
func (g *Guard) Close() error { return g.bait.close() }

// ConfinedCommand is the name of the command that Confine starts this program with.
const ConfinedCommand = "confined"

// Confine has cmd start by way of this program, which must have a command [ConfinedCommand] that calls [Exec] with its arguments.
func Confine(cmd *exec.Cmd, box Box) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	spec, err := json.Marshal(box)
	if err != nil {
		return err
	}
	cmd.Args = append([]string{self, ConfinedCommand, string(spec), "--", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = self
	return nil
}

// Exec gives up all but what the box holds, for good, and becomes the program of the arguments: BOX -- PROGRAM ARGS…
func Exec(args []string) error {
	if len(args) < 3 || args[1] != "--" {
		return fmt.Errorf("usage: %s BOX -- PROGRAM [ARG...]", ConfinedCommand)
	}
	var box Box
	if err := json.Unmarshal([]byte(args[0]), &box); err != nil {
		return fmt.Errorf("holdout: the box: %w", err)
	}
	return box.become(args[2:])
}

// ports are those of the addresses in an environment that are on this machine, or on any other.
func ports(env []string) (out []uint16) {
	for _, v := range env {
		_, value, _ := strings.Cut(v, "=")
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t\n\"',", r) }) {
			u, err := url.Parse(word)
			if err != nil || u.Host == "" {
				continue
			}
			_, port, err := net.SplitHostPort(u.Host)
			if err != nil {
				port = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443"}[u.Scheme]
			}
			if n, err := strconv.ParseUint(port, 10, 16); err == nil && !slices.Contains(out, uint16(n)) {
				out = append(out, uint16(n))
			}
		}
	}
	return out
}
