// Package queue spreads the trials of runs over any number of workers on any number of machines. Trials are messages of a NATS
// JetStream work queue; what comes of each is a key that is created once, however often the trial is done.
package queue

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

// Names in NATS. All runs share them.
const (
	stream   = "TWINSET"
	subjects = "twinset.trial.*" // by run
	workers  = "workers"         // the consumer
	bucket   = "twinset"         // run.NAME, scenario.RUN.ID, script.RUN.ID, result.RUN.TRIAL
)

// A Run is what workers have to know of one.
type Run struct {
	Name    string `json:"name"`
	Subject string `json:"subject"` // as on the command line: each worker starts its own
	Player  string `json:"player"`
	Suite   string `json:"suite,omitempty"`
	Product string `json:"product,omitempty"`
}

// A ticket is a trial in the queue.
type ticket struct {
	Run      string `json:"run"`
	Scenario string `json:"scenario"`
	Trial    int    `json:"trial"`
}

// A Queue is a connection to NATS with what the trials need there.
type Queue struct {
	nc   *nats.Conn
	js   jetstream.JetStream
	kv   jetstream.KeyValue
	jobs jetstream.Consumer
	wait time.Duration
}

// Patience is how long a trial may be without a sign of life from its worker before another one takes it.
const Patience = 10 * time.Second

// Open connects to NATS at url and makes what is not there yet. Patience is that of the first who opens the queue; 0 is [Patience].
func Open(ctx context.Context, url string, patience time.Duration) (*Queue, error) {
	if patience == 0 {
		patience = Patience
	}
	nc, err := nats.Connect(url, nats.Name("twinset"), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("queue: %s: %w", url, err)
	}
	q := &Queue{nc: nc}
	if err := q.open(ctx, patience); err != nil {
		nc.Close()
		return nil, fmt.Errorf("queue: %s: %w", url, err)
	}
	return q, nil
}

func (q *Queue) open(ctx context.Context, patience time.Duration) (err error) {
	if q.js, err = jetstream.New(q.nc); err != nil {
		return err
	}
	st, err := q.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		st, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: stream, Subjects: []string{subjects}, Retention: jetstream.WorkQueuePolicy, Duplicates: time.Hour})
	}
	if err != nil {
		return err
	}
	q.jobs, err = st.Consumer(ctx, workers)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		q.jobs, err = st.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: workers, AckPolicy: jetstream.AckExplicitPolicy, AckWait: patience, MaxAckPending: -1})
	}
	if err != nil {
		return err
	}
	q.wait = q.jobs.CachedInfo().Config.AckWait
	q.kv, err = q.js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		q.kv, err = q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket})
	}
	return err
}

// Close ends the connection.
func (q *Queue) Close() { q.nc.Close() }

