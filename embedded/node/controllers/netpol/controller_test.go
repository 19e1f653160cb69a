// Tests of the controller, with a kernel that refuses rules on demand.

package netpol

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

// kernel stands for nft: it keeps what was loaded and refuses what it is told to.
type kernel struct {
	lock    sync.Mutex
	scripts []string
	refuse  func(script string) bool
}

func (k *kernel) load(script string) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.refuse != nil && k.refuse(script) {
		return errors.New("refused")
	}
	k.scripts = append(k.scripts, script)
	return nil
}

func (k *kernel) last() string {
	k.lock.Lock()
	defer k.lock.Unlock()
	if len(k.scripts) == 0 {
		return ""
	}
	return k.scripts[len(k.scripts)-1]
}

func start(t *testing.T, k *kernel, objects ...runtime.Object) (*Controller, *fake.Clientset) {
	t.Helper()
	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	c, err := New(client, factory, "10.0.0.0/16", filepath.Join(t.TempDir(), "sandboxes.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.load = k.load
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	go c.Run(ctx)
	return c, client
}

func object(name, uid string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: name, UID: types.UID(uid)}}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

var (
	space = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "a"}}
	deny  = &netv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "deny"}, Spec: netv1.NetworkPolicySpec{
		PolicyTypes: []netv1.PolicyType{netv1.PolicyTypeIngress}, Ingress: []netv1.NetworkPolicyIngressRule{{Ports: []netv1.NetworkPolicyPort{{Port: number(80)}}}},
	}}
)

func TestAdmissionComesAfterTheRules(t *testing.T) {
	k := &kernel{}
	c, _ := start(t, k, space, deny, object("p", "1"))
	if err := c.Admit(within(t, 5*time.Second), Sandbox{Container: "c1", Namespace: "a", Name: "p", IP: "10.0.0.9"}); err != nil {
		t.Fatal(err)
	}
	if got := chainOf(t, k.last(), "ingress", "10.0.0.9"); got != "tcp dport { 80 } return; counter drop" {
		t.Errorf("loaded at admission: %q", got)
	}
}

func TestAPodThatIsNotKnownIsNotAdmitted(t *testing.T) {
	c, _ := start(t, &kernel{}, space)
	if err := c.Admit(within(t, 300*time.Millisecond), Sandbox{Container: "c1", Namespace: "a", Name: "p", IP: "10.0.0.9"}); err == nil {
		t.Error("admitted")
	}
	if got := c.registry.list(); len(got) != 0 {
		t.Errorf("registered: %v", got)
	}
}

func TestASandboxOfAnEarlierPodOfTheNameGetsNothing(t *testing.T) {
	k := &kernel{}
	c, _ := start(t, k, space, object("p", "new"))
	if err := c.Admit(within(t, 300*time.Millisecond), Sandbox{Container: "c1", Namespace: "a", Name: "p", UID: "old", IP: "10.0.0.9"}); err == nil {
		t.Error("admitted")
	}
}

func TestRefusedRulesCutOffAndAreNotAdmitted(t *testing.T) {
	k := &kernel{refuse: func(script string) bool { return strings.Contains(script, "dport") }}
	c, _ := start(t, k, space, deny, object("p", "1"))
	if err := c.Admit(within(t, 2*time.Second), Sandbox{Container: "c1", Namespace: "a", Name: "p", IP: "10.0.0.9"}); err == nil {
		t.Error("admitted without its rules")
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	for _, script := range k.scripts {
		if strings.Contains(script, "10.0.0.9") {
			if got := chainOf(t, script, "ingress", "10.0.0.9"); got != "counter drop" {
				t.Errorf("loaded: %q", got)
			}
		}
	}
}

func TestDismissalTakesTheAddressAway(t *testing.T) {
	k := &kernel{}
	c, _ := start(t, k, space, object("p", "1"))
	if err := c.Admit(within(t, 5*time.Second), Sandbox{Container: "c1", Namespace: "a", Name: "p", IP: "10.0.0.9"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Dismiss("c1"); err != nil {
		t.Fatal(err)
	}
	if err := c.wait(within(t, 5*time.Second), c.requestLoad()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(k.last(), "10.0.0.9") {
		t.Error("still there")
	}
}

func TestTheRegistrySurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sandboxes.json")
	r, err := openRegistry(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Sandbox{{Container: "c1", Name: "p1", IP: "10.0.0.1"}, {Container: "c2", Name: "p2", IP: "10.0.0.2"}, {Container: "c3", Name: "p3", IP: "10.0.0.1"}} {
		if err := r.add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.remove("c2"); err != nil {
		t.Fatal(err)
	}
	again, err := openRegistry(file)
	if err != nil {
		t.Fatal(err)
	}
	got := again.list()
	if len(got) != 1 || got[0].Container != "c3" {
		t.Errorf("got %v: the address of c1 went to c3, and c2 is gone", got)
	}
}
