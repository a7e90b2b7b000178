//go:build !linux

package attractor

import (
	"os/exec"
	"syscall"
	"time"
)

// endWithUs puts a command into its own process group, which is ended with the command's context.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
}
