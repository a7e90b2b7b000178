package attractor

import "time"

// EventKind names what happened.
type EventKind string

// What a run tells of itself. Phases, edges, jumps and hooks are ours; the others are the published ones.
const (
	PipelineStarted   EventKind = "pipeline_started"
	PipelineResumed   EventKind = "pipeline_resumed"
	PipelineRestarted EventKind = "pipeline_restarted" // a loop_restart edge was followed
	PipelineCompleted EventKind = "pipeline_completed"
	PipelineFailed    EventKind = "pipeline_failed"
	PipelineStopped   EventKind = "pipeline_stopped" // cancelled, or over a budget: it can be resumed
	PhaseStarted      EventKind = "phase_started"    // Text is parse, transform, validate, initialize, execute or finalize

	StageStarted   EventKind = "stage_started"
	StageCompleted EventKind = "stage_completed"
	StageFailed    EventKind = "stage_failed"
	StageRetrying  EventKind = "stage_retrying"
	EdgeSelected   EventKind = "edge_selected" // Node -> Target, with the rule in Text
	GateUnmet      EventKind = "goal_gate_unmet"

	ParallelStarted         EventKind = "parallel_started"
	ParallelBranchStarted   EventKind = "parallel_branch_started"
	ParallelBranchCompleted EventKind = "parallel_branch_completed"
	ParallelCompleted       EventKind = "parallel_completed"

	InterviewStarted   EventKind = "interview_started"
	InterviewCompleted EventKind = "interview_completed"
	InterviewTimeout   EventKind = "interview_timeout"

	CheckpointSaved EventKind = "checkpoint_saved"
	Diagnosed       EventKind = "diagnostic"       // a lint warning
	ExperimentDrawn EventKind = "experiment_drawn" // a stylesheet's draw for Node: Text is the property, Target the arm
	ToolHookRan     EventKind = "tool_hook"        // Text is pre or post, Target the tool, Count the exit code
	BackendNote     EventKind = "backend"          // what a backend wants to be seen of its work
)

// Event is one thing that happened in a run. Seq counts from 1 without gaps, across resumes.
type Event struct {
	Seq      int           `json:"seq"`
	Time     time.Time     `json:"time"`
	Kind     EventKind     `json:"kind"`
	Run      string        `json:"run"`
	Node     string        `json:"node,omitempty"`
	Branch   string        `json:"branch,omitempty"`  // the parallel branch, as parallel_node/branch_start
	Visit    int           `json:"visit,omitempty"`   // of the node, from 1
	Attempt  int           `json:"attempt,omitempty"` // within the visit, from 1
	Target   string        `json:"target,omitempty"`
	Text     string        `json:"text,omitempty"`
	Outcome  *Outcome      `json:"outcome,omitempty"`
	Question *Question     `json:"question,omitempty"`
	Answer   *Answer       `json:"answer,omitempty"`
	Count    int           `json:"count,omitempty"`    // branches, successes, steps: what the kind says
	Failures int           `json:"failures,omitempty"` // branches that failed
	Retrying bool          `json:"will_retry,omitempty"`
	Duration time.Duration `json:"duration_ns,omitempty"`
	Delay    time.Duration `json:"delay_ns,omitempty"`
	Params   *ModelParams  `json:"params,omitempty"` // of a codergen stage
}

// ModelParams are the model a stage asks for; "" leaves the choice to the backend.
type ModelParams struct {
	Model    string `json:"model,omitempty"`
	Provider string `json:"provider,omitempty"`
	Effort   string `json:"effort,omitempty"`
	Use      string `json:"use,omitempty"`         // the class of work: the node's first class
	Assigned string `json:"assigned_by,omitempty"` // random when a stylesheet's experiment drew the model, else rule
}
