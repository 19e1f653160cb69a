// Command node-controllers runs a node's own controllers: one enforces
// NetworkPolicy, the other provisions local volumes.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os/signal"
	"syscall"
	"time"

	"agentic.io/platform/embedded/node/controllers/netpol"
	"agentic.io/platform/embedded/node/controllers/volumes"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type options struct {
	kubeconfig, node, podCIDR, socket, registry, volumes string
}

func main() {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig `file`")
	flag.StringVar(&o.node, "node", "", "`name` of this node")
	flag.StringVar(&o.podCIDR, "pod-cidr", "", "`range` of the addresses of all pods")
	flag.StringVar(&o.socket, "socket", "", "unix socket `path` for the CNI plugin")
	flag.StringVar(&o.registry, "registry", "", "`file` that keeps the addresses of pods while the node runs")
	flag.StringVar(&o.volumes, "volumes", "", "`folder` of the volumes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o options) error {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := waitForRights(ctx, client); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(slim))
	policies, err := netpol.New(client, factory, o.podCIDR, o.registry)
	if err != nil {
		return err
	}
	storage, err := volumes.New(client, factory, o.volumes, o.node)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	for kind, ok := range factory.WaitForCacheSync(ctx.Done()) {
		if !ok {
			return errors.New("the informer of " + kind.String() + " is not in sync")
		}
	}
	if err := storage.Collect(); err != nil {
		log.Printf("volumes: %v", err)
	}
	go storage.Run(ctx)
	go policies.Run(ctx)
	return policies.Serve(ctx, o.socket)
}

// waitForRights returns once this user may list network policies. In a new cluster its role is applied a moment after the
// API server starts, and an informer that is refused once pauses for much longer than that.
func waitForRights(ctx context.Context, client kubernetes.Interface) error {
	for {
		_, err := client.NetworkingV1().NetworkPolicies("").List(ctx, metav1.ListOptions{Limit: 1})
		if !apierrors.IsForbidden(err) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// slim drops the fields that neither controller reads, above all the pods' specifications: they would take most of the memory.
func slim(object any) (any, error) {
	if o, err := meta.Accessor(object); err == nil {
		o.SetManagedFields(nil)
	}
	if pod, ok := object.(*corev1.Pod); ok {
		pod.Annotations = nil
		pod.Status = corev1.PodStatus{}
		pod.Spec = corev1.PodSpec{Containers: portsOnly(pod.Spec.Containers), InitContainers: portsOnly(pod.Spec.InitContainers)}
	}
	return object, nil
}

func portsOnly(containers []corev1.Container) (slimmed []corev1.Container) {
	for _, c := range containers {
		slimmed = append(slimmed, corev1.Container{Name: c.Name, Ports: c.Ports})
	}
	return slimmed
}
