package attractor

import (
	"os/exec"
	"syscall"
	"time"
)

// endWithUs puts a command into its own process group, which is ended with the command's context; should this process be
// killed, the kernel ends the command too, so that a resumed run does not meet it again.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
}
