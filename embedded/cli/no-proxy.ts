// Excludes the node from the proxies that the environment names.

const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/**
 * The variables to set so that an address is reached without a proxy; none where the environment names no proxy. A program that
 * finds `no_proxy` ignores `NO_PROXY`: the address is added to each variable that is set.
 */
export function withNoProxy(env: NodeJS.ProcessEnv, address: string): Record<string, string> {
  if (!proxies.some((name) => env[name])) return {};
  const existing = ["NO_PROXY", "no_proxy"].filter((name) => env[name]);
  return Object.fromEntries(
    (existing.length > 0 ? existing : ["NO_PROXY"]).map((name) => {
      const entries = (env[name] ?? "").split(",").filter((entry) => entry.trim() !== "");
      return [name, (entries.includes(address) ? entries : [...entries, address]).join(",")];
    }),
  );
}
