package slack

import "encoding/json"

type Scheduled struct{ ID, Team string }

func (m Scheduled) bucket() string { return "" }

func (c *call) pinCount(channel string) int64 { return 0 }

var _ json.RawMessage
