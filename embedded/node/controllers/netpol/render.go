// Package netpol enforces NetworkPolicy on one node with one nftables table,
// and admits a pod to the network only once its rules are in the kernel.
package netpol

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Table is the name of the nftables table of all rules. Before any pod exists, the node loads one of that name that drops
// all traffic of pods.
const Table = "netpol"

// Pod has the fields of a pod that policies and rules depend on.
type Pod struct {
	Namespace string
	Labels    labels.Set
	IP        string
	Ports     []corev1.ContainerPort
}

// ClusterState is the part of the cluster's state that the rules are rendered from.
type ClusterState struct {
	// PodCIDR is the range of all pods' addresses; an address in it that no Pod has gets no traffic.
	PodCIDR    string
	Pods       []Pod
	Namespaces map[string]labels.Set
	Policies   []*netv1.NetworkPolicy
}

// Render returns the nft script that replaces the table in one transaction. Pods with the same rules share a chain,
// and peers with the same selectors share a set.
func Render(state ClusterState) string {
	return newRenderer(state).script(false)
}

// RenderClosed returns a script that allows no traffic in a direction in which a policy isolates a pod. It contains only
// addresses of pods, so that it loads where the kernel refuses the script of Render.
func RenderClosed(state ClusterState) string {
	return newRenderer(state).script(true)
}

type direction struct {
	kind netv1.PolicyType
	// field is the packet's field with the peer's address; chains is the map from a pod's address to its chain.
	field, chains string
}

var (
	ingress = direction{netv1.PolicyTypeIngress, "saddr", "ingress"}
	egress  = direction{netv1.PolicyTypeEgress, "daddr", "egress"}
)

type renderer struct {
	ClusterState
	// policies by namespace.
	policies map[string][]*policy
	// sets and chains that are in use: names by definition.
	sets   map[string]string
	chains map[string]string
	// elements of the maps from a pod's address to its chain, by the map's name.
	chainsByAddress map[string][]string
}

// policy is a NetworkPolicy with its selector parsed, and the rules that were rendered from it, by policyRules' key.
type policy struct {
	*netv1.NetworkPolicy
	selector labels.Selector
	rules    map[string][]string
}

func newRenderer(state ClusterState) *renderer {
	pods := slices.Clone(state.Pods)
	sort.Slice(pods, func(i, j int) bool { return pods[i].IP < pods[j].IP })
	state.Pods = pods
	r := &renderer{
		ClusterState: state, policies: map[string][]*policy{},
		sets: map[string]string{}, chains: map[string]string{}, chainsByAddress: map[string][]string{},
	}
	sorted := slices.Clone(state.Policies)
	sort.Slice(sorted, func(i, j int) bool {
		return sorted[i].Namespace+"/"+sorted[i].Name < sorted[j].Namespace+"/"+sorted[j].Name
	})
	for _, p := range sorted {
		selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
		if err != nil {
			// The API server refuses invalid selectors. Should there be one, the policy isolates its whole namespace, not nothing.
			p = p.DeepCopy()
			p.Spec.Ingress, p.Spec.Egress = nil, nil
			selector = labels.Everything()
		}
		r.policies[p.Namespace] = append(r.policies[p.Namespace], &policy{p, selector, map[string][]string{}})
	}
	return r
}

func (r *renderer) script(closed bool) string {
	addresses, self := make([]string, len(r.Pods)), make([]string, len(r.Pods))
	for i, p := range r.Pods {
		addresses[i], self[i] = p.IP, p.IP+" . "+p.IP
		for _, d := range []direction{ingress, egress} {
			rules, isolated := r.rules(&p, d, closed)
			if isolated {
				r.chainsByAddress[d.chains] = append(r.chainsByAddress[d.chains], p.IP+" : jump "+r.chain(rules))
			}
		}
	}
	b := &strings.Builder{}
	// The table is replaced as a whole: made if absent, deleted, made anew.
	fmt.Fprintf(b, "table ip %[1]s\ndelete table ip %[1]s\ntable ip %[1]s {\n", Table)
	writeSet(b, "pods", "ipv4_addr", addresses)
	writeSet(b, "self", "ipv4_addr . ipv4_addr", self)
	for _, body := range sortedKeys(r.sets) {
		b.WriteString(body)
	}
	for _, body := range sortedKeys(r.chains) {
		fmt.Fprintf(b, "\tchain %s {\n%s\t\tcounter drop\n\t}\n", r.chains[body], body)
	}
	for _, d := range []direction{ingress, egress} {
		fmt.Fprintf(b, "\tmap %s { type ipv4_addr : verdict; %s}\n", d.chains, elements(r.chainsByAddress[d.chains]))
	}
	// These hooks come after kube-proxy's translation, so addresses are those of pods, not of services. Packets that the
	// node itself sends, as probes, are not forwarded; packets from pods to the node are input.
	fmt.Fprintf(b, `	chain forward {
		type filter hook forward priority 0; policy accept;
		ct state established,related accept
		ip saddr . ip daddr @self accept
		ip saddr %[1]s ip saddr != @pods counter drop
		ip daddr %[1]s ip daddr != @pods counter drop
		ip saddr vmap @egress
		ip daddr vmap @ingress
	}
	chain input {
		type filter hook input priority 0; policy accept;
		ct state established,related accept
		ip saddr %[1]s ip saddr != @pods counter drop
		ip saddr vmap @egress
	}
}
`, r.PodCIDR)
	return b.String()
}

