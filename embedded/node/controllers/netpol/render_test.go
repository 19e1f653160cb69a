// Tests of the rules that policies are rendered to.

package netpol

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(namespace, ip string, set labels.Set, ports ...corev1.ContainerPort) Pod {
	return Pod{Namespace: namespace, Labels: set, IP: ip, Ports: ports}
}

func policy1(spec netv1.NetworkPolicySpec) []*netv1.NetworkPolicy {
	return []*netv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "p"}, Spec: spec}}
}

func number(n int) *intstr.IntOrString     { return new(intstr.FromInt32(int32(n))) }
func name(text string) *intstr.IntOrString { return new(intstr.FromString(text)) }
func selects(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.MatchLabels[pairs[i]] = pairs[i+1]
	}
	return s
}

var (
	tcp, udp   = corev1.ProtocolTCP, corev1.ProtocolUDP
	onIngress  = []netv1.PolicyType{netv1.PolicyTypeIngress}
	onEgress   = []netv1.PolicyType{netv1.PolicyTypeEgress}
	namespaces = map[string]labels.Set{"a": {"team": "a"}, "b": {"team": "b"}}
	pods       = []Pod{
		pod("a", "10.0.0.1", labels.Set{"app": "client"}),
		pod("a", "10.0.0.2", labels.Set{"app": "server"}, corev1.ContainerPort{Name: "web", ContainerPort: 80, Protocol: tcp}),
		pod("b", "10.0.0.3", labels.Set{"app": "client"}),
		pod("a", "10.0.0.4", labels.Set{"app": "server"}, corev1.ContainerPort{Name: "web", ContainerPort: 8080}),
	}
)

func clusterState(policies []*netv1.NetworkPolicy) ClusterState {
	return ClusterState{PodCIDR: "10.0.0.0/16", Pods: pods, Namespaces: namespaces, Policies: policies}
}

// chainOf gives the rules that hold for a pod, with names of sets replaced by their elements.
func chainOf(t *testing.T, script, hook, ip string) string {
	t.Helper()
	line := find(script, "map "+hook+" ", "")
	_, jump, ok := strings.Cut(line, " "+ip+" : jump ")
	if !ok {
		return "not isolated"
	}
	chain, _, _ := strings.Cut(strings.NewReplacer(",", " ", "}", " ").Replace(jump), " ")
	_, body, ok := strings.Cut(script, "chain "+chain+" {\n")
	if !ok {
		t.Fatalf("no chain %s in\n%s", chain, script)
	}
	body, _, _ = strings.Cut(body, "\t}\n")
	var rules []string
	for rule := range strings.Lines(body) {
		rule = strings.TrimSpace(rule)
		if before, after, ok := strings.Cut(rule, "@"); ok {
			set, rest, _ := strings.Cut(after, " ")
			_, members, _ := strings.Cut(find(script, "set "+set+" ", ""), "elements = ")
			members, _, _ = strings.Cut(members, "; }")
			rule = before + members + " " + rest
		}
		rules = append(rules, rule)
	}
	return strings.Join(rules, "; ")
}

func find(script, prefix, none string) string {
	for line := range strings.Lines(script) {
		if strings.HasPrefix(strings.TrimSpace(line), prefix) {
			return line
		}
	}
	return none
}

func TestRules(t *testing.T) {
	server := *selects("app", "server")
	cases := []struct {
		name string
		spec netv1.NetworkPolicySpec
		hook string
		want map[string]string
	}{
		{
			"a policy without rules drops all",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress}, "ingress",
			map[string]string{"10.0.0.2": "counter drop", "10.0.0.1": "not isolated", "10.0.0.3": "not isolated"},
		},
		{
			"an empty rule allows all",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{}}}, "ingress",
			map[string]string{"10.0.0.2": "return; counter drop"},
		},
		{
			"peers are addresses of the selected pods",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				From: []netv1.NetworkPolicyPeer{{PodSelector: selects("app", "client")}, {NamespaceSelector: selects("team", "b"), PodSelector: selects("app", "client")}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "ip saddr { 10.0.0.1 } return; ip saddr { 10.0.0.3 } return; counter drop"},
		},
		{
			"a peer that selects nobody allows nobody",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				From: []netv1.NetworkPolicyPeer{{PodSelector: selects("app", "none")}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "counter drop"},
		},
		{
			"ports of a protocol are one set without overlaps",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				Ports: []netv1.NetworkPolicyPort{{Port: number(80)}, {Port: number(79), EndPort: new(int32(85))}, {Port: number(86)}, {Port: number(443)}, {Port: number(53), Protocol: &udp}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "tcp dport { 79-86, 443 } return; udp dport { 53 } return; counter drop"},
		},
		{
			"a protocol alone is all of its ports",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				Ports: []netv1.NetworkPolicyPort{{Protocol: &udp}, {Protocol: &udp, Port: number(53)}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "meta l4proto udp return; counter drop"},
		},
		{
			"a named port is the receiving pod's",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				Ports: []netv1.NetworkPolicyPort{{Port: name("web")}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "tcp dport { 80 } return; counter drop", "10.0.0.4": "tcp dport { 8080 } return; counter drop"},
		},
		{
			"a named port on egress is each peer's",
			netv1.NetworkPolicySpec{PolicyTypes: onEgress, Egress: []netv1.NetworkPolicyEgressRule{{
				To: []netv1.NetworkPolicyPeer{{PodSelector: &server}}, Ports: []netv1.NetworkPolicyPort{{Port: name("web")}},
			}}}, "egress",
			map[string]string{"10.0.0.1": "ip daddr . tcp dport { 10.0.0.2 . 80, 10.0.0.4 . 8080 } return; counter drop"},
		},
		{
			"a name without a port allows nothing",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				Ports: []netv1.NetworkPolicyPort{{Port: name("nobody")}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "counter drop"},
		},
		{
			"a range excludes the outermost of its exceptions",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				From: []netv1.NetworkPolicyPeer{{IPBlock: &netv1.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.1.1.0/24", "10.1.0.0/16", "10.2.0.0/16"}}}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16, 10.2.0.0/16 } return; counter drop"},
		},
		{
			"a range of IPv6 allows nothing",
			netv1.NetworkPolicySpec{PodSelector: server, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{
				From: []netv1.NetworkPolicyPeer{{IPBlock: &netv1.IPBlock{CIDR: "::/0"}}},
			}}}, "ingress",
			map[string]string{"10.0.0.2": "counter drop"},
		},
		{
			"a selector that can't be read isolates its whole namespace",
			netv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "x", Operator: "Nonsense"}}}, PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{}}}, "ingress",
			map[string]string{"10.0.0.1": "counter drop", "10.0.0.3": "not isolated"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			script := Render(clusterState(policy1(c.spec)))
			for ip, want := range c.want {
				if got := chainOf(t, script, c.hook, ip); got != want {
					t.Errorf("%s: got %q, want %q", ip, got, want)
				}
			}
		})
	}
}

