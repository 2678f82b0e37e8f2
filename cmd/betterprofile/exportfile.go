package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// exportInto writes files into a folder, each under a name made from a title that no file there has, and returns its path.
func exportInto(folder string) func(title string, r io.Reader) (string, error) {
	return func(title string, r io.Reader) (string, error) {
		f, err := createNew(folder, fileName(title))
		if err != nil {
			return "", err
		}
		_, err = io.Copy(f, r)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return "", errors.Join(err, os.Remove(f.Name()))
		}
		return f.Name(), nil
	}
}

// createNew makes a file that is not there yet: name.md, name-2.md and so on. Only the user can read it.
func createNew(folder, name string) (*os.File, error) {
	for n := 1; ; n++ {
		path := filepath.Join(folder, name+".md")
		if n > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s-%d.md", name, n))
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if n == 1000 || !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// fileName is a title as the name of a file, on any system: small letters and digits, in words joined by hyphens.
func fileName(title string) string {
	const longest = 60
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := ""
	for _, w := range words {
		if len(name)+1+len(w) > longest {
			break
		}
		name += "-" + w
	}
	if name == "" {
		return "conversation"
	}
	return "conversation" + name
}
