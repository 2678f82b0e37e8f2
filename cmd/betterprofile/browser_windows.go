package main

import "syscall"

// apart keeps a program that we start out of reach of the terminal's Ctrl-C.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
