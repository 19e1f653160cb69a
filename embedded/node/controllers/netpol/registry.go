package netpol

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
)

// Sandbox is a pod's network as the CNI made it: which pod has which address right now.
type Sandbox struct {
	Container string `json:"container"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	IP        string `json:"ip"`
}

// registry holds the sandboxes of this node by container, and keeps them in a file for the controller's next start. The
// status of a pod is no source for its address: it lags, and after a restart it tells of another life.
type registry struct {
	file string
	lock sync.Mutex
	by   map[string]Sandbox
}

func openRegistry(file string) (*registry, error) {
	r := &registry{file: file, by: map[string]Sandbox{}}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(data, &r.by)
}

// add records a sandbox; whoever had its address before has it no more.
func (r *registry) add(s Sandbox) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	for container, other := range r.by {
		if other.IP == s.IP {
			delete(r.by, container)
		}
	}
	r.by[s.Container] = s
	return r.save()
}

func (r *registry) remove(container string) error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if _, ok := r.by[container]; !ok {
		return nil
	}
	delete(r.by, container)
	return r.save()
}

func (r *registry) list() []Sandbox {
	r.lock.Lock()
	defer r.lock.Unlock()
	all := make([]Sandbox, 0, len(r.by))
	for _, s := range r.by {
		all = append(all, s)
	}
	return all
}

func (r *registry) save() error {
	data, err := json.Marshal(r.by)
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.file+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(r.file+".new", r.file)
}
