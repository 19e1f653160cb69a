// Which IP addresses an agent may talk to on behalf of a page: public ones, and private ones of allow-listed sites.
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

/** public: anybody's; private: a site of one's own network; never: nothing that a page lives at. */
export type AddressKind = "public" | "private" | "never";

/** What kind of address it is. IPv4 in IPv6's clothes (mapped, NAT64, 6to4) is `never`: no honest answer looks like that. */
export function addressKind(address: string): AddressKind {
  const family = isIP(address);
  if (family === 4) return never4.check(address) ? "never" : private4.check(address) ? "private" : "public";
  // A zone ("%eth0") is for link-local addresses only.
  if (family !== 6 || address.includes("%") || never6.check(address, "ipv6")) return "never";
  if (private6.check(address, "ipv6")) return "private";
  return global6.check(address, "ipv6") ? "public" : "never";
}
