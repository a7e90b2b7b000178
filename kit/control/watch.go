package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// diff says what has changed in the world between two versions or snapshots, in the vendor's nouns: since its seed, until
// now, if the caller says nothing else.
func (p *plane) diff(ec echo.Context, w *twin.World) error {
	from, ok := version(w, ec.QueryParam("since"), w.Seeded())
	if !ok {
		return refuse(ec, http.StatusNotFound, "since is %q; it is a version or the name of a snapshot", ec.QueryParam("since"))
	}
	to, ok := version(w, ec.QueryParam("until"), w.Version())
	if !ok {
		return refuse(ec, http.StatusNotFound, "until is %q; it is a version or the name of a snapshot", ec.QueryParam("until"))
	}
	created, updated, deleted, err := changed(w, from, to, ec.QueryParam("all") != "")
	if errors.Is(err, store.ErrHistory) {
		return refuse(ec, http.StatusGone, "what changed from version %d to %d is no longer kept, or has not happened; -history keeps more", from, to)
	} else if err != nil {
		return err
	}
	return ec.JSON(http.StatusOK, map[string]any{
		"since": from, "version": to, "created": created, "updated": updated, "deleted": deleted,
	})
}

// version is the one that a number or the name of a snapshot stands for; nothing stands for otherwise.
func version(w *twin.World, s string, otherwise uint64) (uint64, bool) {
	if s == "" {
		return otherwise, true
	}
	if v, err := strconv.ParseUint(s, 10, 64); err == nil {
		return v, true
	}
	snap, ok := w.Load(s)
	if !ok {
		return 0, false
	}
	return snap.Version(), true
}

// A change is one record that is not what it was.
type change struct {
	Twin       string           `json:"twin"`
	Collection string           `json:"collection"`
	Key        string           `json:"key"`
	Fields     map[string]field `json:"fields,omitempty"`
	Record     any              `json:"record,omitempty"`
	Version    uint64           `json:"version"`
}

type field struct {
	From any `json:"from"`
	To   any `json:"to"`
}

// changed lists what has changed in the world from one version to another, the chassis's own records too if all is set.
func changed(w *twin.World, from, to uint64, all bool) (created, updated, deleted []change, err error) {
	changes, err := w.Between(from, to)
	if err != nil {
		return nil, nil, nil, err
	}
	created, updated, deleted = []change{}, []change{}, []change{}
	for _, ch := range changes {
		service, noun, _ := strings.Cut(ch.Collection, ".")
		if service == "twin" && !all {
			continue
		}
		c := change{Twin: service, Collection: noun, Key: ch.Key, Version: ch.Version}
		switch {
		case ch.Old == nil:
			c.Record = ch.New
			created = append(created, c)
		case ch.New == nil:
			c.Record = ch.Old
			deleted = append(deleted, c)
		default:
			a, b := fields(ch.Old), fields(ch.New)
			c.Fields = map[string]field{}
			for k := range a {
				if !reflect.DeepEqual(a[k], b[k]) {
					c.Fields[k] = field{a[k], b[k]}
				}
			}
			for k := range b {
				if _, ok := a[k]; !ok {
					c.Fields[k] = field{nil, b[k]}
				}
			}
			if len(c.Fields) > 0 {
				updated = append(updated, c)
			}
		}
	}
	for _, list := range [][]change{created, updated, deleted} {
		slices.SortFunc(list, func(a, b change) int {
			return strings.Compare(a.Twin+"\x00"+a.Collection+"\x00"+a.Key, b.Twin+"\x00"+b.Collection+"\x00"+b.Key)
		})
	}
	return created, updated, deleted, nil
}

func fields(v any) (m map[string]any) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return map[string]any{"": fmt.Sprint(v)}
	}
	return m
}

// journal answers JSON lines, or server-sent events that go on as requests come in.
func (p *plane) journal(ec echo.Context, w *twin.World) error {
	from, err := since(ec)
	if err != nil {
		return refuse(ec, http.StatusBadRequest, "since is a sequence number")
	}
	limit, _ := strconv.Atoi(ec.QueryParam("limit"))
	res := ec.Response()
	enc := json.NewEncoder(res)
	if !strings.Contains(ec.Request().Header.Get("Accept"), "text/event-stream") {
		res.Header().Set("Content-Type", "application/x-ndjson")
		for _, e := range w.Journal.Since(from, limit) {
			if err := enc.Encode(e); err != nil {
				return nil
			}
		}
		return nil
	}
	res.Header().Set("Content-Type", "text/event-stream")
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
	more, stop := w.Journal.Follow()
	defer stop()
	if id, err := strconv.ParseUint(ec.Request().Header.Get("Last-Event-ID"), 10, 64); err == nil {
		from = id
	}
	for {
		for _, e := range w.Journal.Since(from, 0) {
			fmt.Fprintf(res, "id: %d\ndata: ", e.Seq)
			if err := enc.Encode(e); err != nil {
				return nil
			}
			fmt.Fprint(res, "\n")
			from = e.Seq
		}
		res.Flush()
		select {
		case <-more:
		case <-ec.Request().Context().Done():
			return nil
		}
	}
}

// metrics serves Prometheus: requests, refusals and time by operation, worlds, and the process.
func (p *plane) metrics() echo.HandlerFunc {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &counts{p})
	h := promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return echo.WrapHandler(h)
}

type counts struct{ p *plane }

var (
	descRequests = prometheus.NewDesc("twin_requests_total", "Requests answered.", []string{"twin", "operation"}, nil)
	descRefused  = prometheus.NewDesc("twin_refusals_total", "Requests answered with an error.", []string{"twin", "operation"}, nil)
	descSeconds  = prometheus.NewDesc("twin_request_seconds_total", "Time spent answering.", []string{"twin", "operation"}, nil)
	descWorlds   = prometheus.NewDesc("twin_worlds", "Worlds there are.", nil, nil)
)

func (c *counts) Describe(ch chan<- *prometheus.Desc) {
	ch <- descRequests
	ch <- descRefused
	ch <- descSeconds
	ch <- descWorlds
}

func (c *counts) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(descWorlds, prometheus.GaugeValue, float64(len(c.p.DB.Worlds())))
	for _, b := range c.p.twins {
		for _, op := range b.Operations() {
			if n := op.Calls(); n > 0 {
				ch <- prometheus.MustNewConstMetric(descRequests, prometheus.CounterValue, float64(n), b.Service, op.ID)
				ch <- prometheus.MustNewConstMetric(descRefused, prometheus.CounterValue, float64(op.Errors()), b.Service, op.ID)
				ch <- prometheus.MustNewConstMetric(descSeconds, prometheus.CounterValue, float64(op.Micros())/1e6, b.Service, op.ID)
			}
		}
	}
}
