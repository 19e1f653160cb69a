// Configuration of process 1 of a node: folders and links to make, packet filters to load, programs to keep running.
import { join } from "node:path";
import { CONSOLE_PORT } from "@agentic/api/console.ts";
import { components } from "./components.ts";
import { type HostPaths, type InitConfig, type NodeOptions, nodeLink } from "./config.ts";
import { internalRanges } from "./egress.ts";
import type { Instance } from "./instance.ts";

/** The configuration of process 1. */
export function initConfig(instance: Instance, paths: HostPaths, options: NodeOptions): InitConfig {
  const { dir, network } = instance;
  return {
    hostname: instance.nodeName,
    cgroup: instance.cgroup,
    logDir: join(dir, "log"),
    // Components have these paths built in: each instance gets folders of its own there, and the host's stay as they are.
    hide: ["/run", "/var/lib", "/var/log"],
    keep: [dir, ...paths.keep],
    dirs: ["/run/netns", "/run/lock", "/run/containerd", "/run/netpol", "/var/lib/kubelet", "/var/log/containers"],
    link: nodeLink,
    sysctls: {
      "net/ipv4/ip_forward": "1",
      // A packet must come in on the link that leads back to its source: no pod can use another's address.
      "net/ipv4/conf/all/rp_filter": "1",
      "net/ipv4/conf/default/rp_filter": "1",
      // The cluster has IPv4 only: IPv6 link-local addresses would bypass the network policies.
      "net/ipv6/conf/all/disable_ipv6": "1",
      "net/ipv6/conf/default/disable_ipv6": "1",
    },
    setup: [
      { argv: [paths.ip, "-batch", "-"], stdin: nodeLinks(instance, options) },
      { argv: [paths.nft, "-f", "-"], stdin: outboundRules(instance, options) + closedPolicies(instance) },
    ],
    components: components(instance, paths, options),
    forwards: [
      { listen: `127.0.0.1:${network.metricsPort}`, to: `${network.prometheusIp}:${prometheusPort}` },
      { listen: `127.0.0.1:${network.tracesPort}`, to: `${network.jaegerIp}:${jaegerPort}` },
      { listen: `127.0.0.1:${network.consolePort}`, to: `${network.consoleIp}:${CONSOLE_PORT}` },
    ],
  };
}

/** Ports of the Services that answer queries of metrics and of traces. */
const prometheusPort = 9090;
const jaegerPort = 16_686;

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

/** Packet filter of connections out of the cluster: none without egress, to the internet only with it. */
function outboundRules({ network }: Instance, { egress, upstreamDns }: NodeOptions): string {
  // At priority -10 conntrack and kube-proxy's translation have run. (nft 1.0.6 misreads `ct state !=` with a list.)
  const rules = egress
    ? [
        ...upstreamDns.map(
          (address) => `oifname "${nodeLink}" ip daddr ${address} meta l4proto { tcp, udp } th dport 53 accept;`,
        ),
        `oifname "${nodeLink}" ip daddr { ${internalRanges.join(", ")} } ct state new drop;`,
      ].join(" ")
    : `oifname "${nodeLink}" ct state new drop;`;
  const masquerade = egress
    ? `\n  chain postrouting { type nat hook postrouting priority 110; oifname "${nodeLink}" ip saddr ${network.podCidr} masquerade; }`
    : "";
  return `table inet guard {
  chain forward { type filter hook forward priority -10; ${rules} }
  chain output { type filter hook output priority -10; ${rules} }${masquerade}
}
`;
}

/** The table that drops all traffic of pods until the controller of network policies (controllers/netpol) replaces it. */
function closedPolicies({ network: { podCidr } }: Instance): string {
  return `table ip netpol {
  chain forward { type filter hook forward priority 0; ip saddr ${podCidr} drop; ip daddr ${podCidr} drop; }
  chain input { type filter hook input priority 0; ip saddr ${podCidr} drop; }
}
`;
}
