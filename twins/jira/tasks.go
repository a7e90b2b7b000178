package jira

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"twinset.dev/kit/twin"
)

func (j *Jira) tasksOperations() {
	j.on(twin.Full, "getTask", j.getTask)
	j.on(twin.Full, "cancelTask", j.cancelTask)
}

// A work is what a kind of task does. It refuses before it writes: a refusal fails the task, and what was written stays.
type work func(c *call, t *Task) (result any, err error)

// task says what the tasks of a kind do.
func (j *Jira) task(kind string, do work) { j.works[kind] = do }

// begin starts a task for the caller. It is done a second of the world later.
func (c *call) begin(kind, description string, input obj) Task {
	t := Task{ID: c.next("task", firstID), Kind: kind, Description: description, Status: "ENQUEUED", By: c.who.ID, Submitted: c.at(), Updated: c.at(), Input: input}
	c.j.tasks.Put(c.Tx, t)
	c.At(c.Now.Add(time.Second), "jira", timerTask, id(t.ID))
	return t
}

// seeTask sends the caller to where a task tells of its progress.
func (c *call) seeTask(t Task) answer {
	v := c.taskShown(t)
	return answer{status: http.StatusSeeOther, body: v, header: http.Header{"Location": {text(v["self"])}}}
}

// Timers of the twin.
const (
	timerTask    = "task"
	timerTrash   = "trash"   // a project has been there long enough
	timerWebhook = "webhook" // an app has not said again that it wants it
)

// fire does what was due.
func (j *Jira) fire(tc *twin.Call, t twin.Timer) error {
	c := j.newCall(tc)
	switch t.Kind {
	case timerTask:
		return c.perform(t.Key)
	case timerTrash:
		if p, ok := j.projects.Get(c.Tx, key(number(t.Key))); ok && p.Trashed != 0 {
			c.eraseProject(p)
		}
	case timerWebhook:
		j.webhooks.Delete(c.Tx, key(number(t.Key)))
	case timerField:
		c.eraseField(number(t.Key))
	}
	return nil
}

// perform does the work of a task in the name of who began it.
func (c *call) perform(taskID string) error {
	t, ok := c.j.tasks.Get(c.Tx, key(number(taskID)))
	if !ok || t.Status != "ENQUEUED" {
		return nil
	}
	do, ok := c.j.works[t.Kind]
	if !ok {
		return fmt.Errorf("nothing does tasks of kind %s", t.Kind)
	}
	c.who, _ = c.j.users.Get(c.Tx, t.By)
	t.Status, t.Started, t.Progress = "RUNNING", c.at(), 0
	result, err := do(c, &t)
	t.Status, t.Progress, t.Result = "COMPLETE", 100, result
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		t.Status, t.Message = "FAILED", refused.code()
	} else if err != nil {
		return err
	}
	t.Finished, t.Updated = c.at(), c.at()
	c.j.tasks.Put(c.Tx, t)
	return nil
}

// taskOf finds a task of the caller, or of anybody for an administrator.
func (c *call) taskOf() (Task, error) {
	n, err := strconv.ParseInt(c.param("taskId"), 10, 64)
	t, ok := c.j.tasks.Get(c.Tx, key(n))
	switch {
	case err != nil || !ok:
		return t, notFound("The task was not found.")
	case t.By != c.who.ID && !c.isAdmin():
		return t, forbidden("You do not have permission to view this task.")
	}
	return t, nil
}

// getTask returns how far a task is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-tasks/#api-rest-api-3-task-taskid-get
func (j *Jira) getTask(c *call) (any, error) {
	t, err := c.taskOf()
	if err != nil {
		return nil, err
	}
	return c.taskShown(t), nil
}

// cancelTask stops a task that has not been done yet.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-tasks/#api-rest-api-3-task-taskid-cancel-post
func (j *Jira) cancelTask(c *call) (any, error) {
	t, err := c.taskOf()
	switch {
	case err != nil:
		return nil, err
	case t.Status != "ENQUEUED" && t.Status != "RUNNING":
		return nil, badRequest("Task with id %d is not running and cannot be cancelled.", t.ID)
	}
	t.Status, t.Finished, t.Updated = "CANCELLED", c.at(), c.at()
	j.tasks.Put(c.Tx, t)
	c.Cancel("jira", timerTask, id(t.ID))
	return accepted(obj{}), nil
}

func (c *call) taskShown(t Task) obj {
	v := obj{"self": c.api("/task/" + id(t.ID)), "id": id(t.ID), "status": t.Status, "submittedBy": c.accountNumber(t.By), "progress": t.Progress, "elapsedRuntime": 0, "submitted": t.Submitted, "lastUpdate": t.Updated}
	if t.Description != "" {
		v["description"] = t.Description
	}
	if t.Message != "" {
		v["message"] = t.Message
	}
	if t.Started != 0 {
		v["started"] = t.Started
	}
	if t.Finished != 0 {
		v["finished"], v["elapsedRuntime"] = t.Finished, t.Finished-max(t.Started, t.Submitted)
	}
	if t.Result != nil {
		v["result"] = t.Result
	}
	return v
}

// accountNumber is the old number of an account, which tasks still show: its place among all accounts.
func (c *call) accountNumber(account string) int64 {
	n := int64(firstID)
	for u := range c.j.users.All(c.Tx, "") {
		if u.ID == account {
			return n
		}
		n++
	}
	return n
}
