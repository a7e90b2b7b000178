package loop

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// enforceable says what this kernel cannot hold a process to.
func enforceable() error {
	switch abi, err := landlocksys.LandlockGetABIVersion(); {
	case err != nil || abi < 1:
		return errors.New("this kernel has no Landlock: nothing can be confined")
	case abi < 4:
		return fmt.Errorf("this kernel's Landlock (version %d) cannot bound the network", abi)
	}
	return nil
}

func (b Box) enter() error {
	rules := []landlock.Rule{
		landlock.RWDirs(b.Write...),
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
	return landlock.V7.BestEffort().Restrict(rules...)
}

func become(args []string) error {
	if err := syscall.Exec(args[0], args, os.Environ()); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}
