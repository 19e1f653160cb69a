// The address guard: resolves a host name once, refuses forbidden addresses, and connects only to the checked address.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Agent, buildConnector } from "undici";
import { PermanentError } from "../core/errors.ts";
import { addressKind } from "./addresses.ts";

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<string[]>;

/** The guard refused a URL or an address. */
export class RefusedError extends PermanentError {
  override name = "RefusedError";
}

export interface Guard {
  /** Throws {@link RefusedError} unless the URL is http(s) without credentials; returns it parsed. */
  checkUrl(url: string): URL;
  /** The checked addresses of a host name. Throws {@link RefusedError} where one is forbidden. */
  addresses(hostname: string, port: string): Promise<string[]>;
  /** Connects to checked addresses only, for every request and redirect. */
  dispatcher: Agent;
}

const systemResolve: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

const CONNECT_TIMEOUT = 5_000;

/**
 * A guard. `allowedHosts` are `host` or `host:port` entries of sites that may have private addresses; an entry that is
 * an IP address allows that address, of any kind. Host names on the list still must not have loopback, link-local or
 * metadata addresses.
 */
export function createGuard(allowedHosts: readonly string[], resolve: Resolve = systemResolve): Guard {
  const allowed = new Set(allowedHosts.map((entry) => entry.toLowerCase()));

  async function addresses(name: string, port: string): Promise<string[]> {
    const hostname = plainName(name);
    const listed = entriesOf(hostname, port).some((entry) => allowed.has(entry));
    if (isIP(hostname)) {
      const kind = addressKind(hostname);
      if (kind !== "public" && !listed) throw refusal(hostname, hostname, kind);
      return [hostname];
    }
    const resolved = await resolve(hostname);
    if (resolved.length === 0) throw new PermanentError(`${hostname} has no address`);
    // One forbidden address among allowed ones is a sign of DNS rebinding, so the host name is refused.
    for (const address of resolved) {
      const kind = addressKind(address);
      if (kind === "never" || (kind === "private" && !listed)) throw refusal(hostname, address, kind);
    }
    return resolved;
  }

  const connector = buildConnector({ timeout: CONNECT_TIMEOUT });
  const dispatcher = new Agent({
    connections: 4,
    headersTimeout: 20_000,
    bodyTimeout: 20_000,
    connect: (options, callback) => {
      const { hostname, protocol } = options;
      const port = portOf({ port: options.port ?? "", protocol });
      addresses(hostname, port).then(
        ([address = ""]) => {
          const servername = isIP(hostname) ? undefined : (options.servername ?? hostname);
          connector({ ...options, hostname: address, ...(servername ? { servername } : {}) }, callback);
        },
        (error: Error) => callback(error, null),
      );
    },
  });

  return {
    addresses,
    dispatcher,
    checkUrl(text) {
      const url = URL.parse(text);
      if (!url) throw new RefusedError("not a URL");
      if (url.protocol !== "http:" && url.protocol !== "https:")
        throw new RefusedError(`${url.protocol}// is refused: only http and https are read`);
      if (url.username || url.password) throw new RefusedError("a URL with credentials is refused");
      return url;
    },
  };
}

/**
 * The allowed host of a page: its own, where it is one of `allowedHosts`. What the page loads reaches no other host with a
 * private address.
 */
export function ownHost(allowedHosts: readonly string[], pageUrl: string): string[] {
  return isListed(allowedHosts, pageUrl) ? [locationOf(pageUrl).host] : [];
}

/** Whether a URL's host is one of `allowedHosts`. */
export function isListed(allowedHosts: readonly string[], url: string): boolean {
  const { hostname, port } = locationOf(url);
  const entries = entriesOf(hostname, port);
  return allowedHosts.some((entry) => entries.includes(entry.toLowerCase()));
}

/** Whether two URLs have the same host and port. */
export function isSameHost(a: string, b: string): boolean {
  return locationOf(a).host === locationOf(b).host;
}

/** Host and port as the guard compares them: without brackets and a last dot, the port always named. */
function locationOf(url: string): { hostname: string; port: string; host: string } {
  const parsed = new URL(url);
  const hostname = plainName(parsed.hostname);
  const port = portOf(parsed);
  return { hostname, port, host: `${hostname}:${port}` };
}

/** The port of a URL, or that of its protocol. */
export const portOf = ({ port, protocol }: { port: string; protocol: string }): string =>
  port || (protocol === "https:" ? "443" : "80");

/** The entries of an allow-list that name a host. */
const entriesOf = (hostname: string, port: string): string[] =>
  [hostname, `[${hostname}]`].flatMap((name) => [name, `${name}:${port}`]);

const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");

function refusal(hostname: string, address: string, kind: "private" | "never"): RefusedError {
  const what = kind === "private" ? "a private address" : "a loopback, link-local, metadata or reserved address";
  const remedy = kind === "private" ? "; add the site to the tenant's allowed hosts if it is one of your own" : "";
  return new RefusedError(`${hostname === address ? address : `${hostname} (${address})`} is ${what}${remedy}`);
}
