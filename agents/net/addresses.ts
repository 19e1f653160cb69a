// Which IP addresses an agent may connect to for a page: public ones, and private ones of allow-listed sites.
import { isIP } from "node:net";
import { blockList, GLOBAL_IPV6, PRIVATE_IPV4, SPECIAL_IPV4, SPECIAL_IPV6 } from "@agentic/api/addresses.ts";

const privateIPv6 = ["fc00::/7"];

// AWS and others serve metadata at unique local addresses as well.
const metadataIPv6 = ["fd00:ec2::/32", "fd20:ce::/64"];

const never4 = blockList("ipv4", ...SPECIAL_IPV4);
const private4 = blockList("ipv4", ...PRIVATE_IPV4);
const never6 = blockList("ipv6", ...SPECIAL_IPV6, ...metadataIPv6);
const private6 = blockList("ipv6", ...privateIPv6);
const global6 = blockList("ipv6", ...GLOBAL_IPV6);

/** public: reachable from the internet; private: of an internal network; never: not the address of any site. */
export type AddressKind = "public" | "private" | "never";

/** The kind of an address. IPv4 embedded in IPv6 (mapped, NAT64, 6to4) is `never`, because no real site uses it. */
export function addressKind(address: string): AddressKind {
  const family = isIP(address);
  if (family === 4) return never4.check(address) ? "never" : private4.check(address) ? "private" : "public";
  // A zone ("%eth0") is for link-local addresses only.
  if (family !== 6 || address.includes("%") || never6.check(address, "ipv6")) return "never";
  if (private6.check(address, "ipv6")) return "private";
  return global6.check(address, "ipv6") ? "public" : "never";
}
