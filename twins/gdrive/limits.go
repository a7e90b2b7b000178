package gdrive

import (
	"strings"

	"twinset.dev/twins/internal/google/gapi"
)

// What a user may use within a minute, and what a call costs.
//
// https://developers.google.com/workspace/drive/api/guides/limits
const (
	minuteBudget = 325_000
	costRead     = 5
	costList     = 100
	costDownload = 200
	costEdit     = 50
	costOther    = 5
)

var errRate = &gapi.Refusal{
	Code: 403, Status: "PERMISSION_DENIED", Reason: "userRateLimitExceeded", Domain: "usageLimits",
	Message: "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota, you may consider re-evaluating expected per-user traffic to the API and adjust project quota limits accordingly.",
}

// limit refuses a call that is one too many of its user's in this minute.
func (d *Drive) limit(c *call) error {
	user := c.Who.User.ID
	if q := c.Q("quotaUser"); q != "" {
		user = q
	}
	b, _ := d.budgets.Get(c.Tx, strings.ToLower(user))
	if minute := c.Now.Unix() / 60; b.Minute != minute {
		b = Budget{User: user, Minute: minute}
	}
	if b.Used += cost(c); b.Used > minuteBudget {
		return errRate
	}
	d.budgets.Put(c.Tx, b)
	return nil
}

func cost(c *call) int {
	_, verb, _ := strings.Cut(strings.TrimPrefix(c.Op.ID, "drive."), ".")
	switch {
	case verb == "list" || verb == "listLabels":
		return costList
	case verb == "export" || verb == "download" || c.Query.Get("alt") == "media":
		return costDownload
	case c.Op.Method == "GET":
		return costRead
	case strings.HasPrefix(c.Op.ID, "drive.files."):
		return costEdit
	}
	return costOther
}
