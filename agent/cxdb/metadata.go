package cxdb

// Provenance says where a context comes from: the fields that the canonical payload has under its tag 10.
type Provenance struct {
	ParentContext uint64            `json:"parent_context_id,omitempty,string"`
	SpawnReason   string            `json:"spawn_reason,omitempty"`
	RootContext   uint64            `json:"root_context_id,omitempty,string"`
	TraceID       string            `json:"trace_id,omitempty"`
	SpanID        string            `json:"span_id,omitempty"`
	CorrelationID string            `json:"correlation_id,omitempty"`
	User          string            `json:"on_behalf_of,omitempty"`
	UserSource    string            `json:"on_behalf_of_source,omitempty"`
	UserEmail     string            `json:"on_behalf_of_email,omitempty"`
	WriterMethod  string            `json:"writer_method,omitempty"`
	WriterSubject string            `json:"writer_subject,omitempty"`
	WriterIssuer  string            `json:"writer_issuer,omitempty"`
	Service       string            `json:"service_name,omitempty"`
	Version       string            `json:"service_version,omitempty"`
	Instance      string            `json:"service_instance_id,omitempty"`
	PID           int64             `json:"process_pid,omitempty"`
	Owner         string            `json:"process_owner,omitempty"`
	Host          string            `json:"host_name,omitempty"`
	Arch          string            `json:"host_arch,omitempty"`
	Address       string            `json:"client_address,omitempty"`
	Port          int64             `json:"client_port,omitempty"`
	Env           map[string]string `json:"env,omitempty"`
	SDK           string            `json:"sdk_name,omitempty"`
	SDKVersion    string            `json:"sdk_version,omitempty"`
	CapturedAt    int64             `json:"captured_at,omitempty"`
}

// The tags under which the first payload of a context carries its metadata.
const (
	tagMetadata   = 30
	tagProvenance = 10
)

// metadata reads what a payload says of its context. Payloads above a megabyte are not looked into.
func metadata(payload []byte) (m Metadata, ok bool) {
	if len(payload) > 1<<20 {
		return m, false
	}
	v, err := decode(payload)
	top, isMap := v.(mapping)
	if err != nil || !isMap {
		return m, false
	}
	meta, ok := top.tags()[tagMetadata].(mapping)
	if !ok {
		return m, false
	}
	fields := meta.tags()
	m.Tag, _ = fields[1].(string)
	m.Title, _ = fields[2].(string)
	labels, _ := fields[3].([]any)
	for _, l := range labels {
		if s, ok := l.(string); ok {
			m.Labels = append(m.Labels, s)
		}
	}
	if p, ok := fields[tagProvenance].(mapping); ok {
		m.Provenance = provenance(p.tags())
	}
	return m, m.Tag != "" || m.Title != "" || m.Labels != nil || m.Provenance != nil
}

func provenance(fields map[uint64]any) *Provenance {
	p := &Provenance{}
	for tag, to := range map[uint64]*string{
		2: &p.SpawnReason, 10: &p.TraceID, 11: &p.SpanID, 12: &p.CorrelationID,
		20: &p.User, 21: &p.UserSource, 22: &p.UserEmail, 30: &p.WriterMethod, 31: &p.WriterSubject, 32: &p.WriterIssuer,
		40: &p.Service, 41: &p.Version, 42: &p.Instance, 44: &p.Owner, 45: &p.Host, 46: &p.Arch,
		50: &p.Address, 70: &p.SDK, 71: &p.SDKVersion,
	} {
		*to, _ = fields[tag].(string)
	}
	for tag, to := range map[uint64]*int64{43: &p.PID, 51: &p.Port, 80: &p.CapturedAt} {
		*to, _ = signed(fields[tag])
	}
	p.ParentContext, _ = fields[1].(uint64)
	p.RootContext, _ = fields[3].(uint64)
	env, _ := fields[60].(mapping)
	for _, e := range env {
		name, isName := e.key.(string)
		value, isValue := e.value.(string)
		if isName && isValue {
			if p.Env == nil {
				p.Env = map[string]string{}
			}
			p.Env[name] = value
		}
	}
	return p
}

// describe takes over what the context's first turn says of it.
func (w *writer) describe(c *Context, m Metadata) {
	c.Metadata = m
	if m.Provenance == nil {
		return
	}
	if parent := m.Provenance.ParentContext; parent != 0 && parent != c.Parent {
		if c.Parent != 0 {
			w.delete(forkKey(c.Parent, c.ID))
		}
		c.Parent, c.Root = parent, parent
		w.set(forkKey(parent, c.ID), nil)
	}
	if m.Provenance.RootContext != 0 {
		c.Root = m.Provenance.RootContext
	}
}
