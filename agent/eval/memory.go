package eval

import (
	"maps"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

// memory is what is known of a user, as the service would know it.
type memory struct{ of interview.Memory }

// snapshot is the memory as it is now. It shares rows with later ones, which never change.
func (m *memory) snapshot() *interview.Memory {
	now := m.of
	now.Experiences, now.Facts, now.Threads = slices.Clone(now.Experiences), slices.Clone(now.Facts), slices.Clone(now.Threads)
	now.Coverage = maps.Clone(now.Coverage)
	return &now
}

// learn takes in what a turn taught: rows replace those with the same id.
func (m *memory) learn(l interview.Learned) {
	if l.Empty() {
		return
	}
	m.of.Version.Number++
	for _, e := range l.Experiences {
		m.of.Experiences = put(m.of.Experiences, e, func(e interview.Experience) string { return e.ID })
	}
	slices.SortStableFunc(m.of.Experiences, func(a, b *interview.Experience) int { return a.Position - b.Position })
	for _, f := range l.Facts {
		m.of.Facts = put(m.of.Facts, f, func(f interview.Fact) string { return f.ID })
	}
	for _, t := range l.Threads {
		m.of.Threads = put(m.of.Threads, t, func(t interview.Thread) string { return t.ID })
	}
	if m.of.Coverage == nil {
		m.of.Coverage = map[string]interview.SlotState{}
	}
	maps.Copy(m.of.Coverage, l.Coverage)
}

func put[T any](list []*T, row T, id func(T) string) []*T {
	if i := slices.IndexFunc(list, func(old *T) bool { return id(*old) == id(row) }); i >= 0 {
		list[i] = &row
		return list
	}
	return append(list, &row)
}
