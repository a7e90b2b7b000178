package jira

import (
	"net/url"
	"regexp"
	"strings"

	"twinset.dev/kit/ui"
)

// issueKeyLike matches what is the key of an issue and no words.
var issueKeyLike = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*-[0-9]+$`)

// pageSize is how many issues a page of a search shows.
const pageSize = 50

// searchScreen finds issues with JQL, or with words.
func (j *Jira) searchScreen(c *call) (screen, error) {
	q, words := c.query.Get("jql"), strings.TrimSpace(c.query.Get("text"))
	if words != "" && q == "" {
		if issueKeyLike.MatchString(words) {
			if i, _, err := c.issue(words); err == nil {
				return screen{V: obj{"Redirect": "/browse/" + c.keyOf(&i)}}, nil
			}
		}
		q = `text ~ "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(words) + `" ORDER BY updated DESC`
	}
	if q == "" {
		q = "created >= -30d ORDER BY created DESC"
	}
	s := screen{Nav: "search", V: obj{"JQL": q, "Words": words}}
	s.Title = "Search"
	page, next, err := c.pageOf(searching{jql: q, max: pageSize, token: c.query.Get("page")})
	if refused, ok := err.(*refusal); ok {
		s.V["Wrong"] = refused.messages
		return s, nil
	} else if err != nil {
		return s, err
	}
	var cards []card
	for _, i := range page {
		cards = append(cards, c.card(i))
	}
	s.V["Cards"] = cards
	s.V["Count"] = ui.Plural(len(cards), "issue", "issues")
	if next != "" {
		s.V["Next"] = c.root() + "/issues/?" + url.Values{"jql": {q}, "page": {next}}.Encode()
	}
	return s, nil
}

// commentForm is what somebody has written below an issue. Whom they name with an @ is told of it.
func (j *Jira) commentForm(c *call, f url.Values) (any, error) {
	words := f.Get("comment")
	if strings.Contains(words, "@") {
		for u := range j.users.All(c.Tx, "") {
			words = strings.ReplaceAll(words, "@"+u.Name, "[~accountid:"+u.ID+"]")
		}
	}
	return obj{"body": words}, nil
}
