// The pod template of a step, the platform's or another team's: Pod Security `restricted`, no API token, secrets as files, one output.
import { AGENT_COMPONENT, LABELS } from "@agentic/api/names.ts";
import { OPTIONAL_PARAMETERS, RESULT, SECRETS, STEP_KEY } from "@agentic/api/template.ts";
import { retryStrategy } from "./retries.ts";
import type { Container, Parameter, Template, Volume } from "./types.ts";

/** A Secret of the tenant's namespace that a step may have. */
export type SecretName = Exclude<keyof typeof SECRETS, "ca">;

export interface StepPod {
  /** Name of the template. */
  name: string;
  image: string;
  command: readonly string[];
  args: readonly string[];
  env: Container["env"];
  /** Only those that it needs: an attacker in the screenshot pod finds no model key. */
  secrets: readonly SecretName[];
  inputs: readonly Parameter[];
  /** Whether it leaves its output in {@link RESULT}.path. */
  hasOutput: boolean;
  /** Seconds that one attempt may take. */
  deadline: number;
  resources: Container["resources"];
}

const OWNER_AND_GROUP_READ = 0o440;

/** The authority's certificate without its key; absent if the services have no certificates. */
const ca: Volume = {
  name: "ca",
  secret: {
    secretName: SECRETS.ca.name,
    defaultMode: OWNER_AND_GROUP_READ,
    optional: true,
    items: SECRETS.ca.keys.map((key) => ({ key, path: key })),
  },
};

const secretVolume = (key: SecretName): Volume => ({
  name: `secret-${SECRETS[key].name}`,
  secret: {
    secretName: SECRETS[key].name,
    defaultMode: OWNER_AND_GROUP_READ,
    ...(key === "litellm" ? { items: [{ key: STEP_KEY, path: SECRETS.litellm.keys[0] }] } : {}),
    // Cloud Storage knows the pod by its service account, so this Secret doesn't exist there.
    ...(key === "objectStore" ? { optional: true } : {}),
  },
});

/** Whose calls these are: the model gateway takes a step's key only with that. */
export const budgetClaim = (secrets: readonly SecretName[]): Container["env"] =>
  secrets.includes("litellm")
    ? [{ name: "BUDGET_CLAIM", value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.budgetClaim}}}` }]
    : [];

/** The pod template. */
export function stepPod({ name, secrets, inputs, hasOutput, deadline, resources, ...container }: StepPod): Template {
  return {
    name,
    metadata: { labels: { [LABELS.component]: AGENT_COMPONENT } },
    activeDeadlineSeconds: deadline,
    retryStrategy: retryStrategy(),
    ...(inputs.length > 0 ? { inputs: { parameters: [...inputs] } } : {}),
    ...(hasOutput ? { outputs: { parameters: [{ name: RESULT.parameter, valueFrom: { path: RESULT.path } }] } } : {}),
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "256Mi" } }, ca, ...secrets.map(secretVolume)],
    container: {
      image: container.image,
      imagePullPolicy: "IfNotPresent",
      command: [...container.command],
      args: [...container.args],
      env: container.env,
      resources,
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
      },
      volumeMounts: [
        { name: "tmp", mountPath: "/tmp" },
        { name: "ca", mountPath: SECRETS.ca.path, readOnly: true },
        ...secrets.map((key) => ({
          name: `secret-${SECRETS[key].name}`,
          mountPath: SECRETS[key].path,
          readOnly: true,
        })),
      ],
    },
  };
}
