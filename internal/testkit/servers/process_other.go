//go:build !linux

package servers

import "syscall"

// attributes run a server as user. Only Linux ends a child with its parent; elsewhere Run has to.
func attributes(user *syscall.Credential, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user}
}
