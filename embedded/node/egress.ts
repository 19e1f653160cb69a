// Egress of a node with EGRESS=1: masqueraded through the host, to the internet only.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { PRIVATE_IPV4, SPECIAL_IPV4 } from "../../api/addresses.ts";
import { run } from "./host.ts";
import { hostLinkPrefix, type Instance, nodeAddresses } from "./instance.ts";

/**
 * Addresses that are not the internet: the host's own network, its neighbours, link-local ones (a cloud's metadata
 * service among them).
 */
export const notInternet = [...PRIVATE_IPV4, ...SPECIAL_IPV4];

const forwarding = "/proc/sys/net/ipv4/ip_forward";
/** Kept by an instance for which the host began to forward; holds the boot in which it did. */
const marker = "forwarding-was-off";

/** Resolvers of the host that a pod can ask: IPv4, and not the host's own loopback. */
export function resolvers(texts: readonly string[]): string[] {
  for (const text of texts) {
    const found = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = ""]) => address);
    const usable = found.filter((address) => isIPv4(address) && !address.startsWith("127."));
    if (usable.length) return usable.slice(0, 3);
  }
  return [];
}

/** The host's resolvers; behind systemd-resolved's own address stand the real ones. */
export function hostResolvers(): string[] {
  const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].filter((file) => existsSync(file));
  return resolvers(files.map((file) => readFileSync(file, "utf8")));
}

/** Name of the chain that keeps a host which forwards for our nodes from doing so for anybody else. */
const onlyNodes = "forward_only_nodes";

/**
 * Enables egress on the host: forwarding and masquerading, while the host itself stays closed to the node. A host that didn't
 * forward before forwards for nodes alone: a neighbour that takes it for a router gets nothing.
 */
export async function openEgress({ network, hostLink, hostTable, dir }: Instance): Promise<void> {
  const { nodeIp } = network;
  const wasOff = readFileSync(forwarding, "utf8").trim() === "0";
  const forwardsForNodes = wasOff || (await run("nft", ["list", "ruleset"])).includes(onlyNodes);
  const others = forwardsForNodes
    ? `\n  chain ${onlyNodes} { type filter hook forward priority 0; iifname "${hostLinkPrefix}*" ip saddr ${nodeAddresses} accept; oifname "${hostLinkPrefix}*" ip daddr ${nodeAddresses} accept; drop; }`
    : "";
  await run(
    "nft",
    ["-f", "-"],
    `table ip ${hostTable}
delete table ip ${hostTable}
table ip ${hostTable} {
  chain postrouting { type nat hook postrouting priority 100; ip saddr ${nodeIp} oifname != "${hostLink}" masquerade; }
  chain input { type filter hook input priority 0; iifname "${hostLink}" ct state new drop; }
  chain forward { type filter hook forward priority -1; iifname "${hostLink}" ip saddr != ${nodeIp} drop; oifname "${hostLink}" ct state new drop; }${others}
}
`,
  );
  if (wasOff) {
    writeFileSync(join(dir, marker), bootId());
    writeFileSync(forwarding, "1");
  }
}

/** Disables egress; the host's forwarding stays on if it was on before, or for other instances. */
export async function closeEgress({ hostTable, dir }: Instance): Promise<void> {
  await run("nft", ["delete", "table", "ip", hostTable]).catch(() => {});
  const file = join(dir, marker);
  if (!existsSync(file)) return;
  const thisBoot = readFileSync(file, "utf8") === bootId();
  rmSync(file);
  // After a reboot, something else has set forwarding.
  if (!thisBoot) return;
  const tables = await run("nft", ["list", "tables"]);
  // Other instances' egress needs the same setting: the last one turns it off.
  if (!/^table ip agentic_\d+_[0-9a-f]{8}$/m.test(tables)) writeFileSync(forwarding, "0");
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
