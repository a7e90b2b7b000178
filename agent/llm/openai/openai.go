// Package openai asks the models of OpenAI through the Responses API, and those of whoever speaks like it through Chat Completions.
//
// https://platform.openai.com/docs/api-reference/responses
// https://platform.openai.com/docs/api-reference/chat
package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

type object = map[string]any

// newClient is the SDK's at an endpoint; it never asks twice, and reads nothing from the environment.
func newClient(e llm.Endpoint, provider string) sdk.Client {
	o := []option.RequestOption{option.WithMaxRetries(0),
		option.WithBaseURL(cmp.Or(e.BaseURL, "https://api.openai.com/v1")), option.WithAPIKey(cmp.Or(e.Key, "none")),
		option.WithHTTPClient(adapter.HTTPClient(e, provider))}
	for k, v := range e.Headers {
		o = append(o, option.WithHeader(k, v))
	}
	return sdk.Client{Options: o, Responses: responses.NewResponseService(o...)} // NewClient would read the environment
}

// failure is an error in the vendor's words, wherever in an answer it stands.
type failure struct {
	Code, Type, Message string
}

func (f failure) error(provider string, raw []byte) error {
	return llm.HTTPError(provider, 0, nil, cmp.Or(f.Code, f.Type), f.Message, raw)
}

func translate(ctx context.Context, provider string, err error) error {
	var e *sdk.Error
	if !errors.As(err, &e) {
		return llm.NetError(ctx, provider, err)
	}
	return llm.HTTPError(provider, e.StatusCode, e.Response.Header, cmp.Or(e.Code, e.Type), e.Message, []byte(e.RawJSON()))
}

// shape is the schema of an answer in the vendor's words.
func shape(s *llm.Schema) object {
	return object{"name": cmp.Or(s.Name, "answer"), "schema": json.RawMessage(s.Schema), "strict": s.Strict}
}
