//go:build !linux

package other

import "syscall"

// ending is nothing here: only Linux ends a child with its parent. Close has to.
func ending() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
