// Pods of images, as the platform's own manifests make them, in a namespace under Pod Security "restricted".
import { setTimeout as sleep } from "node:timers/promises";
import { apply, type Forward, forward, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { eventually, platform } from "./platform.ts";

/** Their namespace. */
export const ns = "images";

/** What an image's pod needs. */
interface Service {
  name: string;
  image: string;
  uid: number;
  /** Where it listens: it is ready once it does. */
  port?: number;
  command?: string[];
  args?: string[];
  env?: Record<string, string>;
  /** Folders that it writes to. */
  writes?: string[];
  memory?: string[];
  configMap?: { name: string; path: string };
}

/** A pod that has nothing more than it must have. */
export function pod({
  name,
  image,
  uid,
  port,
  command,
  args,
  env = {},
  writes = ["/tmp"],
  memory = [],
  configMap,
}: Service): KubeObject {
  const folders = [...writes, ...memory];
  const volume = (path: string) => path.replaceAll("/", "-").slice(1);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: ns, name },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: uid,
        fsGroup: uid,
        seccompProfile: { type: "RuntimeDefault" },
      },
      volumes: [
        ...folders.map((path) => ({ name: volume(path), emptyDir: memory.includes(path) ? { medium: "Memory" } : {} })),
        ...(configMap ? [{ name: "config", configMap: { name: configMap.name } }] : []),
      ],
      containers: [
        {
          name,
          image,
          // What isn't imported must not come from anywhere else.
          imagePullPolicy: "Never",
          ...(port ? { readinessProbe: { tcpSocket: { port }, periodSeconds: 1 } } : {}),
          ...(command ? { command } : {}),
          ...(args ? { args } : {}),
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          volumeMounts: [
            ...folders.map((path) => ({ name: volume(path), mountPath: path })),
            ...(configMap ? [{ name: "config", mountPath: configMap.path, readOnly: true }] : []),
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}

/** Starts a pod, and waits until it is ready. */
export async function start(service: Service): Promise<void> {
  await apply(platform, [pod(service)]);
  await kubectl(platform, ["-n", ns, "wait", "--for=condition=Ready", `pod/${service.name}`, "--timeout=120s"]);
}

/** Runs a pod to its end; gives its output. Fails with it where the pod fails. */
export async function finish(service: Service): Promise<string> {
  await apply(platform, [pod(service)]);
  const phase = async () =>
    await kubectl(platform, ["-n", ns, "get", "pod", service.name, "-o", "jsonpath={.status.phase}"]);
  await eventually(`end of ${service.name}`, async () => ["Succeeded", "Failed"].includes(await phase()) || undefined);
  const log = await kubectl(platform, ["-n", ns, "logs", service.name]);
  if ((await phase()) !== "Succeeded") throw new Error(`${service.name} failed:\n${log}`);
  return log;
}

/** A way to a port of a pod. */
export async function reach(name: string, port: number): Promise<Forward> {
  return await forward(platform, ns, `pod/${name}`, port);
}

/** The first good answer of a server that is starting; fails with the pod's log where none comes. */
export async function answer(name: string, url: string, init?: RequestInit): Promise<Response> {
  for (const until = Date.now() + 60_000; ; ) {
    const response = await fetch(url, init).catch(() => undefined);
    if (response?.ok) return response;
    if (Date.now() > until)
      throw new Error(`${url}: ${response?.status}\n${await kubectl(platform, ["-n", ns, "logs", name, "--tail=40"])}`);
    await sleep(200);
  }
}
