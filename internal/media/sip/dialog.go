package sip

import (
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// dialog is what RFC 3261 section 12 keeps of a dialog. It is a value owned by
// one leg's goroutine.
type dialog struct {
	callID              string
	localTag, remoteTag string
	local, remote       gosip.FromHeader // identities, tags left out
	localSeq, remoteSeq uint32
	routes              []gosip.Uri // in sending order
	target              gosip.Uri   // where the far end wants its requests
	network             string      // the dialog was made over
	peer                netip.AddrPort
	ip                  netip.Addr // our own address as that peer sees it
	user                string     // of our Contact
}

// uasDialog is the dialog an INVITE from the far end makes.
func uasDialog(req *gosip.Request, peer netip.AddrPort, ip netip.Addr) dialog {
	d := dialog{
		callID: req.CallID().Value(), localTag: token(), remoteTag: tagOf(req.From().Params),
		local:     gosip.FromHeader{DisplayName: req.To().DisplayName, Address: *req.To().Address.Clone()},
		remote:    gosip.FromHeader{DisplayName: req.From().DisplayName, Address: *req.From().Address.Clone()},
		remoteSeq: req.CSeq().SeqNo, network: req.Transport(), peer: peer, ip: ip,
		user: req.Recipient.User,
	}
	for _, h := range req.GetHeaders("Record-Route") {
		d.routes = append(d.routes, *h.(*gosip.RecordRouteHeader).Address.Clone())
	}
	d.retarget(req.Contact())
	return d
}

// confirm completes the dialog of an INVITE of ours from a 1xx or 2xx.
func (d *dialog) confirm(res *gosip.Response) {
	d.remoteTag = tagOf(res.To().Params)
	rr := res.GetHeaders("Record-Route")
	d.routes = nil
	for i := len(rr) - 1; i >= 0; i-- {
		d.routes = append(d.routes, *rr[i].(*gosip.RecordRouteHeader).Address.Clone())
	}
	d.retarget(res.Contact())
}

// retarget refreshes the remote target (RFC 3261 section 12.2.1.2).
func (d *dialog) retarget(c *gosip.ContactHeader) {
	if c != nil && !c.Address.Wildcard && c.Address.Host != "" && c.Address.Raw() == "" {
		d.target = *c.Address.Clone()
	}
}

// key names the dialog among ours; requests of the far end carry it.
func (d *dialog) key() string { return dialogKey(d.callID, d.localTag) }

func dialogKey(callID, localTag string) string { return callID + "\x00" + localTag }

// request builds a request within the dialog, all but the Via.
func (d *dialog) request(method gosip.RequestMethod, seq uint32) *gosip.Request {
	target, routes := d.target, d.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // strict router, RFC 3261 section 12.2.1.1
		target = routes[0]
		routes = append(append([]gosip.Uri(nil), routes[1:]...), d.target)
	}
	req := gosip.NewRequest(method, *target.Clone())
	for _, r := range routes {
		req.AppendHeader(&gosip.RouteHeader{Address: *r.Clone()})
	}
	from := d.local
	from.Params = gosip.HeaderParams{{K: "tag", V: d.localTag}}
	to := d.remote.AsTo()
	to.Params = nil
	if d.remoteTag != "" {
		to.Params = gosip.HeaderParams{{K: "tag", V: d.remoteTag}}
	}
	callID, forwards := gosip.CallIDHeader(d.callID), gosip.MaxForwardsHeader(70)
	req.AppendHeader(&forwards)
	req.AppendHeader(&from)
	req.AppendHeader(&to)
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// next is the hop of a request in the dialog: the first route, else the target.
func (d *dialog) next() hop {
	uri := d.target
	if len(d.routes) > 0 {
		uri = d.routes[0]
	}
	h := hop{network: d.network, name: strings.Trim(uri.Host, "[]")}
	if t, ok := uri.UriParams.Get("transport"); ok {
		h.network = strings.ToUpper(t)
	}
	port := uint16(uri.Port)
	if port == 0 {
		port = uint16(gosip.DefaultPort(h.network))
	}
	h.addr = netip.AddrPortFrom(netip.Addr{}, port)
	ip, err := netip.ParseAddr(h.name)
	if err != nil {
		return h
	}
	h.name = ""
	h.addr = netip.AddrPortFrom(ip, port)
	// A far end behind NAT names an address that only exists over there.
	if len(d.routes) == 0 && ip.IsPrivate() && d.peer.IsValid() && !d.peer.Addr().IsPrivate() && !d.peer.Addr().IsLoopback() {
		h.addr = d.peer
	}
	return h
}

func tagOf(p gosip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}
