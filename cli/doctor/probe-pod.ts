// The short-lived pods of the probe of isolation: one connects, and one waits to be connected to.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import { pathOf } from "./sight.ts";

/** Seconds after which the kubelet ends a pod that nobody has deleted. */
const DEADLINE_S = 120;
const POLL_MS = 500;

/** The part of a pod's spec that its namespace decides: image, resolver, sandbox. */
export interface PodSettings {
  image: string;
  /** Such as the tenant's own resolver and the sandbox's RuntimeClass. */
  spec: object;
}

interface Pod {
  metadata: { name: string };
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: { state?: { waiting?: { reason?: string; message?: string } } }[];
  };
}

/** What a pod runs: a program for Node, which the agents' image has, and its argument. */
export interface Program {
  source: string;
  argument: string;
}

export class ProbePod {
  readonly #client: Client;
  readonly #path: string;
  readonly name: string;

  private constructor(client: Client, namespace: string, name: string) {
    this.#client = client;
    this.name = name;
    this.#path = `${pathOf("v1", "pods", namespace)}/${name}`;
  }

  /** Throws an ApiError where admission or a quota refuses it. */
  static async create(
    client: Client,
    namespace: string,
    { image, spec }: PodSettings,
    { source, argument }: Program,
  ): Promise<ProbePod> {
    const name = `agentic-doctor-${randomBytes(4).toString("hex")}`;
    await client.create(pathOf("v1", "pods", namespace), {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { "app.kubernetes.io/name": "agentic-doctor" } },
      spec: {
        ...spec,
        restartPolicy: "Never",
        activeDeadlineSeconds: DEADLINE_S,
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "main",
            image,
            command: ["node", "-e", source, argument],
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
          },
        ],
      },
    });
    return new ProbePod(client, namespace, name);
  }

  /** Its address, once it runs. */
  async address(): Promise<string> {
    return await this.#until(({ status }) => (status?.phase === "Running" ? status.podIP : undefined));
  }

  /** What it has printed, once it has ended. */
  async output(): Promise<string> {
    await this.#until(({ status }) => (status?.phase === "Succeeded" ? true : undefined));
    const chunks: Buffer[] = [];
    for await (const chunk of this.#client.bytes(`${this.#path}/log`)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  async remove(): Promise<void> {
    await this.#client.delete(this.#path).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
    });
  }

  async #until<T>(holds: (pod: Pod) => T | undefined): Promise<T> {
    const end = performance.now() + DEADLINE_S * 1_000;
    for (;;) {
      const pod = await this.#client.get<Pod>(this.#path);
      const result = holds(pod);
      if (result !== undefined) return result;
      const { phase, containerStatuses = [], conditions = [] } = pod.status ?? {};
      const waiting = containerStatuses[0]?.state?.waiting;
      const why = waiting?.message ?? conditions.find(({ status }) => status === "False")?.message ?? phase ?? "";
      if (phase === "Failed" || performance.now() > end) throw new Error(`its pod did not run: ${why}`);
      await sleep(POLL_MS);
    }
  }
}
