package tui

// Theme is the background that colours are chosen for.
type Theme string

// The themes. With ThemeAuto the terminal is asked; one that does not say is taken as dark.
const (
	ThemeAuto  Theme = ""
	ThemeDark  Theme = "dark"
	ThemeLight Theme = "light"
)

// look is the theme for a background as the terminal told it, as far as the user has not chosen one.
func (m *model) look(dark bool, c cells) *styles {
	s := newStyles(dark, c)
	if m.opts.HighContrast {
		s.palette = newHighContrast(dark)
	}
	return s
}

// darkness is what the user chose, or what the terminal told.
func (o Options) darkness(told bool) bool {
	if o.Theme == ThemeAuto {
		return told
	}
	return o.Theme == ThemeDark
}
