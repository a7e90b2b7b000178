package main

import (
	"encoding/json"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// jsonFlag gives a command the choice between a table for people and JSON for programs.
func jsonFlag(cmd *cobra.Command) {
	cmd.Flags().Bool("json", false, "print JSON for programs")
}

// show prints v as JSON if the command was asked to, else the table for people.
func show(cmd *cobra.Command, v any, table func(w *tabwriter.Writer)) error {
	if asked, _ := cmd.Flags().GetBool("json"); asked {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	table(w)
	return w.Flush()
}
