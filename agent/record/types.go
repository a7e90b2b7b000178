// Package record puts what a factory does into a context store, and reads it back: runs, stages, model calls, tool calls,
// messages, verdicts, outcomes and spend. It is where reports on models and money come from.
//
// The records are types of the store's registry with numeric tags; their names begin with "factory.".
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Millis is a moment as milliseconds since 1970.
type Millis int64

// At is a moment in a record.
func At(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time is the moment in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// A Record is one of the types below.
type Record interface{ kind() string }

// RunStarted is the first turn of a run's context.
type RunStarted struct {
	Run      string   `json:"run_id" tag:"1"`
	Pipeline string   `json:"pipeline" tag:"2"`
	Goal     string   `json:"goal,omitempty" tag:"3"`
	GraphSHA string   `json:"graph_sha,omitempty" tag:"4"`
	RepoSHA  string   `json:"repo_sha,omitempty" tag:"5"`
	Started  Millis   `json:"started_at" tag:"6"`
	About    Metadata `json:"context_metadata" tag:"30"` // the store's own tag for what a context says of itself
}

// Metadata names a context in the store's lists.
type Metadata struct {
	Client     string      `json:"client_tag,omitempty" tag:"1"`
	Title      string      `json:"title,omitempty" tag:"2"`
	Labels     []string    `json:"labels,omitempty" tag:"3"`
	Provenance *Provenance `json:"provenance,omitempty" tag:"10"`
}

// Provenance is who asked for a run, and where it goes on.
type Provenance struct {
	TraceID string `json:"trace_id,omitempty" tag:"10"`
	User    string `json:"on_behalf_of,omitempty" tag:"20"`
	Service string `json:"service_name,omitempty" tag:"40"`
	Version string `json:"service_version,omitempty" tag:"41"`
	Host    string `json:"host_name,omitempty" tag:"45"`
}

// Forked is the first turn of a fork that a run makes: what it is for, and what it is called.
type Forked struct {
	Run     string   `json:"run_id" tag:"1"`
	Why     string   `json:"why" tag:"2"` // branch, retry
	Node    string   `json:"node,omitempty" tag:"3"`
	Branch  string   `json:"branch,omitempty" tag:"4"`
	Attempt int64    `json:"attempt,omitempty" tag:"5"`
	About   Metadata `json:"context_metadata" tag:"30"`
}

// RunFinished is how a run ended.
type RunFinished struct {
	Run    string `json:"run_id" tag:"1"`
	Status string `json:"status" tag:"2"`
	Reason string `json:"reason,omitempty" tag:"3"`
	Ended  Millis `json:"ended_at" tag:"4"`
}

// Event is one thing a pipeline told of itself.
type Event struct {
	Run          string `json:"run_id" tag:"1"`
	Seq          int64  `json:"seq" tag:"2"`
	Time         Millis `json:"ts" tag:"3"`
	Kind         string `json:"kind" tag:"4"`
	Node         string `json:"node,omitempty" tag:"5"`
	Branch       string `json:"branch,omitempty" tag:"6"` // parallel_node/branch_start
	Visit        int64  `json:"visit,omitempty" tag:"7"`
	Attempt      int64  `json:"attempt,omitempty" tag:"8"`
	Target       string `json:"target,omitempty" tag:"9"`
	Text         string `json:"text,omitempty" tag:"10"`
	Status       string `json:"status,omitempty" tag:"11"`
	FailureClass string `json:"failure_class,omitempty" tag:"12"`
	WillRetry    bool   `json:"will_retry,omitempty" tag:"13"`
	Ms           int64  `json:"ms,omitempty" tag:"14"`
	Model        string `json:"model,omitempty" tag:"15"`
	Provider     string `json:"provider,omitempty" tag:"16"`
	Effort       string `json:"effort,omitempty" tag:"17"`
	Use          string `json:"use,omitempty" tag:"18"`
	AssignedBy   string `json:"assigned_by,omitempty" tag:"19"` // random, rule or human
}

// StageFinished is one attempt at a stage, with what went on in it.
type StageFinished struct {
	Run          string      `json:"run_id" tag:"1"`
	Node         string      `json:"node" tag:"2"`
	Use          string      `json:"use,omitempty" tag:"3"` // the class of work
	Provider     string      `json:"provider,omitempty" tag:"4"`
	Model        string      `json:"model,omitempty" tag:"5"` // as asked for; empty when no model worked on it
	Effort       string      `json:"effort,omitempty" tag:"6"`
	Visit        int64       `json:"visit" tag:"7"`
	Attempt      int64       `json:"attempt" tag:"8"`
	Outcome      string      `json:"outcome" tag:"9"`
	FailureClass string      `json:"failure_class,omitempty" tag:"10"`
	WillRetry    bool        `json:"will_retry,omitempty" tag:"11"`
	Loops        int64       `json:"loops_detected,omitempty" tag:"12"`
	Steers       int64       `json:"steer_count,omitempty" tag:"13"`
	EditsFailed  int64       `json:"edits_failed,omitempty" tag:"14"`
	BadArgs      int64       `json:"bad_tool_args,omitempty" tag:"15"`
	Calls        int64       `json:"llm_calls,omitempty" tag:"16"`
	Tokens       int64       `json:"tokens,omitempty" tag:"17"`
	USD          float64     `json:"usd,omitempty" tag:"18"`      // of the calls that have a price
	Unpriced     int64       `json:"unpriced,omitempty" tag:"19"` // tokens without a price
	Ms           int64       `json:"ms" tag:"20"`
	Smoothness   string      `json:"smoothness" tag:"21"`
	Ended        Millis      `json:"ended_at" tag:"22"`
	Experiment   *Experiment `json:"experiment,omitempty" tag:"23"`
	Simulated    bool        `json:"simulated,omitempty" tag:"24"` // some of its calls were
}

// Experiment says how the model of a stage was chosen.
type Experiment struct {
	ID         string `json:"id,omitempty" tag:"1"`
	Arm        string `json:"arm,omitempty" tag:"2"`
	AssignedBy string `json:"assigned_by" tag:"3"`
}

// LLMCall is one attempt to get an answer of a model, whether it came or not.
type LLMCall struct {
	ID          string   `json:"id" tag:"1"`
	Time        Millis   `json:"ts" tag:"2"`
	Run         string   `json:"run_id,omitempty" tag:"3"`
	Stage       string   `json:"stage,omitempty" tag:"4"`
	Visit       int64    `json:"visit,omitempty" tag:"5"`
	Attempt     int64    `json:"attempt,omitempty" tag:"6"`
	Session     string   `json:"agent_session,omitempty" tag:"7"`
	Purpose     string   `json:"purpose,omitempty" tag:"8"` // build user_player judge redactor twin summary
	Use         string   `json:"use,omitempty" tag:"9"`
	Provider    string   `json:"provider" tag:"10"`
	Requested   string   `json:"model_requested" tag:"11"`
	Served      string   `json:"model_served,omitempty" tag:"12"`
	Effort      string   `json:"effort,omitempty" tag:"13"`
	Temperature *float64 `json:"temp,omitempty" tag:"14"`
	MaxTokens   int64    `json:"max,omitempty" tag:"15"`
	In          int64    `json:"in" tag:"16"` // the whole prompt, with what came from the cache and what went into it
	Out         int64    `json:"out" tag:"17"`
	Reasoning   int64    `json:"reasoning,omitempty" tag:"18"`
	CacheRead   int64    `json:"cache_read,omitempty" tag:"19"`
	CacheWrite  int64    `json:"cache_write,omitempty" tag:"20"`
	PriceSheet  string   `json:"price_sheet_id,omitempty" tag:"21"`
	USD         *float64 `json:"usd,omitempty" tag:"22"` // nil: no price is known, which is not a price of 0
	MsFirst     int64    `json:"ms_first" tag:"23"`
	MsTotal     int64    `json:"ms_total" tag:"24"`
	Finish      string   `json:"finish,omitempty" tag:"25"`
	ErrorClass  string   `json:"error_class,omitempty" tag:"26"`
	Retries     int64    `json:"retries,omitempty" tag:"27"`
	ToolCalls   int64    `json:"tool_calls,omitempty" tag:"28"`
	BadArgs     int64    `json:"bad_tool_args,omitempty" tag:"29"`
	Simulated   bool     `json:"simulated,omitempty" tag:"31"`
}

// Tokens is every token in and out.
func (c LLMCall) Tokens() int64 { return c.In + c.Out }

// ToolCall is one use of a tool. The whole output is a blob.
type ToolCall struct {
	Run     string `json:"run_id,omitempty" tag:"1"`
	Stage   string `json:"stage,omitempty" tag:"2"`
	Session string `json:"agent_session,omitempty" tag:"3"`
	ID      string `json:"call_id" tag:"4"`
	Name    string `json:"name" tag:"5"`
	Args    string `json:"args" tag:"6"`
	Output  string `json:"output_hash,omitempty" tag:"7"` // of the blob, hex
	Bytes   int64  `json:"output_bytes" tag:"8"`
	IsError bool   `json:"is_error,omitempty" tag:"9"`
	Ms      int64  `json:"ms" tag:"10"`
	Time    Millis `json:"ts" tag:"11"`
}

// Message is something said in a session: a prompt, an answer, a steer, a warning. A long text is a blob.
type Message struct {
	Run     string `json:"run_id,omitempty" tag:"1"`
	Stage   string `json:"stage,omitempty" tag:"2"`
	Session string `json:"agent_session,omitempty" tag:"3"`
	Kind    string `json:"kind" tag:"4"` // user_input, assistant_text_end, steering_injected, loop_detection, warning, error
	Text    string `json:"text,omitempty" tag:"5"`
	Blob    string `json:"text_hash,omitempty" tag:"6"` // of the whole text, when Text is its beginning
	Time    Millis `json:"ts" tag:"7"`
}

// Verdict is what a judge said of one trajectory.
type Verdict struct {
	Run        string  `json:"run_id" tag:"1"`
	Scenario   string  `json:"scenario" tag:"2"`
	Trial      int64   `json:"trial,omitempty" tag:"3"`
	Judge      string  `json:"judge" tag:"4"` // the model
	Version    string  `json:"judge_version,omitempty" tag:"5"`
	Satisfied  bool    `json:"satisfied" tag:"6"`
	Confidence float64 `json:"confidence,omitempty" tag:"7"`
	Text       string  `json:"text,omitempty" tag:"8"`
	Time       Millis  `json:"ts" tag:"9"`
}

// Outcome is what a run came to.
type Outcome struct {
	Run          string  `json:"run_id" tag:"1"`
	Satisfaction float64 `json:"satisfaction" tag:"2"`
	Trajectories int64   `json:"trajectories" tag:"3"`
	Satisfied    int64   `json:"satisfied" tag:"4"` // trajectories
	Gate         string  `json:"gate" tag:"5"`      // passed, failed
	Accepted     bool    `json:"accepted" tag:"6"`  // the change went in
	Overrides    int64   `json:"human_overrides,omitempty" tag:"7"`
	Reverted     bool    `json:"reverted_within_7d,omitempty" tag:"8"`
	Time         Millis  `json:"ts" tag:"9"`
}

// Spend is what a run had cost when it ended or a cap stopped it.
type Spend struct {
	Run      string  `json:"run_id" tag:"1"`
	USD      float64 `json:"usd" tag:"2"`
	Unpriced int64   `json:"unpriced_tokens,omitempty" tag:"3"`
	Calls    int64   `json:"llm_calls" tag:"4"`
	Cap      string  `json:"cap,omitempty" tag:"5"` // run, stage or day, when one was exceeded
	CapUSD   float64 `json:"cap_usd,omitempty" tag:"6"`
	Time     Millis  `json:"ts" tag:"7"`
}

// Override is a person's word on which model to prefer, for a while.
type Override struct {
	Use    string `json:"use" tag:"1"`
	Model  string `json:"model" tag:"2"`
	Effort string `json:"effort,omitempty" tag:"3"`
	Reason string `json:"reason" tag:"4"`
	By     string `json:"by" tag:"5"`
	From   Millis `json:"from" tag:"6"`
	Until  Millis `json:"until" tag:"7"`
}

// Summary says where a level of a text's pyramid is.
type Summary struct {
	Source string `json:"source" tag:"1"` // the hash of the text, hex
	Words  int64  `json:"words" tag:"2"`  // at most
	Model  string `json:"model" tag:"3"`
	Prompt string `json:"prompt_sha" tag:"4"`
	Level  string `json:"level" tag:"5"` // the hash of the level's blob, hex
	Time   Millis `json:"ts" tag:"6"`
}

func (RunStarted) kind() string    { return "factory.RunStarted" }
func (Forked) kind() string        { return "factory.Forked" }
func (RunFinished) kind() string   { return "factory.RunFinished" }
func (Event) kind() string         { return "factory.Event" }
func (StageFinished) kind() string { return "factory.StageFinished" }
func (LLMCall) kind() string       { return "factory.LLMCall" }
func (ToolCall) kind() string      { return "factory.ToolCall" }
func (Message) kind() string       { return "factory.Message" }
func (Verdict) kind() string       { return "factory.Verdict" }
func (Outcome) kind() string       { return "factory.Outcome" }
func (Spend) kind() string         { return "factory.Spend" }
func (Override) kind() string      { return "factory.Override" }
func (Summary) kind() string       { return "factory.Summary" }

// version is that of all the types.
const version = 1

var records = []Record{RunStarted{}, Forked{}, RunFinished{}, Event{}, StageFinished{}, LLMCall{}, ToolCall{}, Message{}, Verdict{},
	Outcome{}, Spend{}, Override{}, Summary{}}

// field is a field in the registry's words.
type field struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Ref      string `json:"ref,omitempty"`
	Items    string `json:"items,omitempty"`
	Optional bool   `json:"optional,omitempty"`
}

