// `make console`: opens the console of the running instance, signed in as the first tenant's user.
import { CONSOLE_NAME, CONSOLE_TLS_SECRET } from "@agentic/api/console.ts";
import { DEFAULT_TENANT, NAMESPACES, TENANT_USER_ACCOUNT, tenantNamespace } from "@agentic/api/names.ts";
import { openBrowser, signedInPage } from "@agentic/kube/console/sign-in.ts";
import { consoleAt } from "../node/instance.ts";
import { type Cluster, get } from "./cluster.ts";
import { instance, type Node } from "./instance.ts";

/** Where the console answers on this machine; undefined where the platform has none. */
export async function consoleUrl(node: Node): Promise<string | undefined> {
  const service = await get(node, "service", CONSOLE_NAME, NAMESPACES.system);
  return service && consoleAt(node.consolePort);
}

/** Prints the address of a page that is signed in, and shows it where this machine has a browser. */
export async function openConsole(): Promise<void> {
  const node = await instance();
  const url = await consoleUrl(node);
  if (!url)
    throw new Error("the platform has no console: leave components.console on in the stack's config, then make up");
  const of = { name: `${TENANT_USER_ACCOUNT}-token`, namespace: tenantNamespace(DEFAULT_TENANT) };
  const [token, ca] = await Promise.all([secretValue(node, of, "token"), consoleAuthority(node)]);
  const page = await signedInPage({ url, ca }, token);
  console.log(page);
  const shown = await openBrowser(page);
  console.error(
    `${shown ? "It is open in your browser" : "Open it in a browser on this machine"}: the address works once, for a minute. The browser asks once whether it trusts the platform's own authority.`,
  );
}

/** The authority of its certificate, as PEM. */
export const consoleAuthority = (cluster: Cluster): Promise<string> =>
  secretValue(cluster, { name: CONSOLE_TLS_SECRET, namespace: NAMESPACES.system }, "ca.crt");

async function secretValue(cluster: Cluster, of: { name: string; namespace: string }, key: string): Promise<string> {
  const secret = await get(cluster, "secret", of.name, of.namespace);
  const value = secret?.data?.[key];
  if (!value) throw new Error(`Secret ${of.namespace}/${of.name} has no ${key}: make up makes it`);
  return Buffer.from(value, "base64").toString();
}
