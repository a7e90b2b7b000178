package jira

import (
	"math"
	"strconv"
	"strings"
)

// Working time: how long a day and a week are, as the site has it.
func (c *call) workingTime() (day, week int64) {
	day, week = 8*3600, 5*8*3600
	t := object(c.site.Settings["timeTracking"])
	if h, ok := t["workingHoursPerDay"].(float64); ok {
		day = int64(h * 3600)
	}
	week = 5 * day
	if d, ok := t["workingDaysPerWeek"].(float64); ok {
		week = int64(d * float64(day))
	}
	return day, week
}

// span is a number of seconds as Jira writes it: "1w 3d 4h 30m", or in days or hours alone if the site wants it so.
func (c *call) span(n int64) string {
	day, week := c.workingTime()
	alone := func(unit int64, name string) string {
		return strconv.FormatFloat(math.Round(float64(n)/float64(unit)*100)/100, 'f', -1, 64) + name
	}
	switch c.timeTrackingOptions()["timeFormat"] {
	case "days":
		return alone(day, "d")
	case "hours":
		return alone(3600, "h")
	}
	var parts []string
	for _, u := range []struct {
		size int64
		name string
	}{{week, "w"}, {day, "d"}, {3600, "h"}, {60, "m"}} {
		if u.size > 0 && n >= u.size {
			parts = append(parts, strconv.FormatInt(n/u.size, 10)+u.name)
			n %= u.size
		}
	}
	if len(parts) == 0 {
		return "0m"
	}
	return strings.Join(parts, " ")
}

// parseSpan reads what people write: "3d 4h", "90m", "1.5h"; a number alone is of the site's unit.
func (c *call) parseSpan(s string) (int64, bool) {
	day, week := c.workingTime()
	units := map[byte]int64{'w': week, 'd': day, 'h': 3600, 'm': 60}
	words := strings.Fields(strings.ToLower(s))
	if len(words) == 0 {
		return 0, false
	}
	usual := units[(text(c.timeTrackingOptions()["defaultUnit"]) + "m")[0]] // minute, hour, day or week
	total := 0.0
	for _, w := range words {
		size := usual
		if u, ok := units[w[len(w)-1]]; ok {
			size, w = u, w[:len(w)-1]
		}
		n, err := strconv.ParseFloat(w, 64)
		if err != nil || n < 0 || n > 1e9 {
			return 0, false
		}
		total += n * float64(size)
	}
	return int64(total), true
}
