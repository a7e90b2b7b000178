package attractor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
)

// Context is what the stages of a run remember and share: text, numbers, truth values and what JSON can nest of them. It
// is safe for concurrent use.
type Context struct {
	mu     sync.RWMutex
	values map[string]any
	logs   []string
}

// NewContext is an empty context.
func NewContext() *Context { return &Context{values: map[string]any{}} }

// plain brings a value to the form it has after a checkpoint was written and read, so that a resumed run sees the same.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string, bool, json.Number:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	var out any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return string(b)
	}
	return out
}

// Set remembers a value.
func (c *Context) Set(key string, v any) { c.Apply(map[string]any{key: v}) }

// Apply remembers several values at once.
func (c *Context) Apply(updates map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, v := range updates {
		c.values[k] = plain(v)
	}
}

// Get recalls a value.
func (c *Context) Get(key string) (any, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.values[key]
	return plain(v), ok
}

// String recalls a value as text; "" when there is none. What is nested is JSON.
func (c *Context) String(key string) string {
	switch v, _ := c.Get(key); v := v.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		b, _ := json.Marshal(v)
		return string(b)
	default:
		return fmt.Sprint(v)
	}
}

// Snapshot is a deep copy of all values.
func (c *Context) Snapshot() map[string]any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := maps.Clone(c.values)
	for k, v := range out {
		out[k] = plain(v)
	}
	return out
}

// Clone is a context of its own with the same values and log, as a parallel branch gets it.
func (c *Context) Clone() *Context {
	values := c.Snapshot()
	c.mu.RLock()
	defer c.mu.RUnlock()
	return &Context{values: values, logs: append([]string(nil), c.logs...)}
}

// Log appends a line to the run's log.
func (c *Context) Log(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logs = append(c.logs, fmt.Sprintf(format, args...))
}

// Logs are the lines so far.
func (c *Context) Logs() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return append([]string(nil), c.logs...)
}
