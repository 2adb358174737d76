package ui

// ColourValue is the value of a colour of the Palette by its name, grey for one
// that is not in it.
func ColourValue(name string) string {
	for _, c := range Palette() {
		if c.Name == name {
			return c.Value
		}
	}
	return safeColour("")
}

// ColourName is the name of a colour of the Palette by its value, "" for one
// that is not in it.
func ColourName(value string) string {
	for _, c := range Palette() {
		if c.Value == value {
			return c.Name
		}
	}
	return ""
}
