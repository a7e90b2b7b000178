package jira

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/jira/internal/jql"
)

// sites are twins with as many issues more than the demo's, each made once.
var sites sync.Map

func siteOf(b *testing.B, issues int) (*Jira, *twin.World) {
	make := func() any {
		h := twin.NewHost(twin.Options{Demo: demo.YAML, WorldSeed: 1})
		j := mount(h)
		if err := h.Open(); err != nil {
			panic(err)
		}
		w, _ := h.World(twin.DefaultWorld)
		fill(b, j, w, issues)
		return j
	}
	f, _ := sites.LoadOrStore(issues, sync.OnceValue(make))
	j := f.(func() any)().(*Jira)
	w, _ := j.World(twin.DefaultWorld)
	return j, w
}

// fill adds issues to ten more projects, with words of a small language.
func fill(b testing.TB, j *Jira, w *twin.World, issues int) {
	r := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ka lo mi ra tu ve no si pa du bel tor min gan")
	word := func() string {
		n := int(r.ExpFloat64() * 300)
		return syllables[n%14] + syllables[n/14%14] + syllables[n/196%14]
	}
	text := func(n int) string {
		var all []string
		for range n {
			all = append(all, word())
		}
		return strings.Join(all, " ")
	}
	const batch = 5000
	for done := 0; done < issues; done += batch {
		if err := w.Update(func(tc *twin.Call) error {
			var people []string
			for u := range j.users.All(tc.Tx, "") {
				people = append(people, u.ID)
			}
			rock, _ := j.projectsByKey.Get(tc.Tx, "ROCK")
			for n := done; n < min(issues, done+batch); n++ {
				p := rock
				p.ID, p.Key, p.Name = 20000+int64(n%10), fmt.Sprintf("P%d", n%10), fmt.Sprintf("Project %d", n%10)
				if n < 10 {
					j.projects.Put(tc.Tx, p)
				}
				at := tc.Now.Add(-time.Duration(issues-n) * time.Minute).UnixMilli()
				fields := obj{"summary": text(6), "description": text(40), "status": []string{"3", "10000", "10001", "10001"}[r.IntN(4)], "issuetype": []string{"10001", "10002", "10004"}[r.IntN(3)],
					"priority": fmt.Sprint(1 + r.IntN(5)), "reporter": people[r.IntN(len(people))], "creator": people[r.IntN(len(people))], rankField: rankAt(firstRank + int64(n)*rankStep)}
				if r.IntN(5) > 0 {
					fields["assignee"] = people[r.IntN(len(people))]
				}
				if r.IntN(4) == 0 {
					fields["labels"] = []any{fmt.Sprintf("label%d", r.IntN(200))}
				}
				if fields["status"] == "10001" {
					fields["resolution"] = "10000"
				}
				j.issues.Put(tc.Tx, Issue{ID: 100000 + int64(n), Project: p.ID, Number: int64(n/10 + 1), Fields: fields, Created: at, Updated: at, StatusChanged: at})
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// What people ask, from the first page of a thing to the words of everything.
var benchedQueries = []string{
	"key = P3-7",
	"assignee = currentUser() AND resolution = Unresolved ORDER BY updated DESC",
	"project = P1 AND status = \"In Progress\" AND labels = label7",
	"project = P1 ORDER BY created DESC",
	"project = P1 AND statusCategory != Done ORDER BY priority DESC, updated DESC",
	"labels in (label1, label2) AND assignee is not EMPTY ORDER BY priority",
	"created >= -1d ORDER BY created DESC",
	"updated >= -1h AND project in (P1, P2)",
	"text ~ \"kalomi ratuve\"",
	"summary ~ duvera AND status = Done",
	"status = Done ORDER BY updated DESC",
	"priority in (High, Highest) AND status != Done ORDER BY rank",
	"project in (P1, P2, P3) ORDER BY priority DESC, updated DESC",
	"status = Done ORDER BY assignee",
	"status = Done",
}

// BenchmarkJQL asks for the first page of 50 issues, as /search/jql does, on sites of growing size.
func BenchmarkJQL(b *testing.B) {
	for _, size := range []int{1000, 10000, 100000} {
		for _, query := range benchedQueries {
			b.Run(fmt.Sprintf("%d/%s", size, query), func(b *testing.B) {
				j, w := siteOf(b, size)
				q, err := jql.Parse(query)
				if err != nil {
					b.Fatal(err)
				}
				found := 0
				for b.Loop() {
					if err := w.View(func(tc *twin.Call) error {
						c := j.newCall(tc)
						for u := range j.usersByEmail.All(tc.Tx, "ana@acme.example") {
							c.who = u
						}
						f := c.find(q)
						if f.errors != nil {
							b.Fatal(f.errors)
						}
						found = len(f.first(50))
						return nil
					}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(found), "issues")
			})
		}
	}
}
