//go:build unix

package main

import "syscall"

// freeze stops the process until thaw, as a machine does that is suspended.
func (s *replica) freeze() { s.signal(syscall.SIGSTOP) }

// thaw lets a frozen process go on.
func (s *replica) thaw() { s.signal(syscall.SIGCONT) }
