// A node's egress where EGRESS=1 allows it: masqueraded through the host, to the internet only.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { PRIVATE_IPV4, SPECIAL_IPV4 } from "../../api/addresses.ts";
import { run } from "./host.ts";
import { hostLinkPrefix, type Instance, nodeAddresses } from "./instance.ts";

/**
 * Addresses outside the internet: the host's own network, its neighbours, link-local ones (a cloud's metadata
 * service among them).
 */
export const internalRanges = [...PRIVATE_IPV4, ...SPECIAL_IPV4];

const forwarding = "/proc/sys/net/ipv4/ip_forward";
/** File of an instance that turned the host's forwarding on; holds the id of the boot in which it did. */
const forwardingMarker = "forwarding-was-off";

/** At most three resolvers that a pod can reach (IPv4, not the loopback), from the first of the resolv.conf files that names any. */
export function resolvers(texts: readonly string[]): string[] {
  for (const text of texts) {
    const nameservers = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = ""]) => address);
    const usable = nameservers.filter((address) => isIPv4(address) && !address.startsWith("127."));
    if (usable.length) return usable.slice(0, 3);
  }
  return [];
}

/** The host's resolvers. Where /etc/resolv.conf names only systemd-resolved's loopback, its own file has the real ones. */
export function hostResolvers(): string[] {
  const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].filter((file) => existsSync(file));
  return resolvers(files.map((file) => readFileSync(file, "utf8")));
}

/** Name of the chain that drops forwarded packets unless they are from or to a node. */
const nodesOnlyChain = "forward_only_nodes";

/**
 * Enables egress on the host: forwarding and masquerading, while the node still can't connect to the host itself. A host that did
 * not forward before forwards for nodes alone, so that its neighbours can't use it as a router.
 */
export async function openEgress({ network, hostLink, hostTable, dir }: Instance): Promise<void> {
  const { nodeIp } = network;
  const wasOff = readFileSync(forwarding, "utf8").trim() === "0";
  const forwardsForNodes = wasOff || (await run("nft", ["list", "ruleset"])).includes(nodesOnlyChain);
  const nodesOnly = forwardsForNodes
    ? `\n  chain ${nodesOnlyChain} { type filter hook forward priority 0; iifname "${hostLinkPrefix}*" ip saddr ${nodeAddresses} accept; oifname "${hostLinkPrefix}*" ip daddr ${nodeAddresses} accept; drop; }`
    : "";
  await run(
    "nft",
    ["-f", "-"],
    `table ip ${hostTable}
delete table ip ${hostTable}
table ip ${hostTable} {
  chain postrouting { type nat hook postrouting priority 100; ip saddr ${nodeIp} oifname != "${hostLink}" masquerade; }
  chain input { type filter hook input priority 0; iifname "${hostLink}" ct state new drop; }
  chain forward { type filter hook forward priority -1; iifname "${hostLink}" ip saddr != ${nodeIp} drop; oifname "${hostLink}" ct state new drop; }${nodesOnly}
}
`,
  );
  if (wasOff) {
    writeFileSync(join(dir, forwardingMarker), bootId());
    writeFileSync(forwarding, "1");
  }
}

/** Disables egress; the host's forwarding stays on if it was on before, or for other instances. */
export async function closeEgress({ hostTable, dir }: Instance): Promise<void> {
  await run("nft", ["delete", "table", "ip", hostTable]).catch(() => {});
  const file = join(dir, forwardingMarker);
  if (!existsSync(file)) return;
  const setInThisBoot = readFileSync(file, "utf8") === bootId();
  rmSync(file);
  // After a reboot, the present setting is not this instance's.
  if (!setInThisBoot) return;
  const tables = await run("nft", ["list", "tables"]);
  // Other instances' egress needs forwarding too: the last one turns it off.
  if (!/^table ip agentic_\d+_[0-9a-f]{8}$/m.test(tables)) writeFileSync(forwarding, "0");
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
