package servers

import "syscall"

// attributes run a server as user and end it with the test process, by this signal.
func attributes(user *syscall.Credential, farewell syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: user, Pdeathsig: farewell}
}
