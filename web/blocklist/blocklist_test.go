package blocklist_test

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	domain "parley/internal/domain/blocklist"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/blocklist"
)

func open(t *testing.T) (*desk.Desk, *domain.Service) {
	t.Helper()
	d := desk.New(t)
	s := domain.NewService(domain.Needs{
		Store: d.DB, Workspaces: d.DB, Audit: d.Heard, Changes: d.Heard, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	blocklist.New(blocklist.Needs{Pages: d.Pages, Gate: d.Gate, Service: s, Names: d.DB, Now: time.Now}).Routes(d.Mux)
	return d, s
}

func TestBlockAndUnblock(t *testing.T) {
	t.Parallel()
	d, s := open(t)
	d.Get(t, d.Admin, "/blacklist").Want(t, 200, "Nobody is blocked", "Hidden numbers")
	block := func(kind, pattern, note string) desk.Answer {
		t.Helper()
		return d.Post(t, d.Admin, "/blacklist", url.Values{"kind": {kind}, "pattern": {pattern}, "note": {note}})
	}
	for _, one := range [][3]string{{"exact", "06 12 34 56 78", "Sells windows"}, {"prefix", "+33 899", ""}, {"anonymous", "", ""}} {
		if a := block(one[0], one[1], one[2]); a.Location != "/blacklist?done=added" {
			t.Fatalf("%v: status %d: %s", one, a.Status, a.Text())
		}
	}
	d.Get(t, d.Owner, "/blacklist?done=added").Want(t, 200, "It holds from the next call on.", "Sells windows", "+33899…", "Hidden numbers", "Ada Admin")
	block("exact", "0612345678", "").Want(t, 409, "on the blacklist already", `value="0612345678"`)
	block("exact", "call me", "<b>").Want(t, 422, `value="call me"`, `value="<b>"`)
	block("prefix", "0899", "").Want(t, 422, "with + and the country code")
	block("nonsense", "1", "").Want(t, 422)
	all, err := s.List(t.Context(), d.Admin)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	if a := d.Post(t, d.Admin, "/blacklist/"+all[2].ID+"/delete", nil); a.Location != "/blacklist?done=removed" {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	if yes, err := s.Blocks(t.Context(), d.Workspace.ID, "+33899000000"); yes || err != nil {
		t.Errorf("a prefix that was removed still blocks: %v", err)
	}
}

func TestBlacklistIsForAdmins(t *testing.T) {
	t.Parallel()
	d, s := open(t)
	e, err := s.Add(t.Context(), d.Admin, domain.Draft{Kind: domain.Exact, Pattern: "+33612345678"})
	if err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Member, "/blacklist").Want(t, 403)
	d.Post(t, d.Member, "/blacklist", url.Values{"kind": {"anonymous"}}).Want(t, 403)
	d.Post(t, d.Member, "/blacklist/"+e.ID+"/delete", nil).Want(t, 403)
	_, stranger := office.Found(t, d.DB, "Other")
	d.Post(t, stranger, "/blacklist/"+e.ID+"/delete", nil).Want(t, 404)
	if a := d.Get(t, stranger, "/blacklist"); strings.Contains(a.Body, e.ID) {
		t.Error("another workspace's blacklist is shown")
	}
}
