// The quota controller as a program of its own.

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/quota/v1/generic"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/kubernetes/pkg/controller/resourcequota"
	quotainstall "k8s.io/kubernetes/pkg/quota/v1/install"
)

const (
	// discoveryPeriod is the time between two discoveries of kinds where no custom kind changes: the controller manager's.
	discoveryPeriod = 30 * time.Second
	// countPeriod is the time between two counts of all kinds. Objects of a new kind are refused until it is counted.
	countPeriod = 5 * time.Second
	// settleTime is the time between a change of a custom kind and the discovery: programs define several kinds in a row.
	settleTime = 200 * time.Millisecond
)

// newQuotaCommand runs the quota controller of kube-controller-manager alone. In the controller manager it discovers kinds every
// 30 s and counts their objects every five minutes. Until then every object of a new kind that a quota counts is refused with
// "status unknown for quota", so a new cluster accepts no workload. Here a kind is counted as soon as it is defined.
func newQuotaCommand() *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{
		Use:  "kube-quota-controller",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			config.QPS, config.Burst = 100, 200
			return runQuotaController(genericapiserver.SetupSignalContext(), config)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "path of the kubeconfig")
	return command
}

func runQuotaController(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	withoutManagedFields := func(object any) (any, error) {
		if accessor, ok := object.(metav1.Object); ok {
			accessor.SetManagedFields(nil)
		}
		return object, nil
	}
	typed := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(withoutManagedFields))
	metadataOnly := metadatainformer.NewSharedInformerFactoryWithOptions(metadataClient, 0, metadatainformer.WithTransform(withoutManagedFields))
	quotas, err := quotainstall.NewQuotaConfigurationForControllers(generic.ListerFuncForResourceFunc(typed.ForResource), typed)
	if err != nil {
		return err
	}
	started := make(chan struct{})
	discover := client.Discovery().ServerPreferredNamespacedResources
	controller, err := resourcequota.NewController(ctx, &resourcequota.ControllerOptions{
		QuotaClient:               client.CoreV1(),
		ResourceQuotaInformer:     typed.Core().V1().ResourceQuotas(),
		ResyncPeriod:              func() time.Duration { return countPeriod },
		InformerFactory:           informerfactory.NewInformerFactory(typed, metadataOnly),
		ReplenishmentResyncPeriod: func() time.Duration { return 12 * time.Hour },
		DiscoveryFunc:             discover,
		IgnoredResourcesFunc:      quotas.IgnoredResources,
		InformersStarted:          started,
		Registry:                  generic.NewRegistry(quotas.Evaluators()),
		UpdateFilter:              quotainstall.DefaultUpdateFilter(),
	})
	if err != nil {
		return err
	}
	changed, err := definitionChanges(metadataOnly)
	if err != nil {
		return err
	}
	typed.Start(ctx.Done())
	metadataOnly.Start(ctx.Done())
	close(started)
	go controller.Run(ctx, 5)
	for ctx.Err() == nil {
		// A new Sync discovers the kinds at once.
		syncContext, endSync := context.WithCancel(ctx)
		go controller.Sync(syncContext, discover, discoveryPeriod)
		select {
		case <-changed:
			time.Sleep(settleTime)
		case <-ctx.Done():
		}
		endSync()
	}
	return nil
}

// definitionChanges returns a channel that signals changes of custom kinds; changes before a signal is received add no further one.
func definitionChanges(factory metadatainformer.SharedInformerFactory) (<-chan struct{}, error) {
	changed := make(chan struct{}, 1)
	signal := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	definitions := schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
	}
	_, err := factory.ForResource(definitions).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { signal() },
		UpdateFunc: func(_, _ any) { signal() },
		DeleteFunc: func(any) { signal() },
	})
	return changed, err
}
