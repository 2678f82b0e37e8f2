package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// profiles puts a load on our layers and leaves profiles of the CPU and of all allocations in the folder that -profile names. They hold
// the start of the server too, which is little.
func (st *study) profiles(ctx context.Context) error {
	for _, one := range []struct {
		profile
		readers string
	}{{free(), "16"}, {paced(), "64"}} {
		dsn, err := st.cluster.Database()
		if err != nil {
			return err
		}
		t, err := st.addOurs(ctx, "profiled, "+one.Name, dsn, st.variant("profiled", dsn, one.Name))
		if err != nil {
			return err
		}
		t.database = postgres{st.cluster, dsn}
		if err := st.rounds(ctx, one.profile, one.readers, []*target{t}); err != nil {
			return err
		}
		if err := t.child.stop(); err != nil { // which writes the profiles
			return err
		}
	}
	return nil
}

// variant returns what starts our layers in this program, with profiles under a name when it is not empty.
func (l *lab) variant(name, dsn, profile string, more ...string) func(context.Context) (*child, error) {
	args := append([]string{"variant", "-database", dsn, "-model", l.modelURL(), "-conns", fmt.Sprint(l.settings.conns)}, more...)
	if profile != "" {
		args = append(args, "-cpu", filepath.Join(l.settings.profile, profile+".cpu"), "-heap", filepath.Join(l.settings.profile, profile+".allocs"))
	}
	return l.program(name, l.self, args...)
}
