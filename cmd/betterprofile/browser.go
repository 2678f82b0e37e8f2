package main

import (
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/client"
)

// pageOf is the page where a code is approved, if that can be opened unseen: one of the web that is as safe as the server itself.
func pageOf(code client.DeviceCode, server string) string {
	page := code.AddressCode
	if page == "" {
		page = code.Address
	}
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsFunc(page, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'<>\^|`+"`", r) }) {
		return ""
	}
	if u.Scheme != "https" && (u.Scheme != "http" || strings.HasPrefix(server, "https://")) {
		return ""
	}
	return page
}

// openBrowser opens a page in the user's browser, and reports whether there is one. It does not wait for it.
func (a *app) openBrowser(page string) bool {
	command := a.browser(page)
	if len(command) == 0 {
		return false
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		return false
	}
	cmd := exec.Command(program, command[1:]...) //nolint:noctx // it outlives us
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "BETTERPROFILE_TOKEN") })
	cmd.SysProcAttr = apart()
	if cmd.Start() != nil {
		return false
	}
	go func() { _ = cmd.Wait() }() // so that it does not stay a zombie
	return true
}

// browser is the command that opens a page: that of BROWSER, else the operating system's. There is none over SSH, where it would open on the
// wrong screen, and none without a screen.
func (a *app) browser(page string) []string {
	if a.env("SSH_CONNECTION") != "" || a.env("SSH_CLIENT") != "" || a.env("SSH_TTY") != "" {
		return nil
	}
	first, _, _ := strings.Cut(a.env("BROWSER"), string(os.PathListSeparator))
	if command := strings.Fields(first); len(command) > 0 {
		if !strings.Contains(first, "%s") {
			return append(command, page)
		}
		for i := range command {
			command[i] = strings.ReplaceAll(command[i], "%s", page)
		}
		return command
	}
	switch runtime.GOOS {
	case "darwin":
		return []string{"open", page}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", page}
	}
	if a.env("DISPLAY") == "" && a.env("WAYLAND_DISPLAY") == "" {
		return nil
	}
	return []string{"xdg-open", page}
}
