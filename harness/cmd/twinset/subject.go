package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"twinset.dev/harness/trial"
)

func subjectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "subject NAME",
		Short: "Be one of the subjects that the harness ships, for a run to talk to",
		Long: `A subject is the product under trial. These are shipped, to try scenarios and the harness itself with. They speak the protocol that any
command speaks which is given to twinset run --subject: lines of JSON, {"user":"…"} in, {"say":"…"} and {"done":true} out; where
the twins are stands in the environment.`,
	}
	serve := func(cmd *cobra.Command, s trial.Subject) error {
		env := map[string]string{}
		for _, kv := range os.Environ() {
			k, v, _ := strings.Cut(kv, "=")
			env[k] = v
		}
		return trial.Serve(cmd.Context(), s, trial.Session{Env: env}, cmd.InOrStdin(), cmd.OutOrStdout())
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "reference SCRIPT", Short: "Do what a script says, over HTTP alone", Args: cobra.ExactArgs(1),
			Example: `  twinset run scenarios/contractor-leaves.md --subject "twinset subject reference $PWD/scenarios/contractor-leaves.reference.txt"`,
			RunE: func(cmd *cobra.Command, args []string) error {
				script, err := trial.ReadScript(args[0])
				if err != nil {
					return err
				}
				return serve(cmd, trial.Reference{Script: script})
			},
		},
		&cobra.Command{
			Use: "null", Short: "Do nothing", Args: cobra.NoArgs, Example: `  twinset run scenarios/ --subject "twinset subject null"`,
			RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, trial.Null{}) },
		},
		&cobra.Command{
			Use: "lazy", Short: "Say that it is done, and do nothing", Args: cobra.NoArgs, Example: `  twinset run scenarios/ --subject "twinset subject lazy"`,
			RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, trial.Lazy{}) },
		},
		&cobra.Command{
			Use: "thief", Short: "Look for scenarios wherever a process can look, and say what was found", Args: cobra.NoArgs,
			Example: `  twinset run sealed/ --subject "twinset subject thief"`,
			RunE:    func(cmd *cobra.Command, _ []string) error { return serve(cmd, trial.Thief{}) },
		},
	)
	return cmd
}
