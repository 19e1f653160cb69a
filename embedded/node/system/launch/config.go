// Package launch starts a node in namespaces of its own and prepares them from inside.
package launch

import (
	"encoding/json"
	"fmt"
	"os"

	"agentic.io/platform/embedded/node/system/forward"
	"agentic.io/platform/embedded/node/system/supervise"
)

// Config is the configuration of a node's process 1. Paths are absolute and contain no symbolic links.
type Config struct {
	Hostname string `json:"hostname"`
	// Cgroup is the node's folder in every hierarchy; its own processes live in Cgroup/node, its pods beside that.
	Cgroup string `json:"cgroup"`
	// LogDir is the folder of init.log and of each component's log.
	LogDir string `json:"logDir"`
	// Hide are folders of the host in whose place the node sees an empty one; the folders of Keep stay visible in them.
	Hide []string `json:"hide"`
	Keep []string `json:"keep"`
	// Dirs are folders to make after that.
	Dirs []string `json:"dirs"`
	// Link is the network link to wait for, which the host moves into the node's namespace.
	Link string `json:"link"`
	// Sysctls are values by path below /proc/sys.
	Sysctls map[string]string `json:"sysctls"`
	// Setup runs once, in order, before any component; a failure ends the node.
	Setup      []Command             `json:"setup"`
	Components []supervise.Component `json:"components"`
	// Forwards are ports of the host that lead to services of the node.
	Forwards []forward.Port `json:"forwards"`
}

// Command is a program to run, with its standard input.
type Command struct {
	Argv  []string `json:"argv"`
	Stdin string   `json:"stdin"`
}

// Read reads a configuration; a field that it does not know is an error, because it would have no effect.
func Read(file string) (*Config, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	decoder := json.NewDecoder(f)
	decoder.DisallowUnknownFields()
	var config Config
	if err := decoder.Decode(&config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &config, nil
}
