// The controller that loads the rules whenever pods, namespaces or policies change.

package netpol

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os/exec"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	netlisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
)

// Controller keeps the node's rules equal to what the API server and the registry of sandboxes say.
type Controller struct {
	client     kubernetes.Interface
	podCIDR    string
	registry   *registry
	pods       corelisters.PodLister
	namespaces corelisters.NamespaceLister
	policies   netlisters.NetworkPolicyLister
	load       func(script string) error
	// wake starts a load; it has room for one signal, however many loads are requested meanwhile.
	wake chan struct{}

	lock sync.Mutex
	// requested is the number of the last requested load, loaded that of the last finished one.
	requested, loaded uint64
	// failure is the error of the last finished load; changed is closed and replaced when one finishes.
	failure error
	changed chan struct{}
}

// New makes a controller over the factory's informers; start the factory, then Run.
func New(client kubernetes.Interface, factory informers.SharedInformerFactory, podCIDR, registryFile string) (*Controller, error) {
	registry, err := openRegistry(registryFile)
	if err != nil {
		return nil, err
	}
	pods, namespaces, policies := factory.Core().V1().Pods(), factory.Core().V1().Namespaces(), factory.Networking().V1().NetworkPolicies()
	c := &Controller{
		client: client, podCIDR: podCIDR, registry: registry,
		pods: pods.Lister(), namespaces: namespaces.Lister(), policies: policies.Lister(),
		load: loadScript, wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.requestLoad() },
		UpdateFunc: func(any, any) { c.requestLoad() },
		DeleteFunc: func(any) { c.requestLoad() },
	}
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Run loads rules at every change until the context ends. The informers must be in sync.
func (c *Controller) Run(ctx context.Context) {
	c.requestLoad()
	loadedScript := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		c.lock.Lock()
		number := c.requested
		c.lock.Unlock()
		state, err := c.state()
		if err == nil {
			script := Render(state)
			if script != loadedScript {
				start := time.Now()
				if err = c.load(script); err == nil {
					loadedScript = script
					log.Printf("netpol: %d policies, %d pods, %d bytes of rules in %v", len(state.Policies), len(state.Pods), len(script), time.Since(start).Round(time.Millisecond))
				} else {
					loadedScript = ""
					c.loadClosed(state, err)
				}
			}
		}
		c.finish(number, err)
		if err != nil {
			log.Printf("netpol: %v", err)
			time.AfterFunc(time.Second, func() { c.requestLoad() })
		}
	}
}

// loadClosed cuts off the pods that a policy isolates, after the kernel has refused the rules with cause.
func (c *Controller) loadClosed(state ClusterState, cause error) {
	log.Printf("netpol: the kernel refused the rules, so pods that a policy isolates are cut off: %v", cause)
	if err := c.load(RenderClosed(state)); err != nil {
		log.Printf("netpol: the kernel refused these rules too, so the last loaded ones stay: %v", err)
	}
}

// state collects what the informers and the registry know now.
func (c *Controller) state() (ClusterState, error) {
	policies, err := c.policies.List(labels.Everything())
	if err != nil {
		return ClusterState{}, err
	}
	namespaces, err := c.namespaces.List(labels.Everything())
	if err != nil {
		return ClusterState{}, err
	}
	state := ClusterState{PodCIDR: c.podCIDR, Policies: policies, Namespaces: map[string]labels.Set{}}
	for _, n := range namespaces {
		state.Namespaces[n.Name] = n.Labels
	}
	for _, s := range c.registry.list() {
		// A sandbox whose pod is deleted or not known yet is left out: unknown addresses get no traffic.
		if pod := c.podOf(s); pod != nil {
			state.Pods = append(state.Pods, Pod{Namespace: s.Namespace, Labels: pod.Labels, IP: s.IP, Ports: portsOf(pod)})
		}
	}
	return state, nil
}

func (c *Controller) podOf(s Sandbox) *corev1.Pod {
	pod, err := c.pods.Pods(s.Namespace).Get(s.Name)
	if err != nil || (s.UID != "" && string(pod.UID) != s.UID) {
		return nil
	}
	return pod
}

func portsOf(pod *corev1.Pod) (ports []corev1.ContainerPort) {
	// Init containers have ports too: a sidecar is an init container that goes on running.
	for _, container := range append(pod.Spec.InitContainers[:len(pod.Spec.InitContainers):len(pod.Spec.InitContainers)], pod.Spec.Containers...) {
		ports = append(ports, container.Ports...)
	}
	return ports
}

// Admit records a pod's address and returns once the rules for that pod are in the kernel.
func (c *Controller) Admit(ctx context.Context, s Sandbox) error {
	for {
		inSync, err := c.waitForInformers(ctx, s)
		if err != nil {
			return err
		}
		if inSync {
			break
		}
	}
	if err := c.registry.add(s); err != nil {
		return err
	}
	if err := c.wait(ctx, c.requestLoad()); err != nil {
		_ = c.registry.remove(s.Container)
		return err
	}
	return nil
}

// waitForInformers says whether the informers know a sandbox's pod and every policy of its namespace; it waits a quarter
// of a second for that.
func (c *Controller) waitForInformers(ctx context.Context, s Sandbox) (bool, error) {
	// A pod's rules must take account of every policy that is older than the pod. Informers of different kinds have no
	// common order, so the policies of its namespace are read from the API server itself.
	current, err := c.client.NetworkingV1().NetworkPolicies(s.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, fmt.Errorf("policies of namespace %s: %w", s.Namespace, err)
	}
	known := func() bool {
		if _, err := c.namespaces.Get(s.Namespace); err != nil || c.podOf(s) == nil {
			return false
		}
		for i := range current.Items {
			policy, err := c.policies.NetworkPolicies(s.Namespace).Get(current.Items[i].Name)
			if err != nil || policy.Generation < current.Items[i].Generation {
				return false
			}
		}
		return true
	}
	for range 50 {
		if known() {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("pod %s/%s or the policies of its namespace are not known yet: %w", s.Namespace, s.Name, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false, nil
}

// Dismiss removes a pod's address, which gets no traffic from then on.
func (c *Controller) Dismiss(container string) error {
	err := c.registry.remove(container)
	c.requestLoad()
	return err
}

// requestLoad requests a load of the state at or after this call, and returns its number.
func (c *Controller) requestLoad() uint64 {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.requested++
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return c.requested
}

// finish records the result of a load, and tells those who wait for it.
func (c *Controller) finish(number uint64, err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.loaded, c.failure = number, err
	close(c.changed)
	c.changed = make(chan struct{})
}

// wait returns once the load of that number or a later one has finished, with its error.
func (c *Controller) wait(ctx context.Context, number uint64) error {
	for {
		c.lock.Lock()
		loaded, failure, changed := c.loaded, c.failure, c.changed
		c.lock.Unlock()
		if loaded >= number {
			return failure
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("the rules were not loaded in time"), ctx.Err())
		case <-changed:
		}
	}
}

func loadScript(script string) error {
	c := exec.Command("nft", "-f", "-")
	c.Stdin = strings.NewReader(script)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %.500s", err, out)
	}
	return nil
}
