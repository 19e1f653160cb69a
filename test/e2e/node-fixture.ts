// What the node's tests share: an instance of their own, kubectl, pods that serve and dial.
import { execFile } from "node:child_process";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { programArchive } from "../../embedded/node/archive.ts";
import { clean, importImages, type RunningNode, up } from "../../embedded/node/node.ts";

const execute = promisify(execFile);

/** Image of system/cmd/netprobe: serves ports, dials targets, reads and writes files. */
export const probeImage = "registry.local/netprobe:1";

/** Starts a new throw-away instance with the probe's image; whatever an earlier run left of it is gone first. */
export async function freshNode(instance: string, options: { sandbox?: boolean } = {}): Promise<RunningNode> {
  await clean(instance);
  return await startNode(instance, options);
}

/** Starts an instance, keeping its data. */
export async function startNode(instance: string, options: { sandbox?: boolean } = {}): Promise<RunningNode> {
  const node = await up({ instance, durable: false, ...options });
  await importImages(instance, [programArchive({ ref: probeImage, program: join(node.bin, "netprobe"), uid: 65532 })]);
  return node;
}

/** Runs kubectl with JSON objects on its standard input, and returns its output. */
export async function kubectl(node: RunningNode, args: string[], ...objects: object[]): Promise<string> {
  const promise = execute(join(node.bin, "kubectl"), ["--kubeconfig", node.kubeconfig, ...args], {
    maxBuffer: 64 << 20,
    // As the command behind make runs it.
    env: { ...process.env, GOGC: "400" },
  });
  promise.child.stdin?.end(objects.length ? JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) : "");
  return (await promise).stdout;
}

/** Creates or changes objects. */
export async function apply(node: RunningNode, ...objects: object[]): Promise<void> {
  await kubectl(node, ["apply", "--server-side", "--force-conflicts", "-f", "-"], ...objects);
}

/** A namespace with labels. */
export function namespace(name: string, labels: Record<string, string> = {}): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** What a probe pod differs in. */
export interface ProbePod {
  namespace: string;
  name: string;
  args: string[];
  labels?: Record<string, string>;
  ports?: object[];
  readinessProbe?: object;
  volumes?: object[];
  volumeMounts?: object[];
  restartPolicy?: "Always" | "Never";
  runtimeClassName?: string;
}

/** A pod that runs the probe, as restricted as Pod Security asks. */
export function probePod(pod: ProbePod): object {
  const {
    ports = [],
    readinessProbe,
    volumes = [],
    volumeMounts = [],
    restartPolicy = "Always",
    runtimeClassName,
  } = pod;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: pod.namespace, name: pod.name, labels: pod.labels ?? {} },
    spec: {
      restartPolicy,
      ...(runtimeClassName ? { runtimeClassName } : {}),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      volumes,
      containers: [
        {
          name: "probe",
          image: probeImage,
          args: pod.args,
          ports,
          volumeMounts,
          ...(readinessProbe ? { readinessProbe } : {}),
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

/** Waits until `holds` gives true, asked every so many milliseconds; an error names what was waited for. */
export async function eventually(
  description: string,
  holds: () => Promise<boolean>,
  timeoutMs = 30_000,
  everyMs = 100,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`waited ${timeoutMs / 1000} s for ${description}`);
    await sleep(everyMs);
  }
}

/** Whether an address of this machine takes a TCP connection. */
export function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once("error", () => end(false));
    socket.connect(port, host, () => end(true));
  });
}

/** A Service in net-a that leads port 80 to port 8080 of the pods. */
export function service(name: string, selector: object): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "net-a", name },
    spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
  };
}
