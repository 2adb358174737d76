package store_test

import (
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"parley/internal/adapters/store"
	"parley/internal/domain/audit"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/recording"
	"parley/migrations"
)

// TestAFirstCallDatabaseIsBroughtOn opens a database as the first release left it.
func TestAFirstCallDatabaseIsBroughtOn(t *testing.T) {
	for _, url := range []string{sqliteURL(t), postgres.Database(t)} {
		old, err := store.Connect(t.Context(), url, slog.New(slog.DiscardHandler))
		must(t, err)
		first := path.Join(old.Engine(), "0001_first_call.tx.up.sql")
		text, err := fs.ReadFile(migrations.Files, first)
		must(t, err)
		must(t, store.Migrate(t.Context(), old, fstest.MapFS{first: {Data: text}}))
		blob := map[string]string{"sqlite": "X'7b7d'", "postgres": `'\x7b7d'`}
		for _, sql := range []string{
			`INSERT INTO workspaces VALUES ('w', 'Acme', 'fr', 'Europe/Paris', 'FR', '[]', 0, 0, 0, 1)`,
			`INSERT INTO members VALUES ('m', 'w', 'Léa Dupré', 'lea@example.org', 'owner', 'fr', 'available', 30000, '', 1, 0)`,
			`INSERT INTO members VALUES ('gone', 'w', 'Rémi', 'remi@example.org', 'member', 'fr', 'available', 0, '', 1, 2)`,
			`INSERT INTO numbers VALUES ('n', 'w', '+33612345678', 'Réception', 'FR', '', FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, '', '', 1)`,
			`INSERT INTO calls VALUES ('c', 'w', 'n', 'inbound', FALSE, '', '', '', 1, 0, 2, 'no-answer', 0, TRUE, 'null', 2)`,
			`INSERT INTO recordings VALUES ('r', 'w', 'c', 'ready', 'b', 'null', 1, 2, 3, '', 'null', '', 0)`,
			`INSERT INTO trunks VALUES ('t', 'w', 'OVH', 'sip.example.org', 0, 'udp', 'u', 'p', FALSE, '[]', '', '', 1)`,
			`INSERT INTO assignments VALUES ('w', 'n', 'm')`,
			`INSERT INTO invitations VALUES ('i', 'w', 'new@example.org', '', 'member', '[]', 'hash', 'm', 1, 2, 0)`,
			`INSERT INTO sessions VALUES ('hash', 'm', 'w', ?, 9000, 1, 5000, 'Firefox', '192.0.2.1', FALSE)`,
			`INSERT INTO sessions VALUES ('dead', 'm', 'w', ?, 9000, 1, 6000, '', '', TRUE)`,
			`INSERT INTO audit VALUES ('a', 'w', 1, 'm', 'trunk.saved', 's', '{}')`,
		} {
			must(t, store.Do(t.Context(), old, strings.Replace(sql, "?", blob[old.Engine()], 1)))
		}
		must(t, old.Close())

		d := open(t, url)
		m, err := d.Member(t.Context(), "w", "m")
		must(t, err)
		if !m.Notices.Desktop || m.Notices.MissedByMail || m.SeenAt.UnixMilli() != 6000 {
			t.Errorf("%s: the member became %+v", d.Engine(), m)
		}
		for query, want := range map[string]int{"lea dupre": 1, "06 12": 1, "remi": 0} {
			if got := found(t, d, "w", query, 5); len(got) != want {
				t.Errorf("%s: %q finds %v", d.Engine(), query, got)
			}
		}
		n, err := d.FindNumbers(t.Context(), "w", "reception", nil, 5)
		must(t, err)
		if len(n) != 1 {
			t.Errorf("%s: the number is found %d times", d.Engine(), len(n))
		} else if n[0].Type != number.Classic || n[0].Inactive {
			t.Errorf("%s: the number became %+v", d.Engine(), n[0])
		}
		if r, err := d.Recording(t.Context(), "w", "r"); err != nil || r.Kind != recording.OfCall {
			t.Errorf("%s: the recording became %+v, %v", d.Engine(), r, err)
		}
		if r, err := d.Record(t.Context(), "w", "c"); err != nil || r.VoicemailID != "" || !r.Missed() {
			t.Errorf("%s: the call became %+v, %v", d.Engine(), r, err)
		}
		if l, err := d.Trunk(t.Context(), "w", "t"); err != nil || l.SRTP || l.Password != "p" {
			t.Errorf("%s: the trunk became %+v, %v", d.Engine(), l, err)
		}
		loads(t, []number.Assignment{{NumberID: "n", MemberID: "m", Level: number.Shared}})(d.Assignments(t.Context(), "w"))
		inv, err := d.InvitationByToken(t.Context(), "hash")
		must(t, err)
		loads(t, []member.Invitation{inv})(d.Invitations(t.Context(), "w"))
		s, err := d.Session(t.Context(), "hash")
		must(t, err)
		if s.ID != "hash" || s.UserAgent != "Firefox" || !s.ConfirmedAt.IsZero() {
			t.Errorf("%s: the session became %+v", d.Engine(), s)
		}
		_, err = d.Session(t.Context(), "dead")
		wantMissing(t, err)
		must(t, d.AppendAudit(t.Context(), anEntry("w", "trunk.saved", 1)))
		report, err := audit.Verify(t.Context(), d, "w")
		must(t, err)
		if !report.OK() || report.Entries != 1 {
			t.Errorf("%s: the chain after older entries is reported %+v", d.Engine(), report)
		}
	}
}
