package main

import (
	"context"

	"twinset.dev/agent/attractor"
	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/cassette"
	"twinset.dev/agent/pyramid"
)

// summariser finds the model that writes a pyramid's levels.
func summariser(name string) (pyramid.Model, error) {
	o := coder{model: name, meter: meter{mode: string(cassette.Passthrough)}}
	client, done, err := o.open(context.Background(), &recorder{}, llm.Retry(llm.DefaultRetry))
	if err != nil {
		return pyramid.Model{}, err
	}
	done() // of servers, of which there are none
	p, err := o.profile(attractor.ModelParams{})
	if err != nil {
		return pyramid.Model{}, err
	}
	return pyramid.Model{Name: p.Model, Ask: func(ctx context.Context, prompt, text string) (string, error) {
		ctx = llm.WithTags(ctx, llm.Tags{Purpose: "summary", Use: "bulk"})
		res, err := client.Complete(ctx, llm.Request{Provider: p.Provider, Model: p.Model, Messages: []llm.Message{llm.SystemText(prompt), llm.UserText(text)}})
		if err != nil {
			return "", err
		}
		return res.Message.Text(), nil
	}}, nil
}
