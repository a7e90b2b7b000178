package blockkit

import "iter"

// An Element is one thing to use in some blocks.
type Element struct {
	Block  Object // the block it is in
	Object Object
}

// BlockID is the block_id of the element's block.
func (e Element) BlockID() string { return e.Block.Str("block_id") }

// ActionID is the element's action_id.
func (e Element) ActionID() string { return e.Object.Str("action_id") }

// Type is the element's type.
func (e Element) Type() string { return e.Object.Str("type") }

// Interactive goes over everything to use in blocks, those inside other blocks too, in the order they are shown.
func Interactive(list Blocks) iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for _, b := range list {
			if !walk(b, b, yield) {
				return
			}
		}
	}
}

func walk(block Object, v any, yield func(Element) bool) bool {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if !walk(block, item, yield) {
				return false
			}
		}
	case Object:
		if blocks[v.Str("type")] != nil && v.Has("block_id") {
			block = v
		}
		if v.Has("action_id") {
			return yield(Element{block, v})
		}
		for _, m := range v {
			if !walk(block, m.Value, yield) {
				return false
			}
		}
	}
	return true
}

// Find finds an element by its ids. An empty block_id is any block's.
func Find(list Blocks, blockID, actionID string) (Element, bool) {
	for e := range Interactive(list) {
		if e.ActionID() == actionID && (blockID == "" || e.BlockID() == blockID) {
			return e, true
		}
	}
	return Element{}, false
}
