package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/attractor"
)

func serveCommand() *cobra.Command {
	var addr, dir, work string
	var model stager
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve runs over HTTP: submit, follow, answer, cancel; with a page for people",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, args []string) (err error) {
			backend, done, err := model.open(c.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			model.warn(c.ErrOrStderr(), work, dir, model.where)
			s, err := attractor.NewServer(dir, attractor.Options{Work: work, Backend: backend,
				Observe: model.observe(func(run string) string { return filepath.Join(dir, run) })})
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp", addr)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "http://%s/\n", l.Addr())
			server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
			go func() {
				<-c.Context().Done()
				s.Close() // runs stop at their checkpoints, streams end
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				server.Shutdown(ctx)
			}()
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:7020", "where to listen; anyone who reaches it can run commands here")
	c.Flags().StringVar(&dir, "dir", ".factory/runs", "where runs keep their directories")
	c.Flags().StringVar(&work, "work", ".", "the directory where tools and models work")
	model.flags(c.Flags())
	return c
}
