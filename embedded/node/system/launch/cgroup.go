// The cgroups of a node.

package launch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hierarchy is one mounted cgroup hierarchy.
type hierarchy struct {
	path    string
	unified bool
}

// parseHierarchies finds the cgroup hierarchies in a mountinfo file; a path mounted twice counts once.
func parseHierarchies(mountinfo io.Reader) ([]hierarchy, error) {
	var hierarchies []hierarchy
	seen := map[string]bool{}
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		mount, filesystem := strings.Fields(before), strings.Fields(after)
		if !ok || len(mount) < 5 || len(filesystem) < 1 || (filesystem[0] != "cgroup" && filesystem[0] != "cgroup2") || seen[mount[4]] {
			continue
		}
		seen[mount[4]] = true
		hierarchies = append(hierarchies, hierarchy{path: mount[4], unified: filesystem[0] == "cgroup2"})
	}
	return hierarchies, lines.Err()
}

// enterCgroup makes the node's cgroups and moves this process there, so that every process of the node can be found by
// its cgroup, even where its process id is not recorded.
func enterCgroup(name string) error {
	mountinfo, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	defer mountinfo.Close()
	hierarchies, err := parseHierarchies(mountinfo)
	if err != nil {
		return err
	}
	if len(hierarchies) == 0 {
		return errors.New("no cgroup hierarchy is mounted")
	}
	for _, h := range hierarchies {
		if err := h.enter(name); err != nil {
			return fmt.Errorf("cgroup %s in %s: %w", name, h.path, err)
		}
	}
	if len(hierarchies) == 1 && hierarchies[0].unified {
		return checkControllers(filepath.Join(hierarchies[0].path, name))
	}
	return nil
}

// checkControllers returns an error where a controller is missing without which the kubelet never gets ready.
func checkControllers(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	available := strings.Fields(string(text))
	for _, controller := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !slices.Contains(available, controller) {
			return fmt.Errorf("the cgroup controller %s can't be used here (in a container, its root cgroup may not be delegated): run on the host itself, or use kind or k3d", controller)
		}
	}
	return nil
}

func (h hierarchy) enter(name string) error {
	root := filepath.Join(h.path, name)
	processes := filepath.Join(root, "node")
	if err := os.MkdirAll(processes, 0o755); err != nil {
		return err
	}
	if h.unified {
		for _, dir := range []string{h.path, root} {
			if err := enableControllers(dir); err != nil {
				return err
			}
		}
	} else {
		// A version 1 cpuset starts empty and accepts no process until it has processors and memory nodes.
		for _, dir := range []string{root, processes} {
			for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
				if err := copyFromParent(dir, file); err != nil {
					return err
				}
			}
		}
	}
	return os.WriteFile(filepath.Join(processes, "cgroup.procs"), []byte("0"), 0)
}

// copyFromParent sets a value of a cgroup to that of its parent, where it exists and is empty.
func copyFromParent(dir, file string) error {
	value, err := os.ReadFile(filepath.Join(dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || strings.TrimSpace(string(value)) != "" {
		return err
	}
	if value, err = os.ReadFile(filepath.Join(filepath.Dir(dir), file)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file), value, 0)
}

func enableControllers(dir string) error {
	controllers, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(controllers)) {
		// One at a time: where one controller can't be enabled, the others still can.
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	return nil
}
