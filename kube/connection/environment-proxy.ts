// The proxy that the environment names for a server whose kubeconfig names none. The rules are those of
// golang.org/x/net/http/httpproxy, which client-go uses; Node's and undici's own know no CIDRs and don't exempt loopback.
import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";

/** A proxy, and the variable that names it. */
export interface EnvironmentProxy {
  /** By http, https or socks5. */
  url: string;
  variable: string;
}

/**
 * The proxy for a server: that of HTTPS_PROXY for https, that of HTTP_PROXY for http, unless NO_PROXY exempts the server; variables in
 * lower case win. Loopback never has a proxy. Throws if the variable's value is not a valid proxy.
 */
export function proxyFromEnvironment(server: URL, env: NodeJS.ProcessEnv = process.env): EnvironmentProxy | undefined {
  const [variable, proxy] = firstOf(env, server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (!proxy || isExempt(server, firstOf(env, "NO_PROXY")[1])) return undefined;
  const url = URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`);
  if (!url?.hostname || !["http:", "https:", "socks5:", "socks5h:"].includes(url.protocol))
    throw new Error(`${variable} must be a host with a port, or a URL by http, https, socks5 or socks5h`);
  // By either scheme it is the proxy that looks names up.
  return { url: url.href.replace(/^socks5h:/, "socks5:"), variable };
}

function firstOf(env: NodeJS.ProcessEnv, name: string): [variable: string, value: string] {
  const variable = [name.toLowerCase(), name].find((candidate) => env[candidate]) ?? name;
  return [variable, env[variable] ?? ""];
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const address = isIP(host) === 0 ? undefined : host;
  if (host === "localhost" || (address && loopback.check(address, familyOf(address)))) return true;
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  if (entries.includes("*")) return true;
  const target = { host, address, port: port || (protocol === "https:" ? "443" : "80") };
  return entries.some((entry) => entry !== "" && matches(entry, target));
}

interface Target {
  host: string;
  /** The host, if it is an address. */
  address: string | undefined;
  port: string;
}

/** An entry is an address, a range of addresses, or a domain with its subdomains; `.domain` and `*.domain` are the subdomains alone. */
function matches(entry: string, { host, address, port }: Target): boolean {
  const [, base = "", prefix] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (prefix !== undefined && isIP(base) !== 0 && Number(prefix) <= (isIP(base) === 6 ? 128 : 32)) {
    const range = new BlockList();
    range.addSubnet(base, Number(prefix), familyOf(base));
    return address !== undefined && range.check(address, familyOf(address));
  }
  const [, bracketed, plain, entryPort = ""] = /^(?:\[([^\]]+)\]|([^:]*)):(\d*)$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  if (name === "" || (entryPort !== "" && entryPort !== port)) return false;
  if (isIP(name) !== 0) {
    const exempt = new BlockList();
    exempt.addAddress(name, familyOf(name));
    return address !== undefined && exempt.check(address, familyOf(address));
  }
  if (address !== undefined) return false;
  const domain = name.replace(/^\*(?=\.)/, "");
  const ascii = domain.startsWith(".") ? `.${toAscii(domain.slice(1))}` : toAscii(domain);
  return ascii.startsWith(".") ? host.endsWith(ascii) : host === ascii || host.endsWith(`.${ascii}`);
}

const toAscii = (domain: string): string => domainToASCII(domain) || domain;
