package tags_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/tag"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/tags"
	"parley/web/ui"
)

func open(t *testing.T) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	tags.New(tags.Needs{Pages: d.Pages, Gate: d.Gate, Store: d.DB, Service: d.Tags}).Routes(d.Mux)
	return d
}

func TestPaletteIsTheColoursOfTags(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range ui.Palette() {
		names = append(names, c.Name)
		if ui.ColourName(ui.ColourValue(c.Name)) != c.Name {
			t.Errorf("colour %s does not survive the form", c.Name)
		}
	}
	if !slices.Equal(names, tag.Colours()) {
		t.Errorf("pages offer %v, tags can have %v", names, tag.Colours())
	}
}

func TestCreateEditDelete(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Get(t, d.Admin, "/tags").Want(t, 200, "No tag of your own yet", "Callback Request")
	sale := url.Values{"name": {"Sale"}, "colour": {ui.ColourValue("green")}}
	if a := d.Post(t, d.Admin, "/tags/new", sale); a.Location != "/tags?done=saved" {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	all, err := d.DB.Tags(t.Context(), d.Workspace.ID)
	i := slices.IndexFunc(all, func(one tag.Tag) bool { return one.Name == "Sale" })
	if err != nil || i < 0 || all[i].Colour != "green" {
		t.Fatalf("stored %v, %v", all, err)
	}
	path := "/tags/" + all[i].ID
	d.Get(t, d.Admin, "/tags?done=saved").Want(t, 200, "Saved.", "Sale", path)
	d.Post(t, d.Admin, "/tags/new", url.Values{"name": {"SALE"}, "colour": {"#nonsense"}}).Want(t, 409, "A tag of this name exists already.", `value="SALE"`)
	d.Get(t, d.Admin, path).Want(t, 200, `value="Sale"`, `value="`+ui.ColourValue("green")+`" checked`)
	if a := d.Post(t, d.Admin, path, url.Values{"name": {"Order"}, "colour": {ui.ColourValue("blue")}}); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	if a := d.Post(t, d.Admin, path+"/delete", nil); a.Location != "/tags?done=deleted" {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	d.Get(t, d.Admin, path).Want(t, 404)
}

func TestSystemTagsAndRights(t *testing.T) {
	t.Parallel()
	d := open(t)
	all, err := d.DB.Tags(t.Context(), d.Workspace.ID)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	system := "/tags/" + all[0].ID
	d.Get(t, d.Owner, system).Want(t, 403, "set by the system")
	d.Post(t, d.Owner, system, url.Values{"name": {"Mine"}}).Want(t, 403)
	d.Post(t, d.Owner, system+"/delete", nil).Want(t, 403)
	_, stranger := office.Found(t, d.DB, "Other")
	d.Post(t, stranger, system+"/delete", nil).Want(t, 404)
	d.Get(t, d.Member, "/tags").Want(t, 403)
	d.Post(t, d.Member, "/tags/new", url.Values{"name": {"x"}}).Want(t, 403)
	if a := d.Get(t, stranger, "/tags"); strings.Contains(a.Body, system) {
		t.Error("another workspace's tags are in the list")
	}
}
