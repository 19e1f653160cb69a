// Package launch starts a node in namespaces of its own and prepares them from inside.
package launch

import (
	"encoding/json"
	"fmt"
	"os"

	"agentic.io/platform/embedded/node/system/supervise"
)

// Config is all that a node's process 1 is told. Paths are absolute and free of symbolic links.
type Config struct {
	Hostname string `json:"hostname"`
	// Cgroup is the node's folder in every hierarchy; its own processes live in Cgroup/node, its pods beside that.
	Cgroup string `json:"cgroup"`
	// LogDir takes one file per component, and init.log.
	LogDir string `json:"logDir"`
	// Hide are folders of the host that get an empty one in their place; what Keep names stays to be seen in them.
	Hide []string `json:"hide"`
	Keep []string `json:"keep"`
	// Dirs are made after that.
	Dirs []string `json:"dirs"`
	// Link is the network link to wait for: the host moves it here.
	Link string `json:"link"`
	// Sysctls are set below /proc/sys, by path.
	Sysctls map[string]string `json:"sysctls"`
	// Setup runs once, in order, before any component; a failure ends the node.
	Setup      []Command             `json:"setup"`
	Components []supervise.Component `json:"components"`
}

// Command is one program run with standard input.
type Command struct {
	Argv  []string `json:"argv"`
	Stdin string   `json:"stdin"`
}

// Read reads a configuration; what it doesn't know is an error, because it would be ignored in silence.
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
