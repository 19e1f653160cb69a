// Configuration of process 1 of a node: folders and links to make, packet filters to load, programs to keep running.
import { join } from "node:path";
import { components } from "./components.ts";
import { type InitConfig, type NodeOptions, nodeLink, type Places } from "./config.ts";
import { notInternet } from "./egress.ts";
import type { Instance } from "./instance.ts";

/** The process 1's configuration. */
export function initConfig(instance: Instance, places: Places, options: NodeOptions): InitConfig {
  const { dir } = instance;
  return {
    hostname: instance.nodeName,
    cgroup: instance.cgroup,
    logDir: join(dir, "log"),
    // Paths that components have built in: each instance gets its own, and the host keeps no trace of them.
    hide: ["/run", "/var/lib", "/var/log"],
    keep: [dir, ...places.keep],
    dirs: ["/run/netns", "/run/lock", "/run/containerd", "/run/netpol", "/var/lib/kubelet", "/var/log/containers"],
    link: nodeLink,
    sysctls: {
      "net/ipv4/ip_forward": "1",
      // A packet must come from the link that leads back to its source: no pod speaks for another.
      "net/ipv4/conf/all/rp_filter": "1",
      "net/ipv4/conf/default/rp_filter": "1",
      // The cluster speaks IPv4 only; a link-local address would be a way around its policies.
      "net/ipv6/conf/all/disable_ipv6": "1",
      "net/ipv6/conf/default/disable_ipv6": "1",
    },
    setup: [
      { argv: [places.ip, "-batch", "-"], stdin: nodeLinks(instance, options) },
      { argv: [places.nft, "-f", "-"], stdin: guard(instance, options) + closedPolicies(instance) },
    ],
    components: components(instance, places, options),
  };
}

function nodeLinks({ network }: Instance, { egress }: NodeOptions): string {
  return [
    "link set lo up",
    `addr add ${network.nodeIp}/${network.linkPrefix} dev ${nodeLink}`,
    `link set ${nodeLink} up`,
    // Service addresses need some route for the node's own processes; addresses of no pod must not fall through.
    `route add ${network.serviceCidr} dev lo src ${network.nodeIp}`,
    `route add unreachable ${network.podCidr} metric 9999`,
    ...(egress ? [`route add default via ${network.hostIp}`] : []),
    "",
  ].join("\n");
}

/** Nothing in the cluster opens a connection outwards; with egress, to the internet only. */
function guard({ network }: Instance, { egress, upstreamDns }: NodeOptions): string {
  // At priority -10 conntrack has run and kube-proxy's translation too. (nft 1.0.6 misreads `ct state !=` with a list.)
  const refuse = egress
    ? [
        ...upstreamDns.map(
          (address) => `oifname "${nodeLink}" ip daddr ${address} meta l4proto { tcp, udp } th dport 53 accept;`,
        ),
        `oifname "${nodeLink}" ip daddr { ${notInternet.join(", ")} } ct state new drop;`,
      ].join(" ")
    : `oifname "${nodeLink}" ct state new drop;`;
  const masquerade = egress
    ? `\n  chain postrouting { type nat hook postrouting priority 110; oifname "${nodeLink}" ip saddr ${network.podCidr} masquerade; }`
    : "";
  return `table inet guard {
  chain forward { type filter hook forward priority -10; ${refuse} }
  chain output { type filter hook output priority -10; ${refuse} }${masquerade}
}
`;
}

/** Until the policies' controller has replaced this table (controllers/netpol), no pod speaks to anybody. */
function closedPolicies({ network: { podCidr } }: Instance): string {
  return `table ip netpol {
  chain forward { type filter hook forward priority 0; ip saddr ${podCidr} drop; ip daddr ${podCidr} drop; }
  chain input { type filter hook input priority 0; ip saddr ${podCidr} drop; }
}
`;
}
