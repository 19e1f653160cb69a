// Whether a tenant's pod is really kept from the API server, other tenants and the platform's services: a pod of it tries.
import {
  AGENT_SERVICE_ACCOUNT,
  API_GROUP,
  ARGO,
  DEFAULT_WORKFLOW_TEMPLATE,
  NAMESPACES,
  TENANT_CONFIG_MAP,
} from "@agentic/api/names.ts";
import { PARAMETERS } from "@agentic/api/template.ts";
import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Check } from "../check.ts";
import { type Finding, problem } from "../finding.ts";
import { type PodSettings, ProbePod } from "../probe-pod.ts";
import { pathOf, type Sight } from "../sight.ts";

/** Where a pod tries to connect, as a person names it. */
interface Target {
  name: string;
  host: string;
  port: number;
}

interface Service {
  metadata: { name: string; namespace: string };
  spec: { clusterIP?: string; ports?: { port: number; protocol?: string }[] };
}

const LISTENER_PORT = 8080;

/** Names resolve, so the pod has a network; whatever takes a connection is told. */
const CONNECT = `
const [targets, name] = JSON.parse(process.argv[1]);
const connect = ({ host, port }) => new Promise((resolve) => {
  const socket = require("node:net").connect({ host, port, timeout: 4000 });
  const end = (open) => { socket.destroy(); resolve(open); };
  socket.once("connect", () => end(true)).once("timeout", () => end(false)).once("error", () => end(false));
});
const resolves = require("node:dns/promises").lookup(name).then(() => true, () => false);
Promise.all([resolves, ...targets.map(connect)]).then((all) => console.log(JSON.stringify(all)));
`;
const LISTEN = `require("node:net").createServer((socket) => socket.end()).listen(Number(process.argv[1]))`;

/** A name that every cluster's DNS knows. */
const KNOWN_NAME = "kubernetes.default.svc.cluster.local";

export const isolation: Check = {
  name: "isolation",
  asks: "is a tenant's pod kept from the API server, other tenants and the platform?",
  async look(see) {
    const tenant = see.tenants.find(({ name }) => name === see.namespace) ?? see.tenants[0];
    if (!tenant) return [];
    if (!(await mayProbe(see, tenant.name))) {
      see.note(`isolation was not probed: you may not make pods in ${tenant.name}`);
      return [];
    }
    try {
      return await probed(see, tenant.name);
    } catch (error) {
      // What keeps the pod from running is about the pod: other checks say what is wrong with the node or the image.
      see.note(`isolation was not probed from ${tenant.name}: ${(error as Error).message}`);
      if (error instanceof ApiError || (error as Error).message.startsWith("its pod")) return [];
      throw error;
    }
  },
};

async function mayProbe({ client }: Sight, namespace: string): Promise<boolean> {
  for (const attributes of [
    { verb: "create", resource: "pods" },
    { verb: "delete", resource: "pods" },
    { verb: "get", resource: "pods", subresource: "log" },
    { verb: "get", resource: "configmaps", name: TENANT_CONFIG_MAP },
  ]) {
    const review = await client.create<{ status: { allowed: boolean } }>(
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { namespace, ...attributes } },
      },
    );
    if (!review.status.allowed) return false;
  }
  return true;
}

interface SandboxPolicy {
  spec: { validations?: { expression: string }[] };
}

/** Image, resolver and sandbox as the tenant's agents have them. */
async function settingsOf(see: Sight, namespace: string): Promise<PodSettings> {
  const { client } = see;
  const policies = pathOf("admissionregistration.k8s.io/v1", "validatingadmissionpolicies");
  const [config, template, sandbox] = await Promise.all([
    client.get<{ data?: Record<string, string> }>(`${pathOf("v1", "configmaps", namespace)}/${TENANT_CONFIG_MAP}`),
    client.get<{ spec: { dnsPolicy?: string; dnsConfig?: object } }>(
      `${pathOf(ARGO.groupVersion, "workflowtemplates", namespace)}/${DEFAULT_WORKFLOW_TEMPLATE}`,
    ),
    see.get<SandboxPolicy>(`${policies}/sandbox.${API_GROUP}`),
  ]);
  const { dnsPolicy, dnsConfig } = template.spec;
  // Where the platform has a sandbox, admission takes a tenant's pod with its RuntimeClass alone.
  const [, runtimeClassName] = /== "([^"]+)"$/.exec(sandbox?.spec.validations?.[0]?.expression ?? "") ?? [];
  return {
    image: config.data?.[PARAMETERS.agentImage] ?? "",
    spec: {
      serviceAccountName: AGENT_SERVICE_ACCOUNT,
      ...(dnsPolicy ? { dnsPolicy } : {}),
      ...(dnsConfig ? { dnsConfig } : {}),
      ...(runtimeClassName ? { runtimeClassName } : {}),
    },
  };
}

async function probed(see: Sight, namespace: string): Promise<Finding[]> {
  const made: ProbePod[] = [];
  try {
    const settings = await settingsOf(see, namespace);
    const targets = await platformTargets(see);
    const neighbour = see.tenants.find(({ name }) => name !== namespace);
    if (neighbour && (await mayProbe(see, neighbour.name))) {
      const program = { source: LISTEN, argument: String(LISTENER_PORT) };
      const listener = await ProbePod.create(
        see.client,
        neighbour.name,
        await settingsOf(see, neighbour.name),
        program,
      );
      made.push(listener);
      targets.push({ name: `a pod of ${neighbour.name}`, host: await listener.address(), port: LISTENER_PORT });
    }
    const argument = JSON.stringify([targets, KNOWN_NAME]);
    const connector = await ProbePod.create(see.client, namespace, settings, { source: CONNECT, argument });
    made.push(connector);
    const [resolves, ...open] = JSON.parse(await connector.output()) as boolean[];
    const reached = targets.filter((_, i) => open[i]);
    return [
      ...reached.map(({ name, host, port }) =>
        problem(
          `tenant ${namespace}`,
          `a pod of it reaches ${name} (${host}:${port}), which only the platform's own may`,
          `\`kubectl get networkpolicy -n ${namespace}\`: which allows it? and does the cluster's network enforce policies at all?`,
        ),
      ),
      ...(resolves
        ? []
        : [
            problem(
              `tenant ${namespace}`,
              `names don't resolve in a pod of it: ${KNOWN_NAME}`,
              `the policy dns in ${namespace} must let pods ask DNS, and its pods must run: \`kubectl get pods -n kube-system\``,
            ),
          ]),
    ];
  } finally {
    await Promise.all(made.map((pod) => pod.remove()));
  }
}

/** The API server and the shared services: a pod that is no agent's has no business with any. */
async function platformTargets(see: Sight): Promise<Target[]> {
  const spaces = ["default", NAMESPACES.sharedServices, NAMESPACES.system, NAMESPACES.argoWorkflows];
  const services: Service[] = [];
  for (const space of spaces) services.push(...((await see.list<Service>(pathOf("v1", "services", space))) ?? []));
  return services.flatMap(({ metadata, spec }) => {
    const port = spec.ports?.find(({ protocol = "TCP" }) => protocol === "TCP")?.port;
    if (!port || !spec.clusterIP || spec.clusterIP === "None" || metadata.name === "resolver") return [];
    const name = metadata.name === "kubernetes" ? "the API server" : `${metadata.namespace}/${metadata.name}`;
    return [{ name, host: spec.clusterIP, port }];
  });
}
