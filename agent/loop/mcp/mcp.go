// Package mcp gives a session the tools of a server that speaks the Model Context Protocol, such as that of the twins.
//
// https://modelcontextprotocol.io/specification
package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/loop"
)

// A Server is a connection.
type Server struct {
	session *mcp.ClientSession
	name    string
}

// Connect opens a server that speaks streamable HTTP. A token, if there is one, is sent as bearer.
func Connect(ctx context.Context, url, token string) (*Server, error) {
	transport := &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: bearer(token)}, DisableStandaloneSSE: true}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "twinset-agent", Version: "1"}, nil).Connect(ctx, transport, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	name := "mcp"
	if r := session.InitializeResult(); r != nil && r.ServerInfo != nil && r.ServerInfo.Name != "" {
		name = r.ServerInfo.Name
	}
	return &Server{session, name}, nil
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Close ends the connection.
func (s *Server) Close() error { return s.session.Close() }

// Instructions are what the server says of itself.
func (s *Server) Instructions() string { return s.session.InitializeResult().Instructions }

// Tools are the server's, each named SERVER__TOOL.
func (s *Server) Tools(ctx context.Context) ([]loop.Tool, error) {
	var tools []loop.Tool
	taken := map[string]bool{}
	for t, err := range s.session.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}
		schema, err := json.Marshal(t.InputSchema)
		if err != nil {
			return nil, err
		}
		n := name(s.name, t.Name)
		if taken[n] {
			return nil, fmt.Errorf("%s has two tools that are both called %s in short", s.name, n)
		}
		taken[n] = true
		tools = append(tools, loop.Tool{Name: n, Description: t.Description, Schema: schema,
			Run: func(ctx context.Context, _ loop.Environment, args json.RawMessage) (loop.Output, error) {
				return s.call(ctx, t.Name, args)
			}})
	}
	return tools, nil
}

func (s *Server) call(ctx context.Context, tool string, args json.RawMessage) (loop.Output, error) {
	result, err := s.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return loop.Output{}, err
	}
	var out loop.Output
	var texts []string
	for _, c := range result.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			texts = append(texts, c.Text)
		case *mcp.ImageContent:
			out.Image = &llm.Media{Data: c.Data, Type: c.MIMEType}
		default:
			b, err := json.Marshal(c)
			if err != nil {
				return loop.Output{}, err
			}
			texts = append(texts, string(b))
		}
	}
	if len(texts) == 0 && result.StructuredContent != nil {
		b, err := json.Marshal(result.StructuredContent)
		if err != nil {
			return loop.Output{}, err
		}
		texts = append(texts, string(b))
	}
	out.Text = strings.Join(texts, "\n")
	if result.IsError {
		return loop.Output{}, errors.New(out.Text)
	}
	return out, nil
}

var unusual = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// name is what every vendor takes for a tool's name: 64 of these signs.
func name(server, tool string) string {
	n := unusual.ReplaceAllString(server+"__"+tool, "_")
	return n[:min(len(n), 64)]
}