func TestClosedAllowsNothing(t *testing.T) {
	script := RenderClosed(clusterState(policy1(netv1.NetworkPolicySpec{PolicyTypes: onIngress, Ingress: []netv1.NetworkPolicyIngressRule{{}}})))
	if got := chainOf(t, script, "ingress", "10.0.0.1"); got != "counter drop" {
		t.Errorf("got %q", got)
	}
	if got := chainOf(t, script, "egress", "10.0.0.1"); got != "not isolated" {
		t.Errorf("egress: got %q", got)
	}
}

func TestPodsWithTheSameRulesShareAChain(t *testing.T) {
	w := big(200)
	if chains := strings.Count(Render(w), "\tchain c"); chains > 40 {
		t.Errorf("%d chains for 10 namespaces with the same policies", chains)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	w := big(50)
	first := Render(w)
	for i, j := 0, len(w.Pods)-1; i < j; i, j = i+1, j-1 {
		w.Pods[i], w.Pods[j] = w.Pods[j], w.Pods[i]
	}
	for i, j := 0, len(w.Policies)-1; i < j; i, j = i+1, j-1 {
		w.Policies[i], w.Policies[j] = w.Policies[j], w.Policies[i]
	}
	if Render(w) != first {
		t.Error("another order gave other rules")
	}
}

// The kernel's own parser must take what comes of every kind of rule.
func TestNftTakesTheScript(t *testing.T) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		nft = "/usr/sbin/nft"
	}
	c := exec.Command(nft, "--check", "-f", "-")
	c.Stdin = strings.NewReader(Render(big(300)))
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// big is a cluster of n pods in ten namespaces, each with the policies of a platform's tenant.
func big(n int) ClusterState {
	w := ClusterState{PodCIDR: "10.0.0.0/16", Namespaces: map[string]labels.Set{}}
	for i := range n {
		space := fmt.Sprintf("n%d", i%10)
		w.Namespaces[space] = labels.Set{"name": space}
		w.Pods = append(w.Pods, pod(space, fmt.Sprintf("10.0.%d.%d", i/250, i%250+1), labels.Set{"app": fmt.Sprintf("app%d", i%3)},
			corev1.ContainerPort{Name: "web", ContainerPort: int32(8000 + i%2)}))
	}
	for i := range 10 {
		space := fmt.Sprintf("n%d", i)
		for j, spec := range []netv1.NetworkPolicySpec{
			{PolicyTypes: []netv1.PolicyType{netv1.PolicyTypeIngress, netv1.PolicyTypeEgress}},
			{PolicyTypes: onIngress, PodSelector: *selects("app", "app0"), Ingress: []netv1.NetworkPolicyIngressRule{{
				From:  []netv1.NetworkPolicyPeer{{PodSelector: selects("app", "app1")}, {NamespaceSelector: selects("name", "n1")}, {IPBlock: &netv1.IPBlock{CIDR: "10.1.0.0/16", Except: []string{"10.1.1.0/24"}}}},
				Ports: []netv1.NetworkPolicyPort{{Port: name("web")}, {Port: number(9000), EndPort: new(int32(9010))}},
			}}},
			{PolicyTypes: onEgress, Egress: []netv1.NetworkPolicyEgressRule{
				{To: []netv1.NetworkPolicyPeer{{NamespaceSelector: selects("name", "n2")}}, Ports: []netv1.NetworkPolicyPort{{Port: name("web")}, {Port: number(53), Protocol: &udp}}},
			}},
		} {
			w.Policies = append(w.Policies, &netv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: space, Name: fmt.Sprint(j)}, Spec: spec})
		}
	}
	return w
}

func BenchmarkRender(b *testing.B) {
	w := big(500)
	for b.Loop() {
		Render(w)
	}
}
