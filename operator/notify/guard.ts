// Which addresses a webhook may have: the operator stands inside the cluster, its users' URLs must not.
import { type LookupAddress, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { blockList, GLOBAL_IPV6, PRIVATE_IPV4, SPECIAL_IPV4, SPECIAL_IPV6 } from "@agentic/api/addresses.ts";

// What isn't reachable from everywhere isn't a webhook's place.
const notPublic4 = blockList("ipv4", ...PRIVATE_IPV4, ...SPECIAL_IPV4);
const global6 = blockList("ipv6", ...GLOBAL_IPV6);
const special6 = blockList("ipv6", ...SPECIAL_IPV6);

/** Whether the address is one of the internet's, not of a private, link-local, loopback or reserved net. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, "ipv4");
  if (family !== 6) return false;
  return global6.check(address, "ipv6") && !special6.check(address, "ipv6");
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

/** A name that leads to an address which no webhook may have. */
export class AddressRefused extends Error {}

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
      if (!first) return callback(new Error(`${hostname} resolves to nothing`), "");
      if (bad)
        return callback(new AddressRefused(`${hostname} resolves to ${bad.address}, which is no public address`), "");
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
