// What a policy's peers, address ranges and ports match.

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

// selectedPods returns the pods that a peer's selectors match, for a policy in the given namespace.
func (r *renderer) selectedPods(namespace string, peer netv1.NetworkPolicyPeer) (pods []Pod) {
	namespaceSelector, err := parseSelector(peer.NamespaceSelector)
	if err != nil {
		return nil
	}
	podSelector, err := parseSelector(peer.PodSelector)
	if err != nil {
		return nil
	}
	matching := map[string]bool{namespace: true}
	if peer.NamespaceSelector != nil {
		matching = map[string]bool{}
		for name, set := range r.Namespaces {
			matching[name] = namespaceSelector.Matches(set)
		}
	}
	for _, p := range r.Pods {
		if matching[p.Namespace] && podSelector.Matches(p.Labels) {
			pods = append(pods, p)
		}
	}
	return pods
}

// parseSelector parses a selector of a peer; one that is absent matches everything.
func parseSelector(s *metav1.LabelSelector) (labels.Selector, error) {
	if s == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(s)
}

// matchIPBlock returns a match of an address range without its exceptions. There is none where a range is not IPv4.
func matchIPBlock(field string, b *netv1.IPBlock) (string, bool) {
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

// outermost leaves out ranges that another one contains: the intervals of a set must not overlap.
func outermost(prefixes []netip.Prefix) (ranges []string) {
	sort.Slice(prefixes, func(i, j int) bool { return prefixes[i].Bits() < prefixes[j].Bits() })
	for i, p := range prefixes {
		if !slices.ContainsFunc(prefixes[:i], func(wider netip.Prefix) bool { return wider.Contains(p.Addr()) }) {
			ranges = append(ranges, p.String())
		}
	}
	sort.Strings(ranges)
	return ranges
}

type interval struct{ first, last int32 }

// matchPorts returns one match for each protocol of the ports. Named ports count only where there is a target, with the
// target's numbers of them.
func matchPorts(ports []netv1.NetworkPolicyPort, target *Pod) (matches []string) {
	allPorts := map[string]bool{}
	ranges := map[string][]interval{}
	for _, port := range ports {
		proto := protocol(port)
		switch {
		case port.Port == nil:
			allPorts[proto] = true
		case port.Port.Type == intstr.String:
			if target != nil {
				for _, number := range portNumbers(target, proto, port.Port.StrVal) {
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
		if allPorts[proto] {
			matches = append(matches, "meta l4proto "+proto)
		} else if len(ranges[proto]) > 0 {
			matches = append(matches, proto+" dport { "+strings.Join(merged(ranges[proto]), ", ")+" }")
		}
	}
	return matches
}

// merged joins intervals that touch or overlap: the intervals of a set must not overlap.
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

// portNumbers returns a pod's numbers of a named port.
func portNumbers(p *Pod, proto, name string) (numbers []int32) {
	for _, port := range p.Ports {
		protocol := port.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		if port.Name == name && strings.EqualFold(string(protocol), proto) {
			numbers = append(numbers, port.ContainerPort)
		}
	}
	return numbers
}

func writeSet(b *strings.Builder, name, kind string, members []string) {
	fmt.Fprintf(b, "\tset %s { type %s; %s}\n", name, kind, elements(members))
}

// elements renders the members of a set or map, each once.
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
