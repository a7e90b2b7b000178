package main

import (
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	twinsetmcp "twinset.dev/harness/mcp"
)

func mcpCommand(p *remote) *cobra.Command {
	return &cobra.Command{
		Use: "mcp [GLOB...]", Short: "Serve the twins to an agent by the Model Context Protocol",
		Long: `mcp speaks the Model Context Protocol on standard input and output. Its tools fork, seed, compare and break worlds, step
their clocks, act as people, and find and call the twins' own operations. An operation that fits a GLOB is a tool of its own.
The suite serves the same over HTTP at /_twin/mcp; ?operations=GLOB adds tools there.`,
		Example: "  twinset mcp\n  twinset mcp 'slack/chat.*' 'jira/*Issue*'\n  claude mcp add twinset -- twinset mcp",
		RunE: func(c *cobra.Command, globs []string) error {
			s, err := twinsetmcp.Server(c.Context(), p.Client, globs...)
			if err != nil {
				return err
			}
			return s.Run(c.Context(), &mcp.StdioTransport{})
		},
	}
}
