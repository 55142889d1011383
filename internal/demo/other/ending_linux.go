package other

import "syscall"

// ending makes a child end with this process, however that ends.
func ending() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
