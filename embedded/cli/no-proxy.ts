// Leaves the node out of the proxies that the environment names.

const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/**
 * The variables that must be set so that an address is reached without a proxy; none where the environment names no proxy. Who has
 * `no_proxy` reads that alone: the address is added to each that there is.
 */
export function withNoProxy(env: NodeJS.ProcessEnv, address: string): Record<string, string> {
  if (!proxies.some((name) => env[name])) return {};
  const there = ["NO_PROXY", "no_proxy"].filter((name) => env[name]);
  return Object.fromEntries(
    (there.length > 0 ? there : ["NO_PROXY"]).map((name) => {
      const entries = (env[name] ?? "").split(",").filter((entry) => entry.trim() !== "");
      return [name, (entries.includes(address) ? entries : [...entries, address]).join(",")];
    }),
  );
}
