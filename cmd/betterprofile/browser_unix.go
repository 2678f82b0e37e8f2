//go:build !windows

package main

import "syscall"

// apart keeps a program that we start out of reach of the terminal's Ctrl-C.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
