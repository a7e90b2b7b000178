package llm

import "iter"

// EventType is what a StreamEvent tells.
type EventType string

// The events of a stream. A segment of text, of reasoning or a tool call starts, grows by deltas, and ends; segments may interleave,
// and their ID tells them apart. A finish event with the whole response is the last of every stream that did not fail.
const (
	StreamStart    EventType = "stream_start"
	TextStart      EventType = "text_start"
	TextDelta      EventType = "text_delta"
	TextEnd        EventType = "text_end"
	ReasoningStart EventType = "reasoning_start"
	ReasoningDelta EventType = "reasoning_delta"
	ReasoningEnd   EventType = "reasoning_end"
	CallStart      EventType = "tool_call_start"
	CallDelta      EventType = "tool_call_delta"
	CallEnd        EventType = "tool_call_end"
	StreamFinish   EventType = "finish"
)

// StreamEvent is a piece of an answer as it arrives.
type StreamEvent struct {
	Type     EventType `json:"type"`
	ID       string    `json:"id,omitempty"`       // of the segment
	Delta    string    `json:"delta,omitempty"`    // of text, reasoning or arguments
	Call     *ToolCall `json:"call,omitempty"`     // at its start without arguments, at its end whole
	Response *Response `json:"response,omitempty"` // at the finish
}

// Stream is an answer as it arrives: events, or one error, which is the last. Whoever breaks off the loop ends the request.
type Stream = iter.Seq2[StreamEvent, error]

// Collect reads a stream to its end and returns what Complete would have. A stream that ends without its finish is an error of kind
// ErrStream.
func Collect(s Stream) (*Response, error) {
	for e, err := range s {
		if err != nil {
			return nil, err
		}
		if e.Type == StreamFinish {
			return e.Response, nil
		}
	}
	return nil, &Error{Kind: ErrStream, Message: "the stream ended before its last event"}
}

// failed is a stream that is nothing but an error.
func failed(err error) Stream {
	return func(yield func(StreamEvent, error) bool) { yield(StreamEvent{}, err) }
}
