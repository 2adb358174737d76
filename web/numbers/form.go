package numbers

import (
	"net/http"

	"parley/internal/domain/number"
	"parley/web/form"
)

// typed is what somebody typed, to be stored or shown again.
type typed struct {
	Draft   number.Draft
	Members []string // of a new number

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
			Phone: f.Value("phone"), Type: number.Type(f.Value("type")), Country: f.Value("country"), Name: f.Value("name"),
			CallerName: f.Value("caller_name"), InboxName: f.Value("inbox_name"), Inactive: on("inactive"), Language: f.Value("language"),
			TrunkID: f.Value("trunk"), WebCall: on("web_call"), MandatoryTag: on("mandatory_tag"), HoldMusic: f.Value("hold_music"),
			Recording: number.Recording{
				AutoInbound: on("auto_inbound"), AgentInbound: on("agent_inbound"),
				AutoOutbound: on("auto_outbound"), AgentOutbound: on("agent_outbound"),
			},
		},
		Members: r.PostForm["members"],
	}, nil
}

func shared(memberIDs []string) []number.Assignment {
	var out []number.Assignment
	for _, id := range memberIDs {
		out = append(out, number.Assignment{MemberID: id, Level: number.Shared})
	}
	return out
}