var runName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Play puts the jobs of a run into the queue, and hands over the record of each as some worker has done it, each once. It returns
// when all are done, or done says so.
func (q *Queue) Play(ctx context.Context, r Run, jobs []trial.Job, done func(*trajectory.Trajectory) error) (err error) {
	if !runName.MatchString(r.Name) {
		return fmt.Errorf("queue: %q is no name of a run: it is letters, digits, - and _", r.Name)
	}
	spec, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := q.kv.Create(ctx, "run."+r.Name, spec); err != nil {
		return fmt.Errorf("queue: a run %s: %w", r.Name, err)
	}
	defer func() { err = errors.Join(err, q.forget(context.WithoutCancel(ctx), r.Name)) }()
	if err := q.describe(ctx, r.Name, jobs); err != nil {
		return err
	}
	results, err := q.kv.Watch(ctx, "result."+r.Name+".>", jetstream.IgnoreDeletes())
	if err != nil {
		return err
	}
	defer results.Stop()
	for _, j := range jobs {
		b, err := json.Marshal(ticket{r.Name, j.Scenario.ID, j.Trial})
		if err != nil {
			return err
		}
		if _, err := q.js.Publish(ctx, strings.Replace(subjects, "*", r.Name, 1), b, jetstream.WithMsgID(r.Name+"/"+j.ID())); err != nil {
			return err
		}
	}
	for left := len(jobs); left > 0; {
		select {
		case e, more := <-results.Updates():
			if !more {
				return errors.New("queue: the results have ended")
			}
			if e == nil {
				continue // that was all there has been before
			}
			t, err := unpack(e.Value())
			if err != nil {
				return err
			}
			if err := done(t); err != nil {
				return err
			}
			left--
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// describe leaves for the workers what the jobs are about.
func (q *Queue) describe(ctx context.Context, run string, jobs []trial.Job) error {
	told := map[string]bool{}
	for _, j := range jobs {
		s := j.Scenario
		if told[s.ID] {
			continue
		}
		told[s.ID] = true
		if _, err := q.kv.Put(ctx, "scenario."+run+"."+s.ID, s.Source); err != nil {
			return err
		}
		script, err := os.ReadFile(trial.ScriptOf(s.Path))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := q.kv.Put(ctx, "script."+run+"."+s.ID, script); err != nil {
			return err
		}
	}
	return nil
}

// forget takes out of NATS what is there of a run.
func (q *Queue) forget(ctx context.Context, run string) error {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	st, err := q.js.Stream(ctx, stream)
	if err == nil {
		err = st.Purge(ctx, jetstream.WithPurgeSubject(strings.Replace(subjects, "*", run, 1)))
	}
	keys, e := q.kv.ListKeysFiltered(ctx, "run."+run, "scenario."+run+".*", "script."+run+".*", "result."+run+".>")
	if err = errors.Join(err, e); e != nil {
		return err
	}
	for k := range keys.Keys() {
		err = errors.Join(err, q.kv.Purge(ctx, k))
	}
	return err
}

func pack(t *trajectory.Trajectory) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	err := json.NewEncoder(z).Encode(whole{t, t.Events, t.Diff, t.Checks})
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}

func unpack(b []byte) (*trajectory.Trajectory, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	b, err = io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	w := whole{Head: &trajectory.Trajectory{}}
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, err
	}
	w.Head.Events, w.Head.Diff, w.Head.Checks = w.Events, w.Diff, w.Checks
	return w.Head, nil
}

// whole is a record in one piece.
type whole struct {
	Head   *trajectory.Trajectory `json:"head"`
	Events []trajectory.Event     `json:"events"`
	Diff   []trajectory.Change    `json:"diff"`
	Checks []trajectory.Check     `json:"checks"`
}

// Embedded starts a NATS server with JetStream in this process and returns its URL. It keeps its state in a temporary directory.
func Embedded(host string, port int) (url string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "twinset-nats-")
	if err != nil {
		return "", nil, err
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{Host: host, Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, MaxPayload: 16 << 20})
	if err == nil {
		go s.Start()
		if !s.ReadyForConnections(10 * time.Second) {
			s.Shutdown()
			err = fmt.Errorf("queue: no server can listen on %s:%d", host, port)
		}
	}
	if err != nil {
		os.RemoveAll(dir)
		return "", nil, err
	}
	return s.ClientURL(), func() {
		s.Shutdown()
		s.WaitForShutdown()
		os.RemoveAll(dir)
	}, nil
}

// load reads a scenario that a run has left, into a folder of the worker's.
func (q *Queue) load(ctx context.Context, run, id, dir string) (*scenario.Scenario, error) {
	e, err := q.kv.Get(ctx, "scenario."+run+"."+id)
	if err != nil {
		return nil, err
	}
	path := dir + "/" + id + ".md"
	if err := os.WriteFile(path, e.Value(), 0o600); err != nil {
		return nil, err
	}
	script, err := q.kv.Get(ctx, "script."+run+"."+id)
	if err == nil {
		err = os.WriteFile(trial.ScriptOf(path), script.Value(), 0o600)
	} else if errors.Is(err, jetstream.ErrKeyNotFound) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return scenario.Read(path)
}
