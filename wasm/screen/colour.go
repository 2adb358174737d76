package screen

// colour is the value of a tag's colour, by its name; the same as in the
// palette of the server's pages, and grey for a name of tomorrow.
func colour(name string) string {
	for _, c := range palette() {
		if c.name == name {
			return c.value
		}
	}
	return "#7a7f87"
}

func palette() []struct{ name, value string } {
	return []struct{ name, value string }{
		{"teal", "#0d8f86"}, {"green", "#3d9a50"}, {"lime", "#7d9313"}, {"amber", "#b9800f"},
		{"orange", "#d4691e"}, {"red", "#d9483f"}, {"pink", "#d0498a"}, {"violet", "#8a63d8"},
		{"blue", "#3d7be0"}, {"slate", "#7a7f87"},
	}
}
