package jira

import "twinset.dev/kit/twin"

func (j *Jira) issueWatchersOperations() {
	j.on(twin.Full, "getIssueWatchers", j.getIssueWatchers).public()
	j.on(twin.Full, "addWatcher", j.addWatcher)
	j.on(twin.Full, "removeWatcher", j.removeWatcher)
	j.on(twin.Full, "getIsWatchingIssueBulk", j.getIsWatchingIssueBulk).readsOnly()

	j.on(twin.Full, "getVotes", j.getVotes).public()
	j.on(twin.Full, "addVote", j.addVote)
	j.on(twin.Full, "removeVote", j.removeVote)
}

// watched finds the issue that the path names, if people can watch issues.
func (c *call) watched() (Issue, Project, error) {
	if !c.siteOption("jira.option.watching") {
		return Issue{}, Project{}, notFound("Watching issues is currently disabled.")
	}
	return c.issue(c.param("issueIdOrKey"))
}

// votedFor finds the issue that the path names, if people can vote for issues.
func (c *call) votedFor() (Issue, Project, error) {
	if !c.siteOption("jira.option.voting") {
		return Issue{}, Project{}, notFound("Voting for issues is currently disabled.")
	}
	return c.issue(c.param("issueIdOrKey"))
}

// getIssueWatchers returns who watches an issue. Who may not see that sees how many.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-watchers/#api-rest-api-3-issue-issueidorkey-watchers-get
func (j *Jira) getIssueWatchers(c *call) (any, error) {
	i, p, err := c.watched()
	if err != nil {
		return nil, err
	}
	v := object(watchesShown(c, &i))
	watchers := []any{}
	if c.may("VIEW_VOTERS_AND_WATCHERS", &p, &i) {
		for x := range j.watches.All(c.Tx, key(i.ID)+"/") {
			if who := c.userShown(x.User); who != nil {
				watchers = append(watchers, who)
			}
		}
	}
	v["watchers"] = watchers
	return v, nil
}

// addWatcher makes somebody watch an issue: the account that the body is, or the caller.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-watchers/#api-rest-api-3-issue-issueidorkey-watchers-post
func (j *Jira) addWatcher(c *call) (any, error) {
	i, p, err := c.watched()
	if err != nil {
		return nil, err
	}
	who := c.who
	if c.body != nil {
		account := or(text(c.body), text(object(c.body)["accountId"]))
		u, ok := j.users.Get(c.Tx, account)
		if !ok {
			return nil, notFound(`The user "%s" could not be found. This user will not be added to the watch list.`, account)
		}
		who = u
	}
	switch {
	case who.ID != c.who.ID && !c.may("MANAGE_WATCHERS", &p, &i):
		return nil, forbidden("User '%s' is not allowed to add watchers to issue '%s'", c.who.Name, c.keyOf(&i))
	case !c.userMay(who.ID, "BROWSE_PROJECTS", &p, &i):
		return nil, badRequest(`The user "%s" does not have permission to view this issue. This user will not be added to the watch list.`, who.Name)
	}
	j.watches.Put(c.Tx, Watch{Issue: i.ID, User: who.ID})
	return nil, nil
}

// removeWatcher makes somebody watch an issue no longer.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-watchers/#api-rest-api-3-issue-issueidorkey-watchers-delete
func (j *Jira) removeWatcher(c *call) (any, error) {
	i, p, err := c.watched()
	if err != nil {
		return nil, err
	}
	account := or(or(c.q("accountId"), c.q("username")), text(c.body)) // older clients write it in the body
	if account == "" {
		return nil, badRequest("accountId must be specified.")
	}
	u, ok := j.users.Get(c.Tx, account)
	switch {
	case !ok:
		return nil, notFound(`The user "%s" could not be found.`, account)
	case u.ID != c.who.ID && !c.may("MANAGE_WATCHERS", &p, &i):
		return nil, forbidden("User '%s' is not allowed to remove watchers from issue '%s'", c.who.Name, c.keyOf(&i))
	}
	j.watches.Delete(c.Tx, key(i.ID)+"/"+u.ID)
	return nil, nil
}

// getIsWatchingIssueBulk tells which of some issues the caller watches.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-watchers/#api-rest-api-3-issue-watching-post
func (j *Jira) getIsWatchingIssueBulk(c *call) (any, error) {
	watching := obj{}
	for _, v := range list(object(c.body)["issueIds"]) {
		n := plainWords(v)
		i, _, err := c.issue(n)
		watching[n] = err == nil && j.watches.Has(c.Tx, key(i.ID)+"/"+c.who.ID)
	}
	return obj{"issuesIsWatching": watching}, nil
}

// getVotes returns who has voted for an issue. Who may not see that sees how many.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-votes/#api-rest-api-3-issue-issueidorkey-votes-get
func (j *Jira) getVotes(c *call) (any, error) {
	i, p, err := c.votedFor()
	if err != nil {
		return nil, err
	}
	v := object(votesShown(c, &i))
	voters := []any{}
	if c.may("VIEW_VOTERS_AND_WATCHERS", &p, &i) {
		for x := range j.votes.All(c.Tx, key(i.ID)+"/") {
			if who := c.userShown(x.User); who != nil {
				voters = append(voters, who)
			}
		}
	}
	v["voters"] = voters
	return v, nil
}

// voteable finds the issue that the path names, for which the caller may vote.
func (c *call) voteable() (Issue, error) {
	i, _, err := c.votedFor()
	switch {
	case err != nil:
		return i, err
	case i.Fields["reporter"] == c.who.ID:
		return i, notFound("You cannot vote for an issue you have reported.")
	case i.Fields["resolution"] != nil:
		return i, notFound("You cannot vote or change your vote on resolved issues.")
	}
	return i, nil
}

// addVote votes for an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-votes/#api-rest-api-3-issue-issueidorkey-votes-post
func (j *Jira) addVote(c *call) (any, error) {
	i, err := c.voteable()
	if err != nil {
		return nil, err
	}
	j.votes.Put(c.Tx, Vote{Issue: i.ID, User: c.who.ID})
	return nil, nil
}

// removeVote takes the caller's vote back.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-votes/#api-rest-api-3-issue-issueidorkey-votes-delete
func (j *Jira) removeVote(c *call) (any, error) {
	i, err := c.voteable()
	if err != nil {
		return nil, err
	}
	if !j.votes.Delete(c.Tx, key(i.ID)+"/"+c.who.ID) {
		return nil, notFound("Cannot remove a vote for an issue that the user has not already voted for.")
	}
	return nil, nil
}
