package slack

import "twinset.dev/twins/slack/internal/blockkit"

type modalLine struct{}

func (v *visit) modals() []modalLine { return nil }

func (v *visit) remembered(where string, blocks blockkit.Blocks) blockkit.Object {
	return blockkit.InitialState(blocks)
}

func (v *visit) fileURL(id string) string { return "" }

func (v *visit) home(d *appData) {}

func (v *visit) search(d *searchData) error { return nil }
