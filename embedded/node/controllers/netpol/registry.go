// The registry of sandboxes: which pod has which address.

package netpol

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
)

// Sandbox is a pod's network sandbox, as the CNI plugin reports it: which pod has which address now.
type Sandbox struct {
	Container string `json:"container"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	IP        string `json:"ip"`
}

// registry holds the sandboxes of this node, and keeps them in a file for the controller's next start. It does not take
// addresses from the status of pods, which lags, and after a restart of the node has those of the run before.
type registry struct {
	file        string
	lock        sync.Mutex
	byContainer map[string]Sandbox
}

func openRegistry(file string) (*registry, error) {
	r := &registry{file: file, byContainer: map[string]Sandbox{}}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(data, &r.byContainer)
}

// add records a sandbox, and removes one that had the same address before.
func (r *registry) add(s Sandbox) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	for container, other := range r.byContainer {
		if other.IP == s.IP {
			delete(r.byContainer, container)
		}
	}
	r.byContainer[s.Container] = s
	return r.save()
}

func (r *registry) remove(container string) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if _, ok := r.byContainer[container]; !ok {
		return nil
	}
	delete(r.byContainer, container)
	return r.save()
}

func (r *registry) list() []Sandbox {
	r.lock.Lock()
	defer r.lock.Unlock()
	sandboxes := make([]Sandbox, 0, len(r.byContainer))
	for _, s := range r.byContainer {
		sandboxes = append(sandboxes, s)
	}
	return sandboxes
}

func (r *registry) save() error {
	data, err := json.Marshal(r.byContainer)
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.file+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(r.file+".new", r.file)
}
