// Tests of provisioning and reclaiming volumes.

package volumes

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

const node = "node-1"

var class = &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "local"}, Provisioner: Provisioner}

func claim(change func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "data", UID: "1234", Annotations: map[string]string{selectedNode: node}},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class.Name,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
	if change != nil {
		change(c)
	}
	return c
}

func start(t *testing.T, dir string, objects ...runtime.Object) (*Controller, *fake.Clientset) {
	t.Helper()
	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	c, err := New(client, factory, dir, node)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	go c.Run(ctx)
	return c, client
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

func volumesOf(t *testing.T, client *fake.Clientset) []corev1.PersistentVolume {
	t.Helper()
	list, err := client.CoreV1().PersistentVolumes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestAClaimOfAScheduledPodGetsAFolder(t *testing.T) {
	dir := t.TempDir()
	_, client := start(t, dir, class, claim(nil))
	eventually(t, "a volume", func() bool { return len(volumesOf(t, client)) == 1 })
	volume := volumesOf(t, client)[0]
	if volume.Spec.Local.Path != filepath.Join(dir, "pvc-1234") || volume.Spec.ClaimRef.UID != "1234" ||
		volume.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		t.Errorf("got %+v", volume.Spec)
	}
	info, err := os.Stat(volume.Spec.Local.Path)
	if err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("folder: %v %v", info, err)
	}
}

func TestClaimsThatAreNotOursAreLeftAlone(t *testing.T) {
	other := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "other"}, Provisioner: "example.com/other"}
	cases := map[string]func(*corev1.PersistentVolumeClaim){
		"not scheduled":   func(c *corev1.PersistentVolumeClaim) { c.Annotations = nil },
		"another node":    func(c *corev1.PersistentVolumeClaim) { c.Annotations[selectedNode] = "node-2" },
		"another class":   func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = &other.Name },
		"bound already":   func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "x" },
		"no class":        func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = nil },
		"an absent class": func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = new("absent") },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			c, client := start(t, t.TempDir(), class, other)
			if err := c.provision(t.Context(), claim(change)); err != nil {
				t.Fatal(err)
			}
			if got := volumesOf(t, client); len(got) != 0 {
				t.Errorf("made %v", got)
			}
		})
	}
}

func TestWhatAFolderCannotGiveIsRefusedWithAnEvent(t *testing.T) {
	block := corev1.PersistentVolumeBlock
	cases := map[string]func(*corev1.PersistentVolumeClaim){
		"block":    func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = &block },
		"selector": func(c *corev1.PersistentVolumeClaim) { c.Spec.Selector = &metav1.LabelSelector{} },
		"source":   func(c *corev1.PersistentVolumeClaim) { c.Spec.DataSource = &corev1.TypedLocalObjectReference{} },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			_, client := start(t, t.TempDir(), class, claim(change))
			eventually(t, "an event", func() bool {
				events, err := client.CoreV1().Events("a").List(t.Context(), metav1.ListOptions{})
				return err == nil && len(events.Items) == 1 && events.Items[0].Reason == "ProvisioningFailed"
			})
			if got := volumesOf(t, client); len(got) != 0 {
				t.Errorf("made %v", got)
			}
		})
	}
}

func volume(path string, change func(*corev1.PersistentVolume)) *corev1.PersistentVolume {
	v := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pvc-1234", Annotations: map[string]string{provisionedBy: Provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeReleased},
	}
	if change != nil {
		change(v)
	}
	return v
}

func TestAReleasedVolumeGoesWithItsData(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pvc-1234")
	if err := os.MkdirAll(filepath.Join(path, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, client := start(t, dir, volume(path, nil))
	eventually(t, "its end", func() bool { return len(volumesOf(t, client)) == 0 })
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("folder: %v", err)
	}
}

func TestVolumesThatAreNotToGoStay(t *testing.T) {
	cases := map[string]func(*corev1.PersistentVolume){
		"bound": func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeBound },
		"retained": func(v *corev1.PersistentVolume) {
			v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
		},
		"somebody else's":   func(v *corev1.PersistentVolume) { v.Annotations = nil },
		"a path outside":    func(v *corev1.PersistentVolume) { v.Spec.Local.Path = filepath.Dir(v.Spec.Local.Path) },
		"a name of another": func(v *corev1.PersistentVolume) { v.Name = "mine" },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "pvc-1234")
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
			v := volume(path, change)
			c, client := start(t, dir, v)
			_ = c.reclaim(t.Context(), v)
			if _, err := os.Stat(path); err != nil || len(volumesOf(t, client)) != 1 {
				t.Errorf("folder: %v, volumes: %v", err, volumesOf(t, client))
			}
		})
	}
}

func TestOnlyEmptyFoldersOfNobodyAreCollected(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"pvc-1234", "pvc-empty", "pvc-full/data", "else"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c, _ := start(t, dir, claim(func(c *corev1.PersistentVolumeClaim) { c.Annotations = nil }))
	if err := c.Collect(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"pvc-1234": true, "pvc-empty": false, "pvc-full": true, "else": true} {
		if _, err := os.Stat(filepath.Join(dir, path)); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}
