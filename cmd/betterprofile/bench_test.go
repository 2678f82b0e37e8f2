package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The whole process, as a person waits for it. Run with: make bench PKG=./cmd/betterprofile
func BenchmarkProgram(b *testing.B) {
	program := filepath.Join(b.TempDir(), "betterprofile")
	build := exec.CommandContext(b.Context(), "go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	run := func(b *testing.B, home string, args ...string) {
		cmd := exec.CommandContext(b.Context(), program, args...)
		cmd.Env = []string{"HOME=" + home, "BETTERPROFILE_KEYRING=off"}
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	b.Run("version", func(b *testing.B) {
		for b.Loop() {
			run(b, b.TempDir(), "version")
		}
	})
	b.Run("help", func(b *testing.B) {
		for b.Loop() {
			run(b, b.TempDir(), "ask", "--help")
		}
	})
	b.Run("ask", func(b *testing.B) {
		home := b.TempDir()
		for b.Loop() {
			run(b, home, "ask", "I rebuilt our handover.")
		}
	})
	b.Run("ask on a fresh folder", func(b *testing.B) {
		for b.Loop() {
			run(b, b.TempDir(), "ask", "I rebuilt our handover.")
		}
	})
}