// Bundle is the registry's bundle of the types, made from the Go types so that the two cannot differ.
func Bundle() []byte {
	types := map[string]any{}
	for _, r := range records {
		describe(types, r.kind(), reflect.TypeOf(r))
	}
	b, err := json.Marshal(types)
	if err != nil {
		panic(err) // our own types
	}
	sum := sha256.Sum256(b)
	return fmt.Appendf(nil, `{"registry_version":1,"bundle_id":"factory-%s","types":%s}`, hex.EncodeToString(sum[:6]), b)
}

// describe adds a struct, and the structs in it, to the types.
func describe(types map[string]any, id string, t reflect.Type) {
	fields := map[string]field{}
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		d := field{Name: name, Optional: rest == "omitempty"}
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		switch {
		case ft == reflect.TypeFor[Millis]():
			d.Type = "unix_ms"
		case ft.Kind() == reflect.Slice:
			d.Type, d.Items = "array", "string"
		case ft.Kind() == reflect.Struct:
			d.Type, d.Ref = "ref", "factory."+ft.Name()
			describe(types, d.Ref, ft)
		default:
			d.Type = map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "bool", reflect.Int64: "i64",
				reflect.Float64: "f64"}[ft.Kind()]
		}
		fields[f.Tag.Get("tag")] = d
	}
	types[id] = map[string]any{"versions": map[string]any{fmt.Sprint(version): map[string]any{"fields": fields}}}
}
