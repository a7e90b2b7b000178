// Package plane is a client of the control plane of running twins.
package plane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// A Client is where a control plane is, what it asks for, and the world that calls are about.
type Client struct{ URL, Admin, World string }

// In is the path of a call about the world.
func (p *Client) In(path string) string { return "/_twin/worlds/" + url.PathEscape(p.World) + path }

// ErrGone is returned when nothing answers where the control plane should be.
var ErrGone = errors.New("nothing answers")

// Call asks the control plane. A body may be nil, bytes that are sent as they are, or what becomes JSON; so may into.
func (p *Client) Call(ctx context.Context, method, path string, body, into any) error {
	res, err := p.Open(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch into := into.(type) {
	case nil:
		return nil
	case io.Writer:
		_, err = io.Copy(into, res.Body)
	default:
		err = json.NewDecoder(res.Body).Decode(into)
	}
	return err
}

// Open asks, and returns the answer for the caller to read and close. What the control plane refuses is an error in its words.
func (p *Client) Open(ctx context.Context, method, path string, body any, accept string) (*http.Response, error) {
	var send io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		send, kind = bytes.NewReader(b), "application/yaml" // of which JSON is a part
	default:
		j, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		send = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(p.URL, "/")+path, send)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	if send != nil {
		req.Header.Set("Content-Type", kind)
	}
	if p.Admin != "" {
		req.Header.Set("Authorization", "Bearer "+p.Admin)
	}
	res, err := http.DefaultClient.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w at %s; `twinset up` starts the twins", ErrGone, p.URL)
	} else if err != nil {
		return nil, err
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	var said struct{ Error, Message string }
	if b, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)); json.Unmarshal(b, &said) == nil && said.Error+said.Message != "" {
		return nil, errors.New(said.Error + said.Message)
	}
	return nil, fmt.Errorf("%s %s: %s", method, path, res.Status)
}
