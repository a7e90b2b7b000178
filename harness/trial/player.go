package trial

import (
	"context"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// A Player is who plays the person of a scenario.
type Player interface {
	// Play says what the person says at a step, nothing if they say nothing, and whether they have had enough.
	Play(ctx context.Context, s *scenario.Scenario, step int, events []trajectory.Event) (words []string, enough bool, err error)
	// Who says who plays, for the record.
	Who() trajectory.Player
}

// Scripted says what stands in quotes in each step.
type Scripted struct{}

// Play implements [Player].
func (Scripted) Play(_ context.Context, s *scenario.Scenario, step int, _ []trajectory.Event) ([]string, bool, error) {
	return s.Steps[step].Say, false, nil
}

// Who implements [Player].
func (Scripted) Who() trajectory.Player { return trajectory.Player{Kind: "scripted"} }
