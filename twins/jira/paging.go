package jira

import (
	"iter"
	"math"
	"net/url"
	"strconv"
)

// usualPage is how many a page of a list has unless the caller asks for another number.
const usualPage = 50

// A window is the part of a list that a caller asks for.
type window struct{ start, max int }

// window reads startAt and maxResults; a page has most entries at the most.
func (c *call) window(usual, most int) (w window, err error) {
	w = window{0, usual}
	for _, x := range []struct {
		name string
		n    *int
	}{{"startAt", &w.start}, {"maxResults", &w.max}} {
		s := c.q(x.name)
		if s == "" {
			continue
		}
		if *x.n, err = strconv.Atoi(s); err != nil {
			return w, badRequest("The value '%s' of the query parameter '%s' is not a number.", s, x.name)
		}
	}
	if w.max < 0 {
		w.max = usual
	}
	return window{min(max(w.start, 0), math.MaxInt32), min(w.max, most)}, nil
}

// pageBean is the page of a list that the caller asks for, at most so many of it: {self, nextPage, maxResults, startAt, total,
// isLast, values}. Only what is on the page is looked at with view.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination
func pageBean[T any](c *call, seq iter.Seq[T], most int, view func(T) any) (any, error) {
	return pageOf(c, seq, min(usualPage, most), most, view)
}

// pageOf is the same for a list whose pages usually have another number of entries.
func pageOf[T any](c *call, seq iter.Seq[T], usual, most int, view func(T) any) (any, error) {
	w, err := c.window(usual, most)
	if err != nil {
		return nil, err
	}
	return pageWithin(c, w, seq, view), nil
}

// pageWithin is the page of a list that is in a window.
func pageWithin[T any](c *call, w window, seq iter.Seq[T], view func(T) any) obj {
	values, total := []any{}, 0
	for x := range seq {
		if total >= w.start && len(values) < w.max {
			values = append(values, view(x))
		}
		total++
	}
	out := obj{"self": c.pageAt(w.start, w.max), "maxResults": w.max, "startAt": w.start, "total": total, "isLast": w.start+len(values) >= total, "values": values}
	if next := w.start + w.max; next < total && w.max > 0 {
		out["nextPage"] = c.pageAt(next, w.max)
	}
	return out
}

// pageAt is the address of another page of what was asked for.
func (c *call) pageAt(start, most int) string {
	q := url.Values{}
	for k, v := range c.query {
		q[k] = v
	}
	q.Set("startAt", strconv.Itoa(start))
	q.Set("maxResults", strconv.Itoa(most))
	return c.self() + "?" + q.Encode()
}