// rules returns the rules for a pod in one direction; isolated says whether a policy selects the pod in that direction.
func (r *renderer) rules(p *Pod, d direction, closed bool) (body string, isolated bool) {
	var rules []string
	for _, q := range r.policies[p.Namespace] {
		if !slices.Contains(q.Spec.PolicyTypes, d.kind) || !q.selector.Matches(p.Labels) {
			continue
		}
		isolated = true
		if !closed {
			rules = append(rules, r.policyRules(q, p, d)...)
		}
	}
	b := &strings.Builder{}
	for i, rule := range rules {
		if !slices.Contains(rules[:i], rule) {
			fmt.Fprintf(b, "\t\t%s\n", strings.TrimSpace(rule+" return"))
		}
	}
	return b.String(), isolated
}

// policyRules returns one policy's rules for a pod. Pods for which they are the same share them: only the numbers of named
// ports on ingress differ between the pods of a policy.
func (r *renderer) policyRules(q *policy, p *Pod, d direction) []string {
	key := d.chains
	if d == ingress {
		key += "\x00" + namedPorts(q, p)
	}
	rules, ok := q.rules[key]
	if !ok {
		if d == ingress {
			for _, rule := range q.Spec.Ingress {
				rules = append(rules, r.allow(d, q.Namespace, rule.From, rule.Ports, p)...)
			}
		} else {
			for _, rule := range q.Spec.Egress {
				rules = append(rules, r.allow(d, q.Namespace, rule.To, rule.Ports, nil)...)
			}
		}
		q.rules[key] = rules
	}
	return rules
}

// namedPorts returns the numbers of a policy's named ports on a pod, as a key.
func namedPorts(q *policy, p *Pod) string {
	var numbers []string
	for _, rule := range q.Spec.Ingress {
		for _, port := range rule.Ports {
			if port.Port != nil && port.Port.Type == intstr.String {
				numbers = append(numbers, fmt.Sprint(port.Port.StrVal, portNumbers(p, protocol(port), port.Port.StrVal)))
			}
		}
	}
	return strings.Join(numbers, ",")
}

// allow returns the matches that one rule of a policy needs, one for each peer and protocol. On ingress, target is the
// pod that receives the traffic; on egress it is nil, because the peers receive it.
func (r *renderer) allow(d direction, namespace string, peers []netv1.NetworkPolicyPeer, ports []netv1.NetworkPolicyPort, target *Pod) (rules []string) {
	portMatches := matchPorts(ports, target)
	if len(ports) == 0 {
		portMatches = []string{""}
	}
	add := func(peerMatch string) {
		for _, portMatch := range portMatches {
			rules = append(rules, strings.TrimSpace(peerMatch+" "+portMatch))
		}
	}
	addNamedPorts := func(pods []Pod) {
		if d == egress {
			rules = append(rules, r.namedEgress(pods, ports)...)
		}
	}
	if len(peers) == 0 {
		add("")
		addNamedPorts(r.Pods)
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if match, ok := matchIPBlock(d.field, peer.IPBlock); ok {
				add(match)
			}
			continue
		}
		pods := r.selectedPods(namespace, peer)
		if len(pods) == 0 {
			continue
		}
		addresses := make([]string, len(pods))
		for i, p := range pods {
			addresses[i] = p.IP
		}
		if len(portMatches) > 0 {
			add("ip " + d.field + " @" + r.set("ipv4_addr", addresses))
		}
		addNamedPorts(pods)
	}
	return rules
}

// namedEgress returns matches of each pod's address together with that pod's number of a named port.
func (r *renderer) namedEgress(pods []Pod, ports []netv1.NetworkPolicyPort) (rules []string) {
	for _, port := range ports {
		if port.Port == nil || port.Port.Type != intstr.String {
			continue
		}
		var pairs []string
		for _, p := range pods {
			for _, number := range portNumbers(&p, protocol(port), port.Port.StrVal) {
				pairs = append(pairs, fmt.Sprintf("%s . %d", p.IP, number))
			}
		}
		if len(pairs) > 0 {
			rules = append(rules, fmt.Sprintf("ip daddr . %s dport @%s", protocol(port), r.set("ipv4_addr . inet_service", pairs)))
		}
	}
	return rules
}

// set returns the name of the set with these members.
func (r *renderer) set(kind string, members []string) string {
	name := "s" + digest(kind, strings.Join(members, ","))
	b := &strings.Builder{}
	writeSet(b, name, kind, members)
	r.sets[b.String()] = name
	return name
}

// chain returns the name of the chain with this body.
func (r *renderer) chain(body string) string {
	name := "c" + digest(body)
	r.chains[body] = name
	return name
}
