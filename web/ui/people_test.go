package ui_test

import (
	"strings"
	"testing"

	"parley/web/ui"
)

func TestGaugeSaysHowMuchIsUsed(t *testing.T) {
	wants(t, draw(t, "en", ui.Gauge{Label: "Seats", Used: 16, Of: 18}), `value="16" max="18"`, ">16/18<", `aria-label="Seats"`)
	for _, tc := range []struct {
		used, of int
		full     bool
	}{{8, 10, false}, {9, 10, true}, {12, 10, true}, {0, 0, false}} {
		got := draw(t, "en", ui.Gauge{Used: tc.used, Of: tc.of})
		if strings.Contains(got, "gauge-full") != tc.full {
			t.Errorf("%d of %d: %s", tc.used, tc.of, got)
		}
	}
}

func TestPairsNameTheirSecondControl(t *testing.T) {
	options := []ui.Pair{{Value: "1", Text: "Sales", Selected: true, Second: true, Level: "b"}}
	got := draw(t, "en", ui.Pairs{Name: "teams", Second: "lead", SecondLabel: "leads it", Options: options})
	wants(t, got, `name="teams" value="1" checked`, `name="lead" value="1" checked`, `leads it<span class="sr-only">: Sales</span>`)
	levels := []ui.Option{{Value: "a", Text: "A"}, {Value: "b", Text: "B"}}
	got = draw(t, "en", ui.Pairs{Name: "numbers", Second: "level-", SecondLabel: "Access", Levels: levels, Options: options})
	wants(t, got, `name="level-1" aria-label="Access: Sales"`, `<option value="b" selected>`)
}

func TestPaletteIsAComboboxOnEveryPage(t *testing.T) {
	page := ui.Page{Title: "Calls", Path: "/calls", Assets: names{}, Viewer: ui.Viewer{Name: "Léa"}}
	got := draw(t, "fr", page.Wrap())
	wants(t, got, `role="combobox"`, `aria-controls="palette-list"`, `role="listbox"`, `aria-keyshortcuts="Control+K"`,
		`/static/x/search.js`, `data-text-many="{n} résultats"`)
	for _, s := range ui.States() {
		wants(t, got, `<template data-for="`+string(s)+`">`)
	}
	if bare := draw(t, "fr", ui.Bare{Title: "Sign in", Path: "/login", Assets: names{}}.Wrap()); strings.Contains(bare, "palette") {
		t.Error("who is not signed in is offered the search")
	}
}

func TestPersonWithoutAddressIsNoLink(t *testing.T) {
	if got := draw(t, "en", ui.Person{Name: "Léa"}.Wrap()); strings.Contains(got, "<a") {
		t.Errorf("got %s", got)
	}
	wants(t, draw(t, "en", ui.Person{Name: "Léa", Href: "/team/1", Note: "lea@example.org"}.Wrap()), `href="/team/1"`, "lea@example.org")
}
