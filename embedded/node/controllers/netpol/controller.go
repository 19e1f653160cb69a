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
	kick       chan struct{}

	lock sync.Mutex
	// wanted counts what was asked for, loaded what is in the kernel.
	wanted, loaded uint64
	failure        error
	changed        chan struct{}
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
		load: loadScript, kick: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.ask() },
		UpdateFunc: func(any, any) { c.ask() },
		DeleteFunc: func(any) { c.ask() },
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
	c.ask()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.kick:
		}
		c.lock.Lock()
		asked := c.wanted
		c.lock.Unlock()
		world, err := c.world()
		if err == nil {
			script := Render(world)
			if script != last {
				start := time.Now()
				if err = c.load(script); err == nil {
					last = script
					log.Printf("netpol: %d policies, %d pods, %d bytes of rules in %v", len(world.Policies), len(world.Pods), len(script), time.Since(start).Round(time.Millisecond))
				} else {
					last = ""
					c.close(world, err)
				}
			}
		}
		c.settle(asked, err)
		if err != nil {
			log.Printf("netpol: %v", err)
			time.AfterFunc(time.Second, func() { c.ask() })
		}
	}
}

// close cuts off whatever a policy isolates, because what it would allow can't be loaded.
func (c *Controller) close(world World, cause error) {
	log.Printf("netpol: the rules were refused, policed pods are cut off: %v", cause)
	if err := c.load(RenderClosed(world)); err != nil {
		log.Printf("netpol: no rules can be loaded, the last ones stay: %v", err)
	}
}

func (c *Controller) world() (World, error) {
	policies, err := c.policies.List(labels.Everything())
	if err != nil {
		return World{}, err
	}
	namespaces, err := c.namespaces.List(labels.Everything())
	if err != nil {
		return World{}, err
	}
	world := World{PodCIDR: c.podCIDR, Policies: policies, Namespaces: map[string]labels.Set{}}
	for _, n := range namespaces {
		world.Namespaces[n.Name] = n.Labels
	}
	for _, s := range c.registry.list() {
		// One whose pod is gone or not seen yet stays out: unknown addresses get no traffic.
		if pod := c.podOf(s); pod != nil {
			world.Pods = append(world.Pods, Pod{Namespace: s.Namespace, Labels: pod.Labels, IP: s.IP, Ports: portsOf(pod)})
		}
	}
	return world, nil
}

func (c *Controller) podOf(s Sandbox) *corev1.Pod {
	pod, err := c.pods.Pods(s.Namespace).Get(s.Name)
	if err != nil || (s.UID != "" && string(pod.UID) != s.UID) {
		return nil
	}
	return pod
}

func portsOf(pod *corev1.Pod) (ports []corev1.ContainerPort) {
	// A sidecar is an init container that goes on running.
	for _, container := range append(pod.Spec.InitContainers[:len(pod.Spec.InitContainers):len(pod.Spec.InitContainers)], pod.Spec.Containers...) {
		ports = append(ports, container.Ports...)
	}
	return ports
}

// Admit records a pod's address and returns once the rules that hold for it are in the kernel.
func (c *Controller) Admit(ctx context.Context, s Sandbox) error {
	for {
		seen, err := c.sees(ctx, s)
		if err != nil {
			return err
		}
		if seen {
			break
		}
	}
	if err := c.registry.add(s); err != nil {
		return err
	}
	if err := c.wait(ctx, c.ask()); err != nil {
		_ = c.registry.remove(s.Container)
		return err
	}
	return nil
}

// sees tells whether the informers know a sandbox's pod and every policy of its namespace; it waits a little for that.
func (c *Controller) sees(ctx context.Context, s Sandbox) (bool, error) {
	// What was written before the pod must be seen before its rules are made. Informers of several kinds have no
	// common order, so the policies of its namespace are read from the API server itself.
	fresh, err := c.client.NetworkingV1().NetworkPolicies(s.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, fmt.Errorf("policies of namespace %s: %w", s.Namespace, err)
	}
	known := func() bool {
		if _, err := c.namespaces.Get(s.Namespace); err != nil || c.podOf(s) == nil {
			return false
		}
		for i := range fresh.Items {
			policy, err := c.policies.NetworkPolicies(s.Namespace).Get(fresh.Items[i].Name)
			if err != nil || policy.Generation < fresh.Items[i].Generation {
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

// Dismiss forgets a pod's address; from then on it gets no traffic.
func (c *Controller) Dismiss(container string) error {
	err := c.registry.remove(container)
	c.ask()
	return err
}

// ask wants a load that sees everything up to now, and gives its number.
func (c *Controller) ask() uint64 {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.wanted++
	select {
	case c.kick <- struct{}{}:
	default:
	}
	return c.wanted
}

func (c *Controller) settle(number uint64, err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.loaded, c.failure = number, err
	close(c.changed)
	c.changed = make(chan struct{})
}

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
