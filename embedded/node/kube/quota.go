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
	// Between two looks for new kinds where no definition of a custom kind changes: as the controller manager has it.
	discoveryPeriod = 30 * time.Second
	// Between two counts of everything. A new kind that a quota names is refused until it is counted.
	countPeriod = 5 * time.Second
	// A program defines its kinds one after another: they are looked for once.
	settleTime = 200 * time.Millisecond
)

// newQuotaCommand runs the quota controller of kube-controller-manager alone. There it looks for new kinds every 30 s and counts
// them every five minutes, and until then every object of a kind that a quota counts is refused with "status unknown for quota":
// a fresh cluster takes no workload. Here a kind is counted as soon as it is defined.
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
	trimmed := func(object any) (any, error) {
		if accessor, ok := object.(metav1.Object); ok {
			accessor.SetManagedFields(nil)
		}
		return object, nil
	}
	typed := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(trimmed))
	others := metadatainformer.NewSharedInformerFactoryWithOptions(metadataClient, 0, metadatainformer.WithTransform(trimmed))
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
		InformerFactory:           informerfactory.NewInformerFactory(typed, others),
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
	changed, err := definitionChanges(others)
	if err != nil {
		return err
	}
	typed.Start(ctx.Done())
	others.Start(ctx.Done())
	close(started)
	go controller.Run(ctx, 5)
	for ctx.Err() == nil {
		round, end := context.WithCancel(ctx)
		go controller.Sync(round, discover, discoveryPeriod)
		select {
		case <-changed:
			time.Sleep(settleTime)
		case <-ctx.Done():
		}
		end()
	}
	return nil
}

// definitionChanges gives a signal after definitions of custom kinds changed: one for all that change until it is received.
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
