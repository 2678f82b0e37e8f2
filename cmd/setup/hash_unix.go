//go:build unix

package setup

import "syscall"

// lowerPriority lets every other thread go before this one.
func lowerPriority() {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) // refused, it is as if there were none
}
