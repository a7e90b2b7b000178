package trial

import (
	"errors"
	"os/exec"
	"slices"
)

// Container is a Subject that is an image: docker or podman runs it for each trial on the host's network, with the twins' variables,
// and it speaks the protocol of a [Command].
func Container(image string) (Subject, error) {
	for _, runtime := range []string{"docker", "podman"} {
		path, err := exec.LookPath(runtime)
		if err != nil {
			continue
		}
		return &Command{Args: []string{path, "run", "--rm", "--interactive", "--network=host", image}, Wrap: withVariables}, nil
	}
	return nil, errors.New("container: neither docker nor podman is here to run an image")
}

// withVariables hands the variables on into the container. Their values stay out of the list of processes.
func withVariables(cmd *exec.Cmd) (*exec.Cmd, error) {
	at := len(cmd.Args) - 1 // before the image
	for _, v := range cmd.Env {
		for i, c := range v {
			if c == '=' {
				if name := v[:i]; !slices.Contains([]string{"PATH", "HOME", "TMPDIR", "LANG"}, name) {
					cmd.Args = slices.Insert(cmd.Args, at, "--env", name)
				}
				break
			}
		}
	}
	return cmd, nil
}
