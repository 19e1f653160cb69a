// Command containerd-shim-runsc-v1 is gVisor's shim for containerd 1.6 and 2.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/containerd/containerd/v2/pkg/shim"
	"gvisor.dev/gvisor/shim/v1/cli"
)

func main() {
	if os.Args[len(os.Args)-1] != "start" {
		cli.Main()
		return
	}
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// start writes the shim's address alone, which every containerd understands: upstream's writes JSON, which containerd 1.6 takes for
// the address.
func start() error {
	answer := os.Stdout
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	os.Stdout = write
	cli.Main()
	if err := write.Close(); err != nil {
		return err
	}
	text, err := io.ReadAll(read)
	if err != nil {
		return err
	}
	var params shim.BootstrapParams
	if err := json.Unmarshal(text, &params); err != nil {
		return fmt.Errorf("the shim answered %q: %w", text, err)
	}
	_, err = fmt.Fprint(answer, params.Address)
	return err
}
