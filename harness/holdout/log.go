package holdout

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"twinset.dev/harness/scenario"
)

// An Access is one line of the log: who did what to which scenario, when and why.
type Access struct {
	N        int           `json:"n"` // from 1
	At       time.Time     `json:"at"`
	Who      string        `json:"who"`
	What     string        `json:"what"` // seal, view, edit, run, judge or feedback
	Pool     scenario.Pool `json:"pool"`
	Scenario string        `json:"scenario"`
	Why      string        `json:"why,omitempty"`
	Digest   string        `json:"sha256,omitempty"` // of the scenario's file
	Prev     string        `json:"prev"`             // the line before
	SHA      string        `json:"sha"`              // of this line but this
}

func (a Access) String() string {
	return fmt.Sprintf("%s %s: %s %s/%s %s", a.At.Format(time.DateTime), a.Who, a.What, a.Pool, a.Scenario, a.Why)
}

// sum is the digest of a line, which holds that of the line before it.
func (a Access) sum() string {
	a.SHA = ""
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // text, numbers and a time
	}
	return digest(b)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A Head is the end of the log: how many lines there are, and the digest of the last. It is printed with every report, so that
// a log that has been cut back and its head with it can be told from the one that the report was printed with.
type Head struct {
	N   int    `json:"n"`
	SHA string `json:"sha"`
}

// Record appends a line. Processes take turns.
func (p *Place) Record(a Access) error {
	f, err := os.OpenFile(p.path("access.log"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	_, head, err := p.Verify()
	if err != nil {
		return err
	}
	a.N, a.At, a.Who, a.Prev = head.N+1, time.Now().UTC(), p.Who, head.SHA
	a.SHA = a.sum()
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	end, err := json.Marshal(Head{a.N, a.SHA})
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), replace(p.path("access.head"), end))
}

// Verify reads the log and follows its chain. An error says at which line something has been taken out, put in or changed.
func (p *Place) Verify() (lines []Access, head Head, err error) {
	b, err := os.ReadFile(p.path("access.log"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, head, err
	}
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var a Access
		switch err := json.Unmarshal(sc.Bytes(), &a); {
		case err != nil:
			return lines, head, fmt.Errorf("holdout: line %d of the access log cannot be read: %w", head.N+1, err)
		case a.N != head.N+1 || a.Prev != head.SHA:
			return lines, head, fmt.Errorf("holdout: the access log is broken before its line %d: lines were taken out or put in", a.N)
		case a.SHA != a.sum():
			return lines, head, fmt.Errorf("holdout: line %d of the access log was changed", a.N)
		}
		head = Head{a.N, a.SHA}
		lines = append(lines, a)
	}
	if err := sc.Err(); err != nil {
		return lines, head, err
	}
	var end Head
	switch b, err := os.ReadFile(p.path("access.head")); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return lines, head, err
	default:
		if err := json.Unmarshal(b, &end); err != nil {
			return lines, head, fmt.Errorf("holdout: access.head: %w", err)
		}
	}
	// A crash between a line and its head leaves the log one line longer, which is no loss.
	if end != head && !(head.N == end.N+1 && lines[end.N].Prev == end.SHA) {
		return lines, head, fmt.Errorf("holdout: the access log has %d lines, and %d were written", head.N, end.N)
	}
	return lines, head, nil
}
