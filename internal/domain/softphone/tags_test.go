package softphone_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
	"parley/internal/domain/softphone"
	"parley/internal/domain/tag"
	"parley/internal/shared/callstate"
	"parley/internal/tests/office"
)

// over is an office with a call of its member's that has ended, on a number that
// demands a tag, and the phone that tags it.
type over struct {
	*office.Office
	phone *softphone.Service
	desks *agent.Registry
	call  string
	tags  map[string]string // ids by name
}

func newOver(t *testing.T) over {
	t.Helper()
	o := over{Office: office.New(t), call: id.New(), tags: map[string]string{}}
	log := slog.New(slog.DiscardHandler)
	o.desks = agent.NewRegistry(o.DB, o.DB, o.DB, log)
	t.Cleanup(o.desks.Close)
	o.phone = softphone.New(softphone.Needs{
		Engine: call.NewEngine(call.Deps{Log: o.DB, Agents: o.desks, Slog: log}), Agents: o.desks,
		Numbers: o.DB, Tags: o.DB, Members: o.DB, History: o.DB, Workspaces: o.DB,
	})
	line, err := o.Numbers.Create(t.Context(), o.Admin, number.Draft{
		Phone: "+33123456789", Country: "FR", Name: "Main", MandatoryTag: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.end(t, line.ID)
	if _, err := o.Tags.Create(t.Context(), o.Admin, tag.Draft{Name: "Sale", Colour: "teal"}); err != nil {
		t.Fatal(err)
	}
	all, err := o.DB.Tags(t.Context(), o.Workspace.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range all {
		o.tags[known.Name] = known.ID
	}
	return o
}

// end writes the log of a call that is over and leaves its agent owing a tag.
func (o over) end(t *testing.T, numberID string) {
	t.Helper()
	var r call.Record
	var entries []call.Entry
	for i, step := range []struct {
		kind  string
		facts call.Facts
	}{
		{string(callstate.KindArrived), call.Facts{NumberID: numberID, Direction: callstate.Inbound}},
		{string(callstate.KindAnswered), call.Facts{Member: o.Member.ID}},
		{call.EntryEnded, call.Facts{Cause: callstate.CauseCustomerHungUp}},
	} {
		payload, err := json.Marshal(step.facts)
		if err != nil {
			t.Fatal(err)
		}
		e := call.Entry{CallID: o.call, WorkspaceID: o.Workspace.ID, Seq: i + 1, At: time.Now(), Kind: step.kind, Payload: payload}
		if r, err = call.Fold(r, e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if err := o.DB.Append(t.Context(), entries, r); err != nil {
		t.Fatal(err)
	}
	owed := agent.Owed(o.Workspace.ID, o.Member.ID, o.call, true, 0)
	if err := o.desks.Owe(t.Context(), owed); err != nil {
		t.Fatal(err)
	}
	o.desks.Release(o.Workspace.ID, o.Member.ID, o.call, owed...)
}

func TestADemandedTagIsPickedAndStays(t *testing.T) {
	t.Parallel()
	o := newOver(t)
	set := func(tags ...string) error { return o.phone.SetTags(t.Context(), o.Member, o.call, tags) }
	office.Want(t, set(), "error.tag-needed", "")
	office.Want(t, set(o.tags[tag.Conference]), "error.tag-unknown", "") // set by the system alone
	office.Want(t, set(id.New()), "error.tag-unknown", "")
	office.Want(t, o.phone.SetTags(t.Context(), o.Admin, o.call, []string{o.tags["Sale"]}), "error.not-your-call", "")
	_, stranger := office.Found(t, o.DB, "Other")
	office.Want(t, o.phone.SetTags(t.Context(), stranger, o.call, []string{o.tags["Sale"]}), "error.tag-unknown", "")
	if o.desks.Status(o.Member.ID).DueTag != o.call {
		t.Fatal("freed by a tag that was refused")
	}
	if err := set(o.tags["Sale"]); err != nil {
		t.Fatal(err)
	}
	if due := o.desks.Status(o.Member.ID).DueTag; due != "" {
		t.Errorf("still owed for %s", due)
	}
	office.Want(t, set(), "error.tag-needed", "")
	if err := set(o.tags["Sale"], o.tags[tag.FollowUp]); err != nil {
		t.Errorf("another tag later: %v", err)
	}
}
