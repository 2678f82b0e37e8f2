package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// lab is what all suites share: a PostgreSQL, the server's program, and a folder with the scripts and their packages.
type lab struct {
	dir     string
	kept    bool // the folder is the caller's
	program string
	cluster *storagetest.Cluster
}

// openLab installs, builds and starts everything.
func openLab(ctx context.Context, o options) (l *lab, err error) {
	l = &lab{kept: o.dir != ""}
	if l.kept {
		if l.dir, err = filepath.Abs(o.dir); err == nil {
			err = os.MkdirAll(l.dir, 0o700)
		}
	} else {
		l.dir, err = os.MkdirTemp("", "bp-interop-")
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close(true))
		}
	}()
	if err := l.install(ctx); err != nil {
		return nil, err
	}
	if l.program, err = l.build(ctx, o.server); err != nil {
		return nil, err
	}
	l.cluster, err = storagetest.OpenCluster(storagetest.Options{TCP: true})
	return l, err
}

// close ends PostgreSQL, and removes the folder unless it is the caller's, or is to be looked at.
func (l *lab) close(remove bool) error {
	var err error
	if l.cluster != nil {
		err = l.cluster.Close()
	}
	if remove && !l.kept {
		err = errors.Join(err, os.RemoveAll(l.dir))
	}
	return err
}

// install writes the scripts and lets npm install what they need, unless it has been.
func (l *lab) install(ctx context.Context) error {
	manifest, err := scripts.ReadFile("package.json")
	if err != nil {
		return err
	}
	installed, err := os.ReadFile(filepath.Join(l.dir, "installed.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := l.write(); err != nil || bytes.Equal(installed, manifest) {
		return err
	}
	npm := exec.CommandContext(ctx, "npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
	npm.Dir = l.dir
	if output, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install: %w\n%s", err, output)
	}
	return os.WriteFile(filepath.Join(l.dir, "installed.json"), manifest, 0o600)
}

// write writes the scripts into the folder.
func (l *lab) write() error {
	files, err := scripts.ReadDir(".")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := scripts.ReadFile(file.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(l.dir, file.Name()), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// build returns the server's program.
func (l *lab) build(ctx context.Context, program string) (string, error) {
	if program != "" {
		return filepath.Abs(program)
	}
	path := filepath.Join(l.dir, "betterprofile-server")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "nomsgpack", "-o", path, "github.com/betterprofile/betterprofile/cmd/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, output)
	}
	return path, nil
}
