// IP addresses that are not part of the internet, from IANA's special-purpose registries (RFC 6890 and its updates).
import { BlockList } from "node:net";

/** Networks that clusters use for Services, pods and nodes. */
export const PRIVATE_IPV4 = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"] as const;

/** Addresses that belong to no host of the internet: loopback, documentation, multicast and the like. */
export const SPECIAL_IPV4 = [
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
] as const;

/** The only allocated range. Within it {@link SPECIAL_IPV6} lead elsewhere (Teredo, 6to4) or nowhere (documentation). */
export const GLOBAL_IPV6 = ["2000::/3"] as const;
export const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"] as const;

/** A list that says whether it contains an address. Networks are in CIDR notation, all of one family. */
export function blockList(family: "ipv4" | "ipv6", ...networks: string[]): BlockList {
  const blockList = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    blockList.addSubnet(address, Number(bits), family);
  }
  return blockList;
}
