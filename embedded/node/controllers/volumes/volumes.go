// Package volumes provisions PersistentVolumes as folders of this node, once a
// pod that uses the claim has been scheduled, and deletes them with their claim.
package volumes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	storagelisters "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// Provisioner is the name of this provisioner in storage classes.
const Provisioner = "agentic.io/local-folder"

const (
	selectedNode  = "volume.kubernetes.io/selected-node"
	provisionedBy = "pv.kubernetes.io/provisioned-by"
	prefix        = "pvc-"
)

// Controller provisions and deletes volumes below one folder.
type Controller struct {
	client  kubernetes.Interface
	dir     string
	node    string
	claims  corelisters.PersistentVolumeClaimLister
	volumes corelisters.PersistentVolumeLister
	classes storagelisters.StorageClassLister
	queue   workqueue.TypedRateLimitingInterface[item]
}

// item names a claim, or a volume where it has no namespace.
type item struct{ namespace, name string }

// New makes a controller over the factory's informers; start the factory, then Run.
func New(client kubernetes.Interface, factory informers.SharedInformerFactory, dir, node string) (*Controller, error) {
	claims, volumes, classes := factory.Core().V1().PersistentVolumeClaims(), factory.Core().V1().PersistentVolumes(), factory.Storage().V1().StorageClasses()
	c := &Controller{
		client: client, dir: dir, node: node,
		claims: claims.Lister(), volumes: volumes.Lister(), classes: classes.Lister(),
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[item](100*time.Millisecond, time.Minute)),
	}
	add := func(object any) {
		if o, err := meta.Accessor(object); err == nil {
			c.queue.Add(item{o.GetNamespace(), o.GetName()})
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: add, UpdateFunc: func(_, object any) { add(object) }}
	for _, informer := range []cache.SharedIndexInformer{claims.Informer(), volumes.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	// Registers the informer of storage classes with the factory.
	classes.Informer()
	return c, nil
}

// Run works until the context ends. The informers must be in sync.
func (c *Controller) Run(ctx context.Context) {
	context.AfterFunc(ctx, c.queue.ShutDown)
	for {
		i, shutdown := c.queue.Get()
		if shutdown {
			return
		}
		if err := c.sync(ctx, i); err != nil {
			log.Printf("volumes: %s/%s: %v", i.namespace, i.name, err)
			c.queue.AddRateLimited(i)
		} else {
			c.queue.Forget(i)
		}
		c.queue.Done(i)
	}
}

func (c *Controller) sync(ctx context.Context, i item) error {
	if i.namespace == "" {
		volume, err := c.volumes.Get(i.name)
		if err != nil {
			return ignoreNotFound(err)
		}
		return c.reclaim(ctx, volume)
	}
	claim, err := c.claims.PersistentVolumeClaims(i.namespace).Get(i.name)
	if err != nil {
		return ignoreNotFound(err)
	}
	return c.provision(ctx, claim)
}

// provision makes the folder and the volume of a claim that waits for one on this node.
func (c *Controller) provision(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	if claim.Spec.VolumeName != "" || claim.Spec.StorageClassName == nil || claim.Annotations[selectedNode] != c.node || claim.DeletionTimestamp != nil {
		return nil
	}
	class, err := c.classes.Get(*claim.Spec.StorageClassName)
	if err != nil {
		return ignoreNotFound(err)
	}
	if class.Provisioner != Provisioner {
		return nil
	}
	if reason := unsupported(claim); reason != "" {
		return c.refuse(ctx, claim, reason)
	}
	volume := c.volumeFor(claim, class)
	path := volume.Spec.Local.Path
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	// Whoever the pod runs as may write; MkdirAll's mode has lost bits to the umask.
	if err := os.Chmod(path, 0o777); err != nil {
		return err
	}
	_, err = c.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// unsupported returns the reason why a folder can't be the claim's volume; empty where it can.
func unsupported(claim *corev1.PersistentVolumeClaim) string {
	if claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode == corev1.PersistentVolumeBlock {
		return "volumeMode Block: local folders give Filesystem volumes only"
	}
	if claim.Spec.Selector != nil {
		return "selector: volumes of this class are made for their claim and can't be selected"
	}
	if claim.Spec.DataSource != nil || claim.Spec.DataSourceRef != nil {
		return "dataSource: volumes of this class start empty"
	}
	return ""
}

// refuse writes an event on the claim that says why there will be no volume.
func (c *Controller) refuse(ctx context.Context, claim *corev1.PersistentVolumeClaim, reason string) error {
	now := metav1.Now()
	_, err := c.client.CoreV1().Events(claim.Namespace).Create(ctx, &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: claim.Namespace, Name: fmt.Sprintf("%s.unsupported", claim.UID)},
		InvolvedObject: corev1.ObjectReference{
			APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
		},
		Type: corev1.EventTypeWarning, Reason: "ProvisioningFailed", Message: reason,
		Source: corev1.EventSource{Component: Provisioner}, FirstTimestamp: now, LastTimestamp: now, Count: 1,
	}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// volumeFor returns the volume of a claim. Its name is derived from the claim's UID, so that a retry makes no second volume.
func (c *Controller) volumeFor(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) *corev1.PersistentVolume {
	name := prefix + string(claim.UID)
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: Provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: filepath.Join(c.dir, name)}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{c.node}}},
			}}}},
		},
	}
}

// reclaim deletes a volume and its folder once its claim is deleted.
func (c *Controller) reclaim(ctx context.Context, volume *corev1.PersistentVolume) error {
	if volume.Annotations[provisionedBy] != Provisioner || volume.Status.Phase != corev1.VolumeReleased ||
		volume.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete || volume.DeletionTimestamp != nil {
		return nil
	}
	if err := c.removeFolder(volume); err != nil {
		return err
	}
	return ignoreNotFound(c.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &volume.UID},
	}))
}

// removeFolder deletes only a folder that provision makes: whoever may write volumes can write any path into one.
func (c *Controller) removeFolder(volume *corev1.PersistentVolume) error {
	path := filepath.Join(c.dir, volume.Name)
	if !strings.HasPrefix(volume.Name, prefix) || volume.Spec.Local == nil || volume.Spec.Local.Path != path {
		return fmt.Errorf("its path is not %s: the folder is not deleted", path)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return os.RemoveAll(path)
}

// Collect removes empty folders that belong to no claim, as a crash between making folder and volume leaves them. Folders
// with data stay, with a volume or without: the reclaim policy Retain promises that.
func (c *Controller) Collect() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	claims, err := c.claims.List(labels.Everything())
	if err != nil {
		return err
	}
	live := map[string]bool{}
	for _, claim := range claims {
		live[prefix+string(claim.UID)] = true
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) && !live[entry.Name()] {
			_ = os.Remove(filepath.Join(c.dir, entry.Name()))
		}
	}
	return nil
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
