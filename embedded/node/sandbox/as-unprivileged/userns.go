// Package userns has the shim take a process without CAP_SYS_RESOURCE, as a container has none, for one in a user namespace: it goes
// on where the kernel doesn't let it protect itself from running out of memory.
package userns

import "golang.org/x/sys/unix"

// RunningInUserNS reports whether this process may not do what root outside of every user namespace may.
func RunningInUserNS() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) == 0
}
