// Package netpol enforces NetworkPolicy on one node with one nftables table,
// and admits a pod to the network only once its rules are in the kernel.
package netpol

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Table is the nftables table that holds every rule; the node loads a closed one of this name before any pod exists.
const Table = "netpol"

// Pod is a pod with an address, as far as policies look at it.
type Pod struct {
	Namespace string
	Labels    labels.Set
	IP        string
	Ports     []corev1.ContainerPort
}

// World is all that rules are made of.
type World struct {
	// PodCIDR is the range of all pods; an address in it that no Pod has gets no traffic at all.
	PodCIDR    string
	Pods       []Pod
	Namespaces map[string]labels.Set
	Policies   []*netv1.NetworkPolicy
}

// Render gives the script that replaces the table in one transaction: pods that share the same rules share a chain,
// peers that the same selectors name share a set.
func Render(w World) string {
	return newRenderer(w).script(false)
}

// RenderClosed gives a script that allows nothing to or from pods that any policy isolates in that direction. It
// holds nothing but addresses of pods, for when the kernel refuses the real rules.
func RenderClosed(w World) string {
	return newRenderer(w).script(true)
}

type direction struct {
	kind netv1.PolicyType
	// field is where the peer's address is; hook the map that is consulted.
	field, hook string
}

var (
	ingress = direction{netv1.PolicyTypeIngress, "saddr", "ingress"}
	egress  = direction{netv1.PolicyTypeEgress, "daddr", "egress"}
)

type renderer struct {
	World
	policies map[string][]*policy
	sets     map[string]string
	chains   map[string]string
	lookup   map[string][]string
}

// policy is a policy with its selector parsed, and its rules as far as they are the same for every pod.
type policy struct {
	*netv1.NetworkPolicy
	selector labels.Selector
	rules    map[string][]string
}

func newRenderer(w World) *renderer {
	pods := slices.Clone(w.Pods)
	sort.Slice(pods, func(i, j int) bool { return pods[i].IP < pods[j].IP })
	w.Pods = pods
	r := &renderer{World: w, policies: map[string][]*policy{}, sets: map[string]string{}, chains: map[string]string{}, lookup: map[string][]string{}}
	sorted := slices.Clone(w.Policies)
	sort.Slice(sorted, func(i, j int) bool {
		return sorted[i].Namespace+"/"+sorted[i].Name < sorted[j].Namespace+"/"+sorted[j].Name
	})
	for _, p := range sorted {
		selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
		if err != nil {
			// The API server lets none through; if one came, its whole namespace is isolated rather than none of it.
			p = p.DeepCopy()
			p.Spec.Ingress, p.Spec.Egress = nil, nil
			selector = labels.Everything()
		}
		r.policies[p.Namespace] = append(r.policies[p.Namespace], &policy{p, selector, map[string][]string{}})
	}
	return r
}

