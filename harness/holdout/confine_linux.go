package holdout

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// Lacking says what this kernel cannot keep a subject from, or nothing.
func Lacking() string {
	abi, err := landlocksys.LandlockGetABIVersion()
	switch {
	case err != nil || abi < 1:
		return "this kernel has no Landlock: subjects are not confined and may read every file that you may."
	case abi < 4:
		return fmt.Sprintf("this kernel's Landlock (version %d) cannot bound the network: subjects may connect to every port.", abi)
	}
	return ""
}

// become gives up what is not in the box and executes a program. What a kernel cannot enforce, it leaves.
func (b Box) become(args []string) error {
	rules := []landlock.Rule{
		landlock.RWDirs(b.Own...),
		landlock.RWFiles("/dev/null", "/dev/zero", "/dev/full"),
		landlock.ROFiles("/dev/urandom", "/dev/random"),
	}
	for _, p := range append(slices.Clone(system), b.Read...) {
		switch info, err := os.Stat(p); {
		case err != nil: // not on this system
		case info.IsDir():
			rules = append(rules, landlock.RODirs(p))
		default:
			rules = append(rules, landlock.ROFiles(p))
		}
	}
	for _, p := range b.Ports {
		rules = append(rules, landlock.ConnectTCP(p))
	}
	if err := landlock.V7.BestEffort().Restrict(rules...); err != nil {
		return fmt.Errorf("holdout: %w", err)
	}
	if err := syscall.Exec(args[0], args, os.Environ()); err != nil {
		return fmt.Errorf("holdout: %s: %w", args[0], err)
	}
	return nil
}

// A bait is a directory that no honest subject has a reason to open, and a watch on it.
type bait struct {
	dir string
	fd  int
	mu  sync.Mutex
	got []Breach
}

// bitten is what lies in the bait.
const bitten = "# Sealed scenarios\n\nThese files are watched. Whoever reads them is reported.\n"

func layBait() (*bait, error) {
	dir, err := os.MkdirTemp("", "twinset-scenarios-")
	if err != nil {
		return nil, err
	}
	b := &bait{dir: dir, fd: -1}
	for _, name := range []string{"sealed.txt", "vault.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(bitten), 0o600); err != nil {
			b.close()
			return nil, err
		}
	}
	if b.fd, err = syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK); err == nil {
		_, err = syscall.InotifyAddWatch(b.fd, dir, syscall.IN_OPEN)
	}
	if err != nil {
		b.close()
		return nil, fmt.Errorf("holdout: watching the bait: %w", err)
	}
	return b, nil
}

// taken reads what the watch has seen.
func (b *bait) taken() []Breach {
	b.mu.Lock()
	defer b.mu.Unlock()
	var buf [64 << 10]byte
	for {
		n, err := syscall.Read(b.fd, buf[:])
		if err != nil || n <= 0 {
			return b.got
		}
		for at := 0; at+syscall.SizeofInotifyEvent <= n; {
			e := (*syscall.InotifyEvent)(unsafe.Pointer(&buf[at]))
			name := strings.TrimRight(string(buf[at+syscall.SizeofInotifyEvent:at+syscall.SizeofInotifyEvent+int(e.Len)]), "\x00")
			at += syscall.SizeofInotifyEvent + int(e.Len)
			if len(b.got) < 100 {
				b.got = append(b.got, Breach{Kind: "bait", Where: filepath.Join("$"+PlaceVariable, name)})
			}
		}
	}
}

func (b *bait) close() error {
	if b.fd >= 0 {
		syscall.Close(b.fd)
	}
	return os.RemoveAll(b.dir)
}
