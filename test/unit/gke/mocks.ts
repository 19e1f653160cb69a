// Registers Google Cloud components against Pulumi's mocks, with what the provider would say of what it made.
import * as pulumi from "@pulumi/pulumi";
import type { GcpScope } from "../../../components/gcp/scope.ts";

/** A registered resource: what the program asked for. */
export interface Registered {
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every kind
  inputs: Record<string, any>;
}

export const scope: GcpScope = {
  project: "acme-agents",
  projectNumber: "123456789012",
  region: "europe-west1",
  name: "agentic",
  owner: "platform",
  costCenter: "cc-42",
  deletionProtection: true,
};

const registered: Registered[] = [];

/** What Google says of a resource beside its inputs. */
const computed: Record<string, (inputs: Record<string, string>) => Record<string, unknown>> = {
  "gcp:serviceaccount/account:Account": ({ accountId, project }) => ({
    email: `${accountId}@${project}.iam.gserviceaccount.com`,
  }),
  "gcp:logging/projectSink:ProjectSink": ({ project, name }) => ({
    writerIdentity: `serviceAccount:sink-${name}@${project}.iam.gserviceaccount.com`,
  }),
  "gcp:artifactregistry/repository:Repository": ({ repositoryId }) => ({ name: repositoryId }),
  "gcp:container/cluster:Cluster": () => ({
    endpoint: "10.0.16.2",
    masterAuth: { clusterCaCertificate: "Q0E=", clientCertificateConfig: { issueClientCertificate: false } },
    controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: "gke-1.europe-west1.gke.goog" } },
  }),
  "gcp:sql/databaseInstance:DatabaseInstance": () => ({
    privateIpAddress: "10.0.32.3",
    serverCaCerts: [{ cert: "-----BEGIN CERTIFICATE-----" }],
  }),
};

/** Ids of what bindings are on, as Google writes them. */
function idOf(
  type: string,
  { project, location, keyRing, name: nameOfInput }: Record<string, string>,
  name: string,
): string {
  if (type === "gcp:kms/keyRing:KeyRing") return `projects/${project}/locations/${location}/keyRings/${nameOfInput}`;
  if (type === "gcp:kms/cryptoKey:CryptoKey") return `${keyRing}/cryptoKeys/${nameOfInput}`;
  return `${nameOfInput ?? name}-id`;
}

/** The key that marks a special value (sdk/go/common/resource/properties.go). */
const secretKey = "4dabf18193072939515e22adb298388d";

function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  if (secretKey in value) return reveal((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, reveal(item)]));
}

/** Must run before any component is constructed. */
export function mock(): void {
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        const clear = reveal(inputs) as Record<string, string>;
        registered.push({ type, name, inputs: clear });
        const random = type.startsWith("random:") ? { result: `random-value-of-${name}` } : {};
        const state = { ...inputs, ...random, ...computed[type]?.(clear) };
        return { id: id || idOf(type, clear, name), state };
      },
      call: ({ inputs }) => inputs,
    },
    "agentic-platform",
    "gke",
    false,
  );
}

/** Runs `make` and gives back what it registered, once everything is registered. */
export async function registeredBy(make: () => unknown): Promise<Registered[]> {
  await settle();
  registered.length = 0;
  make();
  await settle();
  return [...registered];
}

/** Registrations that follow from outputs come after the outputs themselves. */
async function settle(): Promise<void> {
  for (let before = -1; before !== registered.length; ) {
    before = registered.length;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** The inputs of the resources, not components, of a type, by the end of its token such as `NodePool`. */
export function inputsOfKind(all: readonly Registered[], kind: string): Registered["inputs"][] {
  return all
    .filter(({ type }) => !type.startsWith("agentic:") && type.split(":").at(-1) === kind)
    .map(({ inputs }) => inputs);
}

/** The one resource of a type. Throws where there are none or several. */
export function inputsOf(all: readonly Registered[], kind: string, name?: string): Registered["inputs"] {
  const matching = inputsOfKind(all, kind).filter((inputs) => name === undefined || inputs.name === name);
  if (matching.length !== 1) throw new Error(`${matching.length} of ${kind} ${name ?? ""}`);
  return matching[0] as Registered["inputs"];
}