func (r *renderer) script(closed bool) string {
	known, self := make([]string, len(r.Pods)), make([]string, len(r.Pods))
	for i, p := range r.Pods {
		known[i], self[i] = p.IP, p.IP+" . "+p.IP
		for _, d := range []direction{ingress, egress} {
			rules, isolated := r.rules(&p, d, closed)
			if isolated {
				r.lookup[d.hook] = append(r.lookup[d.hook], p.IP+" : jump "+r.chain(rules))
			}
		}
	}
	b := &strings.Builder{}
	// The table is replaced as a whole: made if absent, deleted, made anew.
	fmt.Fprintf(b, "table ip %[1]s\ndelete table ip %[1]s\ntable ip %[1]s {\n", Table)
	writeSet(b, "pods", "ipv4_addr", known)
	writeSet(b, "self", "ipv4_addr . ipv4_addr", self)
	for _, body := range sortedKeys(r.sets) {
		b.WriteString(body)
	}
	for _, body := range sortedKeys(r.chains) {
		fmt.Fprintf(b, "\tchain %s {\n%s\t\tcounter drop\n\t}\n", r.chains[body], body)
	}
	for _, d := range []direction{ingress, egress} {
		fmt.Fprintf(b, "\tmap %s { type ipv4_addr : verdict; %s}\n", d.hook, elements(r.lookup[d.hook]))
	}
	// After kube-proxy's translation: addresses are pods', not services'. What the node itself sends, as probes, is
	// not forwarded; what pods send to the node is input.
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

// rules gives what is allowed to a pod in one direction; isolated is false where no policy speaks of it.
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

// policyRules are one policy's rules for a pod. Only named ports on ingress differ between the pods of a policy.
func (r *renderer) policyRules(q *policy, p *Pod, d direction) []string {
	key := d.hook
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

// namedPorts is what a policy's named ports come to on a pod, as a key.
func namedPorts(q *policy, p *Pod) string {
	var found []string
	for _, rule := range q.Spec.Ingress {
		for _, port := range rule.Ports {
			if port.Port != nil && port.Port.Type == intstr.String {
				found = append(found, fmt.Sprint(port.Port.StrVal, resolve(p, protocol(port), port.Port.StrVal)))
			}
		}
	}
	return strings.Join(found, ",")
}

// allow gives the match part of the rules that one policy rule comes to: each peer with each kind of port. For
// ingress, target is the receiving pod; for egress each peer is.
func (r *renderer) allow(d direction, namespace string, peers []netv1.NetworkPolicyPeer, ports []netv1.NetworkPolicyPort, target *Pod) (rules []string) {
	matches := numbered(ports, target)
	if len(ports) == 0 {
		matches = []string{""}
	}
	add := func(peer string) {
		for _, match := range matches {
			rules = append(rules, strings.TrimSpace(peer+" "+match))
		}
	}
	named := func(pods []Pod) {
		if d == egress {
			rules = append(rules, r.namedEgress(pods, ports)...)
		}
	}
	if len(peers) == 0 {
		add("")
		named(r.Pods)
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if match, ok := block(d.field, peer.IPBlock); ok {
				add(match)
			}
			continue
		}
		pods := r.selected(namespace, peer)
		if len(pods) == 0 {
			continue
		}
		addresses := make([]string, len(pods))
		for i, p := range pods {
			addresses[i] = p.IP
		}
		if len(matches) > 0 {
			add("ip " + d.field + " @" + r.set("ipv4_addr", addresses))
		}
		named(pods)
	}
	return rules
}

// namedEgress allows pods' addresses together with the number that each gives a named port.
func (r *renderer) namedEgress(pods []Pod, ports []netv1.NetworkPolicyPort) (rules []string) {
	for _, port := range ports {
		if port.Port == nil || port.Port.Type != intstr.String {
			continue
		}
		var pairs []string
		for _, p := range pods {
			for _, number := range resolve(&p, protocol(port), port.Port.StrVal) {
				pairs = append(pairs, fmt.Sprintf("%s . %d", p.IP, number))
			}
		}
		if len(pairs) > 0 {
			rules = append(rules, fmt.Sprintf("ip daddr . %s dport @%s", protocol(port), r.set("ipv4_addr . inet_service", pairs)))
		}
	}
	return rules
}

// selected are the pods that a peer's selectors name, seen from a policy's namespace.
func (r *renderer) selected(namespace string, peer netv1.NetworkPolicyPeer) (pods []Pod) {
	spaces, err := selector(peer.NamespaceSelector)
	if err != nil {
		return nil
	}
	of, err := selector(peer.PodSelector)
	if err != nil {
		return nil
	}
	matching := map[string]bool{namespace: true}
	if peer.NamespaceSelector != nil {
		matching = map[string]bool{}
		for name, set := range r.Namespaces {
			matching[name] = spaces.Matches(set)
		}
	}
	for _, p := range r.Pods {
		if matching[p.Namespace] && of.Matches(p.Labels) {
			pods = append(pods, p)
		}
	}
	return pods
}

func selector(s *metav1.LabelSelector) (labels.Selector, error) {
	if s == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(s)
}

// set names a set of these elements.
func (r *renderer) set(kind string, members []string) string {
	name := "s" + digest(kind, strings.Join(members, ","))
	b := &strings.Builder{}
	writeSet(b, name, kind, members)
	r.sets[b.String()] = name
	return name
}

// chain names the chain with this body.
func (r *renderer) chain(body string) string {
	name := "c" + digest(body)
	r.chains[body] = name
	return name
}

// block matches an address range without its exceptions; ranges of IPv6 match nothing here.
func block(field string, b *netv1.IPBlock) (string, bool) {
	prefix, err := netip.ParsePrefix(b.CIDR)
	if err != nil || !prefix.Addr().Is4() {
		return "", false
	}
	match := "ip " + field + " " + prefix.Masked().String()
	var except []netip.Prefix
	for _, text := range b.Except {
		p, err := netip.ParsePrefix(text)
		if err != nil || !p.Addr().Is4() {
			return "", false
		}
		except = append(except, p.Masked())
	}
	if outer := outermost(except); len(outer) > 0 {
		match += " ip " + field + " != { " + strings.Join(outer, ", ") + " }"
	}
	return match, true
}

// outermost leaves out ranges that lie in another: a set of intervals takes no overlap.
func outermost(prefixes []netip.Prefix) (kept []string) {
	sort.Slice(prefixes, func(i, j int) bool { return prefixes[i].Bits() < prefixes[j].Bits() })
	for i, p := range prefixes {
		if !slices.ContainsFunc(prefixes[:i], func(wider netip.Prefix) bool { return wider.Contains(p.Addr()) }) {
			kept = append(kept, p.String())
		}
	}
	sort.Strings(kept)
	return kept
}

type interval struct{ first, last int32 }

// numbered gives one match per protocol for ports with numbers (and, with a target, names that it gives numbers to).
func numbered(ports []netv1.NetworkPolicyPort, target *Pod) (matches []string) {
	whole := map[string]bool{}
	ranges := map[string][]interval{}
	for _, port := range ports {
		proto := protocol(port)
		switch {
		case port.Port == nil:
			whole[proto] = true
		case port.Port.Type == intstr.String:
			if target != nil {
				for _, number := range resolve(target, proto, port.Port.StrVal) {
					ranges[proto] = append(ranges[proto], interval{number, number})
				}
			}
		default:
			last := port.Port.IntVal
			if port.EndPort != nil {
				last = *port.EndPort
			}
			ranges[proto] = append(ranges[proto], interval{port.Port.IntVal, last})
		}
	}
	for _, proto := range []string{"sctp", "tcp", "udp"} {
		if whole[proto] {
			matches = append(matches, "meta l4proto "+proto)
		} else if len(ranges[proto]) > 0 {
			matches = append(matches, proto+" dport { "+strings.Join(merged(ranges[proto]), ", ")+" }")
		}
	}
	return matches
}

// merged joins intervals that touch or overlap: a set of intervals takes no overlap.
func merged(intervals []interval) (texts []string) {
	sort.Slice(intervals, func(i, j int) bool { return intervals[i].first < intervals[j].first })
	var joined []interval
	for _, i := range intervals {
		if n := len(joined); n > 0 && i.first <= joined[n-1].last+1 {
			joined[n-1].last = max(joined[n-1].last, i.last)
		} else {
			joined = append(joined, i)
		}
	}
	for _, i := range joined {
		if i.first == i.last {
			texts = append(texts, fmt.Sprint(i.first))
		} else {
			texts = append(texts, fmt.Sprintf("%d-%d", i.first, i.last))
		}
	}
	return texts
}

func protocol(port netv1.NetworkPolicyPort) string {
	if port.Protocol == nil {
		return "tcp"
	}
	return strings.ToLower(string(*port.Protocol))
}

// resolve gives the numbers that a pod has for a named port.
func resolve(p *Pod, proto, name string) (numbers []int32) {
	for _, port := range p.Ports {
		of := port.Protocol
		if of == "" {
			of = corev1.ProtocolTCP
		}
		if port.Name == name && strings.EqualFold(string(of), proto) {
			numbers = append(numbers, port.ContainerPort)
		}
	}
	return numbers
}

func writeSet(b *strings.Builder, name, kind string, members []string) {
	fmt.Fprintf(b, "\tset %s { type %s; %s}\n", name, kind, elements(members))
}

// elements are the members of a set or map, each once.
func elements(members []string) string {
	if len(members) == 0 {
		return ""
	}
	unique := slices.Clone(members)
	slices.Sort(unique)
	return "elements = { " + strings.Join(slices.Compact(unique), ", ") + " }; "
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
