// Command node-system is what a node needs below Kubernetes: its launcher, its
// process 1 and its certificates.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"agentic.io/platform/embedded/node/system/pki"
)

func main() {
	commands := map[string]func() error{"pki": certificates}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "node-system: want one of: pki")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](); err != nil {
		fmt.Fprintf(os.Stderr, "node-system %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// certificates issues what the request on standard input asks for.
func certificates() error {
	var request pki.Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return err
	}
	return pki.Issue(request)
}
