// The platforms with Argo Events and with the built-in receiver.
import { type KubeObject, objects, type Registered, registeredSoFar } from "./program.ts";

export const tenants = [{ name: "demo" }, { name: "blue" }];

/** The platform with each engine. */
export const platforms = { argo: [] as Registered[], builtin: [] as Registered[] };

export const space = "argo-events";

export const inSpace = (all: readonly Registered[], kind: string) =>
  objects(all, kind).filter(({ metadata }) => metadata?.namespace === space);

export const objectNamed = (all: readonly Registered[], kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name) as KubeObject;

/** Who may talk to a part, and whom it may talk to, as `part:port`. */
export function flows(policy: KubeObject): { from: string[]; to: string[] } {
  interface Peer {
    podSelector?: { matchLabels: Record<string, string> };
    ipBlock?: { cidr: string };
  }
  const name = ({ podSelector, ipBlock }: Peer) =>
    podSelector?.matchLabels["app.kubernetes.io/name"] ?? ipBlock?.cidr ?? "anybody";
  const list = (rules: { from?: Peer[]; to?: Peer[]; ports: { port: number }[] }[] = []) =>
    rules.flatMap(({ from, to, ports }) =>
      (from ?? to ?? []).flatMap((peer) => ports.map(({ port }) => `${name(peer)}:${port}`)),
    );
  return { from: list(policy.spec.ingress), to: list(policy.spec.egress) };
}

export const flowsOf = (all: readonly Registered[]) =>
  Object.fromEntries(
    inSpace(all, "NetworkPolicy")
      .filter(({ metadata }) => !["default-deny", "dns"].includes(metadata?.name ?? ""))
      .map((policy) => [policy.metadata?.name, flows(policy)]),
  );

/** What a few components register, without the platform around them. */
export async function alone(make: () => void): Promise<Registered[]> {
  const before = await registeredSoFar();
  make();
  return (await registeredSoFar()).slice(before.length);
}
