// Which addresses a webhook may have: the operator runs inside the cluster, so users' URLs must not lead to it.
import { type LookupAddress, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { blockList, GLOBAL_IPV6, PRIVATE_IPV4, SPECIAL_IPV4, SPECIAL_IPV6 } from "@agentic/api/addresses.ts";

// Addresses that are not reachable from everywhere are refused.
const notPublic4 = blockList("ipv4", ...PRIVATE_IPV4, ...SPECIAL_IPV4);
const global6 = blockList("ipv6", ...GLOBAL_IPV6);
const special6 = blockList("ipv6", ...SPECIAL_IPV6);

/** Whether the address is public: not of a private, link-local, loopback or reserved network. */
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

/** Thrown where a host name resolves to an address that webhooks may not have. */
export class AddressRefused extends Error {}

/**
 * A lookup that fails on names with any address that is not public. The connection uses the address that was checked,
 * so that a second resolution with another answer can't bypass the check.
 */
export function publicLookup(resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (error) return callback(error, "");
      const notPublic = found.find(({ address }) => !isPublicAddress(address));
      const [first] = found;
      if (!first) return callback(new Error(`${hostname} resolves to no address`), "");
      if (notPublic)
        return callback(
          new AddressRefused(`${hostname} resolves to ${notPublic.address}, which is not a public address`),
          "",
        );
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
