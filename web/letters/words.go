package letters

import (
	"strings"

	"parley/internal/domain/letter"
)

// word writes a letter of a kind; false where it does not know the kind.
func (w *writer) word(kind letter.Kind) (content, bool) {
	switch kind {
	case letter.Invitation:
		return w.invitation(), true
	case letter.InvitationAsked:
		return w.asked(), true
	case letter.Recovery:
		return w.recovery(), true
	case letter.Recovered:
		return w.recovered(), true
	case letter.DomainProof:
		return w.domainProof(), true
	case letter.SignUp:
		return w.signUp(), true
	case letter.SignUpKnown:
		return w.signUpKnown(), true
	case letter.MissedCall:
		return w.missedCall("missed"), true
	case letter.Voicemail:
		return w.missedCall("voicemail"), true
	}
	return content{}, false
}

func (w *writer) invitation() content {
	t, company, inviter := w.c.T, w.need("company"), w.need("inviter")
	w.when("expires") // has to be there
	return content{
		Subject:  t("letters.invitation.subject", "company", company),
		Title:    t("letters.invitation.title", "company", company),
		Greeting: w.hello(),
		Paragraphs: []string{
			t("letters.invitation.text", "inviter", inviter, "company", company), t("letters.invitation.how"),
		},
		Button: t("letters.invitation.button", "company", company), Link: w.link(), Note: w.once(),
		Why: t("letters.invitation.why", "inviter", inviter, "company", company),
	}
}

func (w *writer) asked() content {
	t, email := w.c.T, w.need("email")
	return content{
		Subject:    t("letters.asked.subject", "email", cut(email, maxName)),
		Title:      t("letters.asked.title"),
		Greeting:   w.hello(),
		Paragraphs: []string{t("letters.asked.text", "email", email, "company", w.need("company")), t("letters.asked.how")},
		Button:     t("letters.asked.button"), Link: w.link(),
		Why: t("letters.asked.why"),
	}
}

func (w *writer) recovery() content {
	t := w.c.T
	w.need("name")
	return content{
		Subject: t("letters.recovery.subject"), Title: t("letters.recovery.title"), Greeting: w.hello(),
		Paragraphs: []string{t("letters.recovery.text")},
		Button:     t("letters.recovery.button"), Link: w.link(), Note: w.once(),
		Why: t("letters.recovery.why"),
	}
}

// recovered goes to the member and, in other words, to the owners.
func (w *writer) recovered() content {
	t, name, email := w.c.T, w.need("name"), w.need("email")
	about := []fact{{t("letters.recovered.device"), w.need("device")}, {t("letters.recovered.at"), w.when("when")}}
	if !strings.EqualFold(w.to, w.args["email"]) {
		return content{
			Subject: t("letters.recovered.subject-owner", "name", name), Title: t("letters.recovered.title"), Greeting: t("letters.hello"),
			Paragraphs: []string{
				t("letters.recovered.text-owner", "name", name, "email", email), t("letters.recovered.how-owner", "name", name),
			},
			Facts: append([]fact{{t("letters.recovered.account"), email}}, about...),
			Why:   t("letters.recovered.why-owner"),
		}
	}
	c := content{
		Subject: t("letters.recovered.subject"), Title: t("letters.recovered.title"), Greeting: w.hello(),
		Paragraphs: []string{t("letters.recovered.text"), t("letters.recovered.how")},
		Facts:      about,
		Why:        t("letters.recovered.why"),
	}
	if w.args["link"] != "" {
		c.Button, c.Link = t("letters.recovered.button"), w.link()
	}
	return c
}

func (w *writer) domainProof() content {
	t, company, domain := w.c.T, w.need("company"), w.need("domain")
	return content{
		Subject: t("letters.domain.subject", "domain", cut(domain, maxName), "company", company),
		Title:   t("letters.domain.title"), Greeting: w.hello(),
		Paragraphs: []string{
			t("letters.domain.text", "company", company, "domain", domain), t("letters.domain.warning", "domain", domain),
		},
		Button: t("letters.domain.button"), Link: w.link(), Note: w.once(),
		Why: t("letters.domain.why", "company", company),
	}
}

func (w *writer) signUp() content {
	t := w.c.T
	return content{
		Subject: t("letters.signup.subject"), Title: t("letters.signup.title"), Greeting: w.hello(),
		Paragraphs: []string{t("letters.signup.text")},
		Button:     t("letters.signup.button"), Link: w.link(), Note: w.once(),
		Why: t("letters.signup.why"),
	}
}

func (w *writer) signUpKnown() content {
	t := w.c.T
	return content{
		Subject: t("letters.known.subject"), Title: t("letters.known.title"), Greeting: w.hello(),
		Paragraphs: []string{t("letters.known.text")},
		Button:     t("letters.known.button"), Link: w.link(),
		Why: t("letters.known.why"),
	}
}

// missedCall is of a call that nobody took; kind says in which words.
func (w *writer) missedCall(kind string) content {
	t, caller := w.c.T, w.caller()
	subject := t("letters."+kind+".subject", "caller", caller)
	if caller == "" {
		caller = t("letters.missed.hidden")
		subject = t("letters." + kind + ".subject-hidden")
	}
	return content{
		Subject: subject, Title: t("letters." + kind + ".title"), Greeting: w.hello(),
		Paragraphs: []string{t("letters." + kind + ".text")},
		Facts: []fact{
			{t("letters.missed.caller"), caller}, {t("letters.missed.line"), w.need("line")}, {t("letters.missed.at"), w.when("when")},
		},
		Button: t("letters." + kind + ".button"), Link: w.link(),
		Why: t("letters.missed.why"),
	}
}

// caller is who called, as far as it is known: name, number, both, or "".
func (w *writer) caller() string {
	name, number := w.maybe("caller_name"), w.c.Phone(w.maybe("caller")).Text
	if name == "" || number == "" {
		return name + number
	}
	return name + " · " + number
}
