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
	var found []hierarchy
	seen := map[string]bool{}
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(kind) < 1 || (kind[0] != "cgroup" && kind[0] != "cgroup2") || seen[fields[4]] {
			continue
		}
		seen[fields[4]] = true
		found = append(found, hierarchy{path: fields[4], unified: kind[0] == "cgroup2"})
	}
	return found, lines.Err()
}

// enterCgroup makes the node's cgroups and moves this process there, so that every process of the node is found by
// them, whoever lost its process id.
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

// checkControllers says what would otherwise come as a kubelet that never gets ready.
func checkControllers(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	have := strings.Fields(string(text))
	for _, controller := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !slices.Contains(have, controller) {
			return fmt.Errorf("the cgroup controller %s can't be used here (in a container, its root cgroup may not be delegated): run on the host itself, or use kind or k3d", controller)
		}
	}
	return nil
}

func (h hierarchy) enter(name string) error {
	root := filepath.Join(h.path, name)
	own := filepath.Join(root, "node")
	if err := os.MkdirAll(own, 0o755); err != nil {
		return err
	}
	if h.unified {
		for _, dir := range []string{h.path, root} {
			if err := enableControllers(dir); err != nil {
				return err
			}
		}
	} else {
		// A version 1 cpuset starts empty and takes no process until it has processors and memory nodes.
		for _, dir := range []string{root, own} {
			for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
				if err := inherit(dir, file); err != nil {
					return err
				}
			}
		}
	}
	return os.WriteFile(filepath.Join(own, "cgroup.procs"), []byte("0"), 0)
}

func inherit(dir, file string) error {
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
		// One at a time: a controller that can't be had here must not take the others with it.
		_ = os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	return nil
}
