package office

import (
	"context"
	"sync"
)

// Heard keeps what the services told live parts and the audit.
type Heard struct {
	mu      sync.Mutex
	changes []string
	audit   []string
}

// Changed notes a change as "kind id".
func (h *Heard) Changed(_ context.Context, _, kind, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changes = append(h.changes, kind+" "+id)
}

// Record notes an audited action as "action subject".
func (h *Heard) Record(_ context.Context, _, _, action, subject string, _ ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.audit = append(h.audit, action+" "+subject)
}

// Take returns what was heard since the last time.
func (h *Heard) Take() (changes, audit []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changes, audit = h.changes, h.audit
	h.changes, h.audit = nil, nil
	return changes, audit
}
