// Command runsc is gVisor's OCI runtime: it runs a pod's processes on a kernel of their own, in a process without rights.
package main

import "gvisor.dev/gvisor/runsc/cli/maincli"

func main() { maincli.Main() }
