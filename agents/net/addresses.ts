// Which IP addresses an agent may talk to on behalf of a page: public ones, and private ones of allow-listed sites.
import { BlockList, isIP } from "node:net";

/** IANA's special-purpose registries (RFC 6890 and what came after), as far as they are not plain private networks. */
const neverIPv4 = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  // Link-local, and in it the metadata services of the clouds.
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** Networks that clusters use for Services, pods and nodes. */
const privateIPv4 = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
const privateIPv6 = ["fc00::/7"];

/** Only 2000::/3 is given out; within it these lead elsewhere (Teredo, 6to4) or nowhere (documentation). */
const globalIPv6 = ["2000::/3"];
const neverIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

// AWS and others serve metadata at unique local addresses as well.
const metadataIPv6 = ["fd00:ec2::/32", "fd20:ce::/64"];

function list(family: "ipv4" | "ipv6", ...networks: string[]): BlockList {
  const made = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    made.addSubnet(address, Number(bits), family);
  }
  return made;
}

const never4 = list("ipv4", ...neverIPv4);
const private4 = list("ipv4", ...privateIPv4);
const never6 = list("ipv6", ...neverIPv6, ...metadataIPv6);
const private6 = list("ipv6", ...privateIPv6);
const global6 = list("ipv6", ...globalIPv6);

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
