package slack

import (
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Barrier keeps the members of one group from talking to those of others.
//
// https://docs.slack.dev/reference/methods/admin.barriers.create
type Barrier struct {
	ID       string   `json:"id"`
	Org      string   `json:"org"`
	Primary  string   `json:"primary"`
	From     []string `json:"from"`
	Subjects []string `json:"subjects"`
	Updated  int64    `json:"updated"`
}

// adminBarriersMethods are the admin.barriers.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.barriers
func (s *Slack) adminBarriersMethods() {
	write(s, "admin.barriers.create", about{twin.Full, tier2, "-", "admin.barriers:write"}, s.adminBarriersCreate)
	write(s, "admin.barriers.delete", about{twin.Full, tier2, "-", "admin.barriers:write"}, s.adminBarriersDelete)
	read(s, "admin.barriers.list", about{twin.Full, tier2, "-", "admin.barriers:read"}, s.adminBarriersList)
	write(s, "admin.barriers.update", about{twin.Full, tier2, "-", "admin.barriers:write"}, s.adminBarriersUpdate)
}

// adminBarriersCreate puts a barrier between a group and others.
//
// https://docs.slack.dev/reference/methods/admin.barriers.create
func (s *Slack) adminBarriersCreate(c *call, in *api.AdminBarriersCreateRequest) (any, error) {
	if err := c.require("primary_usergroup_id", "barriered_from_usergroup_ids", "restricted_subjects"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	b := Barrier{ID: c.id("Ba"), Org: org.ID, Primary: in.PrimaryUsergroupID, From: in.BarrieredFromUsergroupIDs, Subjects: in.RestrictedSubjects, Updated: c.Now.Unix()}
	if err := c.checkBarrier(b); err != nil {
		return nil, err
	}
	s.barriers.Put(c.Tx, b)
	c.audit("barrier_created", aboutBarrier(b), nil)
	return reply{"barrier": c.barrierView(b)}, nil
}

// checkBarrier refuses a barrier that cannot be.
func (c *call) checkBarrier(b Barrier) error {
	if _, ok := c.group(b.Primary); !ok {
		return Error("primary_usergroup_not_found")
	}
	for _, id := range b.From {
		if _, ok := c.group(id); !ok {
			return Error("barriered_from_usergroups_not_found")
		}
	}
	subjects := slices.Sorted(slices.Values(b.Subjects))
	if !slices.Equal(subjects, []string{"call", "im", "mpim"}) {
		return Error("invalid_restricted_subjects")
	}
	for other := range c.s.barriers.All(c.Tx, "") {
		if other.ID == b.ID {
			continue
		}
		for _, id := range b.From {
			if other.Primary == b.Primary && slices.Contains(other.From, id) || other.Primary == id && slices.Contains(other.From, b.Primary) {
				return Error("barrier_already_exists")
			}
		}
	}
	return nil
}

// adminBarriersDelete takes a barrier away.
//
// https://docs.slack.dev/reference/methods/admin.barriers.delete
func (s *Slack) adminBarriersDelete(c *call, in *api.AdminBarriersDeleteRequest) (any, error) {
	if err := c.require("barrier_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	b, ok := s.barriers.Get(c.Tx, in.BarrierID)
	if !ok || b.Org != org.ID {
		return nil, errBarrierNotFound
	}
	s.barriers.Delete(c.Tx, b.ID)
	c.audit("barrier_deleted", aboutBarrier(b), nil)
	return nil, nil
}

// adminBarriersList returns the organisation's barriers.
//
// https://docs.slack.dev/reference/methods/admin.barriers.list
func (s *Slack) adminBarriersList(c *call, in *api.AdminBarriersListRequest) (any, error) {
	n, err := c.between(in.Limit, 100, 1000)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	var all []Barrier
	for b := range s.barriers.All(c.Tx, "") {
		if b.Org == org.ID {
			all = append(all, b)
		}
	}
	all, next, err := page(all, "barrier", in.Cursor, n, func(b Barrier) string { return b.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, b := range all {
		views = append(views, c.barrierView(b))
	}
	return reply{"barriers": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminBarriersUpdate replaces all that a barrier says.
//
// https://docs.slack.dev/reference/methods/admin.barriers.update
func (s *Slack) adminBarriersUpdate(c *call, in *api.AdminBarriersUpdateRequest) (any, error) {
	if err := c.require("barrier_id", "primary_usergroup_id", "barriered_from_usergroup_ids", "restricted_subjects"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	b, ok := s.barriers.Get(c.Tx, in.BarrierID)
	if !ok || b.Org != org.ID {
		return nil, errBarrierNotFound
	}
	b.Primary, b.From, b.Subjects, b.Updated = in.PrimaryUsergroupID, in.BarrieredFromUsergroupIDs, in.RestrictedSubjects, c.Now.Unix()
	if err := c.checkBarrier(b); err != nil {
		return nil, err
	}
	s.barriers.Put(c.Tx, b)
	c.audit("barrier_updated", aboutBarrier(b), nil)
	return reply{"barrier": c.barrierView(b)}, nil
}

func aboutBarrier(b Barrier) reply {
	return reply{"type": "barrier", "barrier": reply{"id": b.ID, "primary_usergroup": b.Primary, "barriered_from_usergroups": b.From, "restricted_subjects": b.Subjects}}
}

func (c *call) barrierView(b Barrier) reply {
	named := func(id string) reply {
		g, _ := c.group(id)
		return reply{"id": id, "name": g.Name}
	}
	from := []reply{}
	for _, id := range b.From {
		from = append(from, named(id))
	}
	return reply{"id": b.ID, "enterprise_id": b.Org, "primary_usergroup": named(b.Primary), "barriered_from_usergroups": from,
		"restricted_subjects": b.Subjects, "date_update": b.Updated}
}

// barred reports whether a barrier stands between any two of those in a direct conversation.
func (c *call) barred(ch Channel) bool {
	subject := typeOf(ch)
	if subject != "im" && subject != "mpim" {
		return false
	}
	for b := range c.s.barriers.All(c.Tx, "") {
		if slices.Contains(b.Subjects, subject) && c.apart(b, ch.Peers) {
			return true
		}
	}
	return false
}

// apart reports whether a barrier stands between any two of the users.
func (c *call) apart(b Barrier, users []string) bool {
	within := func(group string) bool {
		g, _ := c.group(group)
		return slices.ContainsFunc(users, func(u string) bool { return slices.Contains(g.Users, u) })
	}
	return within(b.Primary) && slices.ContainsFunc(b.From, within)
}
