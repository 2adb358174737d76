package tag_test

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/domain/tag"
	"parley/internal/tests/office"
)

func create(t *testing.T, o *office.Office, name string) tag.Tag {
	t.Helper()
	made, err := o.Tags.Create(t.Context(), o.Admin, tag.Draft{Name: name, Colour: "red"})
	if err != nil {
		t.Fatalf("create tag %q: %v", name, err)
	}
	return made
}

func TestCreateAndEdit(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	made := create(t, o, " Échec  de paiement ")
	if made.Name != "Échec de paiement" || made.Colour != "red" || made.System {
		t.Errorf("made %+v", made)
	}
	other := create(t, o, "Sale")
	for _, name := range []string{"SALE", "échec de Paiement", "follow up"} {
		_, err := o.Tags.Create(t.Context(), o.Admin, tag.Draft{Name: name})
		office.Want(t, err, "error.tag-taken", "name")
	}
	_, err := o.Tags.Edit(t.Context(), o.Admin, other.ID, tag.Draft{Name: "ÉCHEC DE PAIEMENT"})
	office.Want(t, err, "error.tag-taken", "name")
	if _, err := o.Tags.Edit(t.Context(), o.Admin, other.ID, tag.Draft{Name: "sale", Colour: "blue"}); err != nil {
		t.Errorf("a tag may change the case of its own name: %v", err)
	}
	_, err = o.Tags.Create(t.Context(), o.Admin, tag.Draft{Name: strings.Repeat("x", 41), Colour: "beige"})
	office.Want(t, err, "error.name-invalid", "name")
	office.Want(t, err, "error.colour-unknown", "colour")
	_, err = o.Tags.Create(t.Context(), o.Admin, tag.Draft{})
	office.Want(t, err, "error.name-needed", "name")
}

func TestSystemTagsStay(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	all, err := o.DB.Tags(t.Context(), o.Workspace.ID)
	if err != nil || len(all) != len(tag.SystemNames()) {
		t.Fatalf("seeded %v, %v", all, err)
	}
	if n := slices.IndexFunc(all, tag.Tag.Pickable); n < 0 || all[n].Name != tag.FollowUp {
		t.Error("agents must find Follow Up to pick even where nobody made a tag")
	}
	for _, s := range all {
		_, err := o.Tags.Edit(t.Context(), o.Owner, s.ID, tag.Draft{Name: "Mine"})
		office.Want(t, err, "error.tag-system", "")
		office.Want(t, o.Tags.Delete(t.Context(), o.Owner, s.ID), "error.tag-system", "")
	}
	if err := tag.Seed(t.Context(), o.DB, o.Workspace.ID, all[0].CreatedAt); err != nil {
		t.Fatal(err)
	}
	if again, err := o.DB.Tags(t.Context(), o.Workspace.ID); err != nil || !slices.Equal(all, again) {
		t.Errorf("seeding twice changed %v into %v, %v", all, again, err)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	made := create(t, o, "Sale")
	o.Heard.Take()
	_, stranger := office.Found(t, o.DB, "Other")
	for _, c := range []struct {
		who member.Member
		key string
	}{{o.Member, "error.not-allowed"}, {stranger, "error.not-found"}} {
		_, err := o.Tags.Edit(t.Context(), c.who, made.ID, tag.Draft{Name: "Theirs"})
		office.Want(t, err, c.key, "")
		office.Want(t, o.Tags.Delete(t.Context(), c.who, made.ID), c.key, "")
	}
	_, err := o.Tags.Create(t.Context(), o.Member, tag.Draft{Name: "Theirs"})
	office.Want(t, err, "error.not-allowed", "")
	if changes, audited := o.Heard.Take(); changes != nil || audited != nil {
		t.Errorf("refused actions were told: %v, %v", changes, audited)
	}
}
