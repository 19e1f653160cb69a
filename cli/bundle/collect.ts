// Collects what a maintainer needs to understand an installation, each part as a file of the bundle.
import { AGENT_WORKLOAD, API_GROUP_VERSION, ARGO } from "@agentic/api/names.ts";
import type { Report } from "../doctor/doctor.ts";
import { pathOf, Sight } from "../doctor/sight.ts";
import { type Space, spacesOf } from "../doctor/spaces.ts";
import { yamlOf } from "../output.ts";
import type { Session } from "../session.ts";
import { Scrubber } from "./scrub.ts";

/** A file of the bundle: its path, and its text. */
export interface BundleFile {
  path: string;
  text: string;
}

/** What is taken of each namespace, by API and plural. Secrets aren't among it. */
const KINDS: readonly (readonly [api: string, plural: string])[] = [
  ["v1", "pods"],
  ["v1", "services"],
  ["v1", "configmaps"],
  ["v1", "resourcequotas"],
  ["v1", "limitranges"],
  ["v1", "serviceaccounts"],
  ["v1", "persistentvolumeclaims"],
  ["v1", "events"],
  ["apps/v1", "deployments"],
  ["apps/v1", "statefulsets"],
  ["apps/v1", "daemonsets"],
  ["batch/v1", "jobs"],
  ["networking.k8s.io/v1", "networkpolicies"],
  ["discovery.k8s.io/v1", "endpointslices"],
  ["rbac.authorization.k8s.io/v1", "roles"],
  ["rbac.authorization.k8s.io/v1", "rolebindings"],
  ["cert-manager.io/v1", "certificates"],
  [API_GROUP_VERSION, AGENT_WORKLOAD.plural],
  [ARGO.groupVersion, "workflows"],
  [ARGO.groupVersion, "workflowtemplates"],
];

/** Of the cluster as a whole. */
const CLUSTER_KINDS: typeof KINDS = [
  ["v1", "nodes"],
  ["v1", "namespaces"],
  ["admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings"],
  ["admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"],
  ["admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"],
];

/** Services whose logs may have what models are asked, pages, or rows of a database. */
const PRIVATE_LOGS = ["litellm", "browserless", "postgres", "resolver"];

/** Lines of each container's log, from its end. */
const TAIL_LINES = 1_000;

interface Pod {
  metadata: { name: string; labels?: Record<string, string> };
  spec: { containers: { name: string; env?: Named[] }[]; initContainers?: { name: string; env?: Named[] }[] };
  status?: { containerStatuses?: { name: string; restartCount: number }[] };
}

interface Named {
  name: string;
  value?: string;
}

export interface Collected {
  files: BundleFile[];
  /** Sentences: what the person's rights don't show. */
  unseen: string[];
}

export async function collect(
  { client, connection, namespace }: Session,
  doctor: Report,
  version: string,
): Promise<Collected> {
  const { spaces } = await spacesOf(client, namespace);
  const see = new Sight({ client, connection, namespace, spaces });
  const names = spaces.flatMap(({ name, labels }) => [name, ...Object.values(labels)]);
  const scrubber = new Scrubber(names);
  const collected = new Map<string, unknown[]>();
  for (const [api, plural] of CLUSTER_KINDS) {
    const all = await see.list<unknown>(pathOf(api, plural));
    if (all?.length) collected.set(`cluster/${plural}.yaml`, all);
  }
  const files: BundleFile[] = [];
  const logs: BundleFile[] = [];
  for (const space of spaces) {
    await learnSecrets(see, space, scrubber);
    for (const [api, plural] of KINDS) {
      const all = await see.list<unknown>(pathOf(api, plural, space.name));
      if (!all?.length) continue;
      collected.set(`namespaces/${space.name}/${plural}.yaml`, all);
      if (plural === "pods") logs.push(...(await logsOf(see, space.name, all as Pod[], scrubber)));
    }
  }
  // Now that every secret is known that can be.
  for (const [path, all] of collected)
    files.push({ path, text: await yamlOf({ items: all.map((object) => scrubber.object(object)) }) });
  for (const { path, text } of logs) files.push({ path, text: scrubber.text(text) });
  const server = await client.get<object>("/version");
  files.push(
    {
      path: "versions.json",
      text: JSON.stringify({ agentic: version, node: process.version, server, collected: new Date() }, null, 2),
    },
    { path: "doctor.json", text: scrubber.text(JSON.stringify(doctor, null, 2)) },
  );
  return { files, unseen: see.refused };
}

/** Has the scrubber know what is secret here, where it may be read: it is looked for in all the rest, and goes nowhere. */
async function learnSecrets(see: Sight, { name }: Space, scrubber: Scrubber): Promise<void> {
  const secrets = await see.list<{ data?: Record<string, string> }>(pathOf("v1", "secrets", name));
  for (const { data = {} } of secrets ?? [])
    for (const [key, value] of Object.entries(data))
      if (!key.endsWith(".crt")) scrubber.know(Buffer.from(value, "base64").toString());
}

async function logsOf(see: Sight, namespace: string, pods: readonly Pod[], scrubber: Scrubber): Promise<BundleFile[]> {
  const files: BundleFile[] = [];
  for (const { metadata, spec, status } of pods) {
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    // A value in a pod's own environment may be secret by its name.
    for (const { name, value } of containers.flatMap(({ env }) => env ?? []))
      if (value && /pass|secret|token|key|dsn|credential/i.test(name)) scrubber.know(value);
    if (PRIVATE_LOGS.includes(metadata.labels?.["app.kubernetes.io/name"] ?? "")) continue;
    for (const { name } of containers) {
      const restarts = status?.containerStatuses?.find((container) => container.name === name)?.restartCount ?? 0;
      for (const previous of restarts > 0 ? [false, true] : [false]) {
        const text = await logOf(see, `${pathOf("v1", "pods", namespace)}/${metadata.name}/log`, name, previous);
        const end = previous ? ".previous.log" : ".log";
        if (text) files.push({ path: `namespaces/${namespace}/logs/${metadata.name}/${name}${end}`, text });
      }
    }
  }
  return files;
}

/** The log's end; "" where there is none, or it may not be read. */
async function logOf({ client }: Sight, path: string, container: string, previous: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  const query = { container, tailLines: TAIL_LINES, ...(previous ? { previous: true } : {}) };
  try {
    for await (const chunk of client.bytes(path, { query })) chunks.push(chunk);
  } catch {
    // A container that hasn't started has none, and a node may be away: the bundle has the pod's conditions.
    return "";
  }
  return Buffer.concat(chunks).toString();
}

/** Those whose logs are left out for what may be in them. */
export const privateLogs = (): string => PRIVATE_LOGS.join(", ");
