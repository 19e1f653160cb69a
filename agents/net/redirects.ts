// Which redirects the agents follow: other sites may not lead them to the tenant's internal sites.
import { addressKind } from "./addresses.ts";
import { type Guard, isListed, isSameHost, portOf, RefusedError } from "./guard.ts";

/** Throws a RefusedError where one URL may not redirect to another. */
export type RedirectRule = (from: URL, to: URL) => Promise<void>;

/**
 * The rule of a workload with these targets: an allowed host with a private address is reached by a redirect only from
 * another allowed host, or where it is itself the host of a target. Otherwise any site of the internet could choose what
 * internal page is read, and by which query.
 */
export function redirectRule(guard: Guard, allowedHosts: readonly string[], targets: readonly string[]): RedirectRule {
  return async (from, to) => {
    if (!isListed(allowedHosts, to.href) || isListed(allowedHosts, from.href)) return;
    if (targets.some((target) => URL.canParse(target) && isSameHost(target, to.href))) return;
    const addresses = await guard.addresses(to.hostname, portOf(to));
    if (addresses.every((address) => addressKind(address) === "public")) return;
    throw new RefusedError(
      `${from.host} redirects to ${to.host}, an internal site of the tenant, which other sites may not do: add it to the target URLs if it is to be read`,
    );
  };
}
