package audit

// The sentences of actions and details. "" is for what has none.

// accountKey is for what somebody does to get in.
func accountKey(action string) string {
	switch action {
	case "session.started":
		return "audit.session-started"
	case "session.ended":
		return "audit.session-ended"
	case "session.revoked":
		return "audit.session-revoked"
	case "session.confirmed":
		return "audit.session-confirmed"
	case "passkey.added":
		return "audit.passkey-added"
	case "passkey.removed":
		return "audit.passkey-removed"
	case "passkey.cloned":
		return "audit.passkey-cloned"
	case "signin-link.made":
		return "audit.signin-link-made"
	case "recovery.asked":
		return "audit.recovery-asked"
	case "recovery.done":
		return "audit.recovery-done"
	}
	return ""
}

// peopleKey is for what is done with the members and teams of a workspace.
func peopleKey(action string) string {
	switch action {
	case "invitation.made":
		return "audit.invitation-made"
	case "invitation.resent":
		return "audit.invitation-resent"
	case "invitation.revoked":
		return "audit.invitation-revoked"
	case "invitation.asked":
		return "audit.invitation-asked"
	case "invitation.accepted":
		return "audit.invitation-accepted"
	case "member.joined":
		return "audit.member-joined"
	case "member.created":
		return "audit.member-created"
	case "member.edited":
		return "audit.member-edited"
	case "member.role":
		return "audit.member-role"
	case "member.teams":
		return "audit.member-teams"
	case "member.numbers":
		return "audit.member-numbers"
	case "member.hours":
		return "audit.member-hours"
	case "member.availability":
		return "audit.member-availability"
	case "member.removed":
		return "audit.member-removed"
	case "team.created":
		return "audit.team-created"
	case "team.renamed":
		return "audit.team-renamed"
	case "team.members":
		return "audit.team-members"
	case "team.deleted":
		return "audit.team-deleted"
	}
	return ""
}

// thingKey is for what admins do to the things of a phone system.
func thingKey(action string) string {
	switch action {
	case "workspace.created":
		return "audit.workspace-created"
	case "workspace.exported":
		return "audit.workspace-exported"
	case "workspace.edited":
		return "audit.workspace-edited"
	case "domain.claimed":
		return "audit.domain-claimed"
	case "domain.mailed":
		return "audit.domain-mailed"
	case "domain.opened":
		return "audit.domain-opened"
	case "domain.disabled":
		return "audit.domain-disabled"
	case "domain.released":
		return "audit.domain-released"
	case "number.created":
		return "audit.number-created"
	case "number.edited":
		return "audit.number-edited"
	case "number.assigned":
		return "audit.number-assigned"
	case "number.owner":
		return "audit.number-owner"
	case "number.supervisors":
		return "audit.number-supervisors"
	case "number.deleted":
		return "audit.number-deleted"
	}
	return otherKey(action)
}

func otherKey(action string) string {
	switch action {
	case "tag.created":
		return "audit.tag-created"
	case "tag.edited":
		return "audit.tag-edited"
	case "tag.deleted":
		return "audit.tag-deleted"
	case "trunk.created":
		return "audit.trunk-created"
	case "trunk.edited":
		return "audit.trunk-edited"
	case "trunk.deleted":
		return "audit.trunk-deleted"
	case "recording.deleted":
		return "audit.recording-deleted"
	case "call.refused":
		return "audit.call-refused"
	}
	return routingKey(action)
}

// routingKey is for what callers live through.
func routingKey(action string) string {
	switch action {
	case "flow.published":
		return "audit.flow-published"
	case "flow.restored":
		return "audit.flow-restored"
	case "flow.discarded":
		return "audit.flow-discarded"
	case "flow.case-saved":
		return "audit.flow-case-saved"
	case "flow.case-deleted":
		return "audit.flow-case-deleted"
	case "calendar.saved":
		return "audit.calendar-saved"
	case "calendar.deleted":
		return "audit.calendar-deleted"
	case "message.created":
		return "audit.message-created"
	case "message.replaced":
		return "audit.message-replaced"
	case "message.deleted":
		return "audit.message-deleted"
	case "blacklist.added":
		return "audit.blacklist-added"
	case "blacklist.removed":
		return "audit.blacklist-removed"
	}
	return ""
}

func limitKey(name string) string {
	switch name {
	case "member_limit":
		return "audit.member-limit"
	case "workspace_limit":
		return "audit.workspace-limit"
	case "seat_limit":
		return "audit.seat-limit"
	}
	return "audit.concurrent-limit"
}

// factKey is for a detail that is shown with its name.
func factKey(name string) string {
	switch name {
	case "members":
		return "audit.members"
	case "language":
		return "audit.language"
	case "zone":
		return "audit.zone"
	case "country":
		return "audit.country"
	case "countries_opened":
		return "audit.countries-opened"
	case "countries_closed":
		return "audit.countries-closed"
	case "teams":
		return "audit.teams"
	case "given":
		return "audit.given"
	case "taken":
		return "audit.taken"
	case "taken_over":
		return "audit.taken-over"
	case "owner":
		return "audit.owner"
	case "supervisors":
		return "audit.supervisors"
	case "extension":
		return "audit.extension"
	case "wrap_up":
		return "audit.wrap-up"
	case "setting":
		return "audit.setting"
	case "method":
		return "audit.method"
	case "heir":
		return "audit.heir"
	case "members_invite":
		return "audit.members-invite"
	case "members_see_team":
		return "audit.members-see-team"
	}
	return ""
}
