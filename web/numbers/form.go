package numbers

import (
	"context"
	"net/http"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/web/form"
)

// typed is what somebody typed, to be stored or shown again.
type typed struct {
	Draft   number.Draft
	Members []string

	id string // of the number once it is made
}

// read takes a form of either page; what a page has no field for stays empty.
func read(w http.ResponseWriter, r *http.Request) (typed, error) {
	f, err := form.Parse(w, r)
	if err != nil {
		return typed{}, err
	}
	on := func(name string) bool { return f.Value(name) == "on" }
	return typed{
		Draft: number.Draft{
			Phone: f.Value("phone"), Country: f.Value("country"), Name: f.Value("name"), Language: f.Value("language"),
			TrunkID: f.Value("trunk"), WebCall: on("web_call"), MandatoryTag: on("mandatory_tag"), HoldMusic: f.Value("hold_music"),
			Recording: number.Recording{
				AutoInbound: on("auto_inbound"), AgentInbound: on("agent_inbound"),
				AutoOutbound: on("auto_outbound"), AgentOutbound: on("agent_outbound"),
			},
		},
		Members: r.PostForm["members"],
	}, nil
}

// known refuses ids that are nobody's, before anything is stored.
func (h *Handlers) known(ctx context.Context, who auth.Who, ids []string) error {
	all, err := h.needs.Members.Members(ctx, who.Workspace.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(m member.Member) bool { return m.ID == id }) {
			return fault.OnField("members", "error.member-unknown")
		}
	}
	return nil
}

// assign gives the number to the members unless they have it.
func (h *Handlers) assign(ctx context.Context, who auth.Who, numberID string, ids []string) error {
	all, err := h.needs.Store.Assignments(ctx, who.Workspace.ID)
	if err != nil {
		return err
	}
	var have []string
	for _, a := range all {
		if a.NumberID == numberID {
			have = append(have, a.MemberID)
		}
	}
	want := slices.Compact(slices.Sorted(slices.Values(ids)))
	slices.Sort(have)
	if slices.Equal(have, want) {
		return nil
	}
	return h.needs.Service.Assign(ctx, who.Member, numberID, shared(want))
}

func shared(memberIDs []string) []number.Assignment {
	var out []number.Assignment
	for _, id := range memberIDs {
		out = append(out, number.Assignment{MemberID: id, Level: number.Shared})
	}
	return out
}
