// Which addresses a webhook may have: the operator stands inside the cluster, its users' URLs must not.
import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const PRIVATE = new BlockList();
// IANA's special-purpose registries: what isn't reachable from everywhere isn't a webhook's place.
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv4");
}
/** Only 2000::/3 is global; of it these are not, or lead back into IPv4. */
const IPV6_SPECIAL = new BlockList();
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  IPV6_SPECIAL.addSubnet(net, bits, "ipv6");
}
const IPV6_GLOBAL = new BlockList();
IPV6_GLOBAL.addSubnet("2000::", 3, "ipv6");

/** Whether the address is one of the internet's, not of a private, link-local, loopback or reserved net. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !PRIVATE.check(address, "ipv4");
  if (family !== 6) return false;
  return IPV6_GLOBAL.check(address, "ipv6") && !IPV6_SPECIAL.check(address, "ipv6");
}

/** Whether `NOTIFY_ALLOWED_HOSTS` names the URL's host, with its port or without any. */
export function isAllowedHost(url: URL, allowed: readonly string[]): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return allowed.includes(url.hostname.toLowerCase()) || allowed.includes(`${url.hostname.toLowerCase()}:${port}`);
}

/** Why a webhook's URL is refused before anything is sent, or undefined. */
export function refuseUrl(url: URL, allowed: readonly string[]): string | undefined {
  if (isAllowedHost(url, allowed)) return undefined;
  if (url.protocol !== "https:") return "only https is allowed";
  if (url.username || url.password) return "the URL must not carry a user or password";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) && !isPublicAddress(host)) return `${host} is not a public address`;
  return undefined;
}

/**
 * A lookup that fails on names which resolve to anything but public addresses. The connection is made to what it
 * returns, so that a name can't answer differently the second time.
 */
export function publicLookup(resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (error) return callback(error, "");
      const bad = found.find(({ address }) => !isPublicAddress(address));
      const [first] = found;
      if (bad || !first) {
        return callback(
          new Error(`${hostname} resolves to ${bad?.address ?? "nothing"}, which is no public address`),
          "",
        );
      }
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
