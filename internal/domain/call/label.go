package call

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Label puts one of the system's tags on a call that is over, beside those it has.
// Once it is there nothing happens. Faults: NotFound.
func (e *Engine) Label(ctx context.Context, workspaceID, callID, tagID string) error {
	e.tagging.Lock()
	defer e.tagging.Unlock()
	r, err := e.calllog.Record(ctx, workspaceID, callID)
	if err != nil {
		return fmt.Errorf("read the call to tag: %w", err)
	}
	if slices.Contains(r.TagIDs, tagID) {
		return nil
	}
	entry, err := makeEntry(r, time.Now(), EntryTagged, Facts{Tags: append(slices.Clone(r.TagIDs), tagID)})
	if err != nil {
		return err
	}
	if r, err = Fold(r, entry); err != nil {
		return err
	}
	if err := e.calllog.Append(ctx, []Entry{entry}, r); err != nil {
		return fmt.Errorf("add to the call's log: %w", err)
	}
	return nil
}
