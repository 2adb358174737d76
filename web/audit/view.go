package audit

import (
	"time"

	"parley/internal/domain/audit"
	"parley/web/locale"
	"parley/web/ui"
)

type view struct {
	Frame ui.Page
	Rows  []row
	Pages ui.Pagination
	Chain chain
	Now   time.Time
}

type row struct {
	Said
	At time.Time
}

// chain is what the page says of the chain.
type chain struct {
	Entries int64
	Verdict ui.Notice // what a check found, left out before one
}

// verdict words what a check of the chain found.
func verdict(c *locale.Catalogue, r audit.Report) ui.Notice {
	if r.OK() {
		return ui.Notice{
			Tone: ui.Good, Title: c.T("audit.chain-intact"),
			Text: c.T("audit.chain-intact-text", "n", r.Entries),
		}
	}
	n := ui.Notice{Tone: ui.Bad, Title: c.T("audit.chain-broken", "at", r.At)}
	switch r.Damage {
	case audit.Missing:
		n.Text = c.T("audit.chain-missing", "at", r.At)
	case audit.CutOff:
		n.Text = c.T("audit.chain-cut", "at", r.At)
	case audit.Added:
		n.Text = c.T("audit.chain-added", "at", r.At)
	case audit.Changed, audit.Intact:
		n.Text = c.T("audit.chain-changed", "at", r.At)
	}
	return n
}
