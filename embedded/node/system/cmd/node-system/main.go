// Command node-system has the parts of a node below Kubernetes: its launcher, its process 1,
// the issuing of its certificates, and, when it is called policy-gate, its CNI plugin.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"agentic.io/platform/embedded/node/system/gate"
	"agentic.io/platform/embedded/node/system/launch"
	"agentic.io/platform/embedded/node/system/pki"
)

func main() {
	if filepath.Base(os.Args[0]) == gate.Name {
		if err := gate.Run(os.Getenv, os.Stdin, os.Stdout); err != nil {
			gate.Fail(os.Stdout, err)
			os.Exit(1)
		}
		return
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "node-system:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "pki":
		return certificates()
	case len(args) == 2 && args[0] == "launch":
		pid, err := launch.Start(args[1])
		if err == nil {
			fmt.Println(pid)
		}
		return err
	case len(args) == 2 && args[0] == "init":
		return launch.Init(args[1])
	}
	return errors.New("usage: node-system pki (request on standard input) | launch <file> | init <file>")
}

// certificates issues the certificates of the request on standard input.
func certificates() error {
	var request pki.Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return err
	}
	return pki.Issue(request)
}
