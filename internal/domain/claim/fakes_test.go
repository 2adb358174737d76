package claim_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/claim"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// town is a server with workspaces, claims in order, a post and a name server.
type town struct {
	claims []claim.Claim
	links  map[string]string // workspace by token
	sent   []letter.Letter
	ready  bool
	txt    map[string][]string
	dnsErr error
	told   []string
	full   bool // no more letters
	now    time.Time
}

func open(t *testing.T) (*town, *claim.Service) {
	t.Helper()
	v := &town{links: map[string]string{}, ready: true, txt: map[string][]string{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	return v, claim.NewService(claim.Needs{
		Claims: v, Workspaces: v, Links: v, Post: v, Resolver: v, AllowMail: func(string) bool { return !v.full }, Audit: v, Changes: v,
		Now: func() time.Time { return v.now }, Log: slog.New(slog.DiscardHandler),
	})
}

func someone(ws string, role member.Role) member.Member {
	return member.Member{ID: string(role) + " of " + ws, WorkspaceID: ws, Role: role, Language: "fr"}
}

func notFound() error { return fault.New(fault.NotFound, "error.not-found") }

func (v *town) Claims(_ context.Context, ws string) ([]claim.Claim, error) {
	var out []claim.Claim
	for _, c := range v.claims {
		if c.WorkspaceID == ws {
			out = append(out, c)
		}
	}
	return out, nil
}

func (v *town) Claim(_ context.Context, ws, id string) (claim.Claim, error) {
	for _, c := range v.claims {
		if c.WorkspaceID == ws && c.ID == id {
			return c, nil
		}
	}
	return claim.Claim{}, notFound()
}

func (v *town) OpenClaim(_ context.Context, domain string) (claim.Claim, error) {
	for _, c := range v.claims {
		if c.Domain == domain && c.Open() {
			return c, nil
		}
	}
	return claim.Claim{}, notFound()
}

func (v *town) SaveClaim(ctx context.Context, c claim.Claim) error {
	if other, err := v.OpenClaim(ctx, c.Domain); err == nil && c.Open() && other.ID != c.ID {
		return fault.New(fault.Conflict, "error.domain-taken")
	}
	for i := range v.claims {
		if v.claims[i].ID == c.ID {
			v.claims[i] = c
			return nil
		}
	}
	v.claims = append(v.claims, c)
	return nil
}

func (v *town) DeleteClaim(_ context.Context, ws, id string) error {
	for i, c := range v.claims {
		if c.WorkspaceID == ws && c.ID == id {
			v.claims = append(v.claims[:i:i], v.claims[i+1:]...)
			return nil
		}
	}
	return notFound()
}

func (v *town) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, Name: "Company " + id}, nil
}

func (v *town) MakeDomain(_ context.Context, ws, _ string) (string, string, error) {
	token := fmt.Sprintf("token%d", len(v.links))
	v.links[token] = ws
	return "https://parley.example/domain/" + token, "hash of " + token, nil
}

func (v *town) PeekDomain(_ context.Context, token string) (string, string, error) {
	ws, ok := v.links[token]
	if !ok {
		return "", "", fault.New(fault.NotFound, "error.link-expired")
	}
	return ws, "hash of " + token, nil
}

func (v *town) TakeDomain(ctx context.Context, token string) (string, string, error) {
	ws, hash, err := v.PeekDomain(ctx, token)
	delete(v.links, token)
	return ws, hash, err
}

func (v *town) Ready() bool { return v.ready }

func (v *town) Send(_ context.Context, l letter.Letter) (string, error) {
	v.sent = append(v.sent, l)
	return "letter", nil
}

func (v *town) Withdraw(context.Context, string, string) error { return nil }

func (v *town) LookupTXT(_ context.Context, name string) ([]string, error) {
	if v.dnsErr != nil {
		return nil, v.dnsErr
	}
	values, ok := v.txt[name]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return values, nil
}

func (v *town) Changed(_ context.Context, ws, kind, _ string) { v.told = append(v.told, kind+" "+ws) }

func (v *town) Record(_ context.Context, _, by, action, _ string, detail ...string) {
	v.told = append(v.told, action+" by "+by+" "+strings.Join(detail, " "))
}

// token is what the last letter's link ends in.
func (v *town) token(t *testing.T) string {
	t.Helper()
	if len(v.sent) == 0 {
		t.Fatal("no letter was sent")
	}
	link := v.sent[len(v.sent)-1].Args["link"]
	return link[strings.LastIndex(link, "/")+1:]
}

func want(t *testing.T, err error, key, field string) {
	t.Helper()
	if f := fault.Of(err); err == nil || f.Key != key || f.Field != field {
		t.Errorf("got %v, want fault %s on %q", err, key, field)
	}
}
