// Talks to a running cluster: by the node's own kubectl, and by a forwarded port where a service's
// own protocol is needed.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A cluster with its kubeconfig and kubectl. */
export interface Cluster {
  /** Path of the kubeconfig. */
  kubeconfig: string;
  /** Folder with kubectl. */
  bin: string;
}

/** The fields of a Kubernetes object that this command reads. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    creationTimestamp?: string;
    resourceVersion?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  data?: Record<string, string>;
}

/** Runs kubectl and returns its standard output. Throws with kubectl's own error text where it fails. */
export async function kubectl(cluster: Cluster, args: string[], input?: string): Promise<string> {
  const child = run(join(cluster.bin, "kubectl"), ["--kubeconfig", cluster.kubeconfig, ...args], {
    maxBuffer: 64 << 20,
    // It lives for a moment: collecting garbage a quarter as often saves a fifth of its work.
    env: { ...process.env, GOGC: "400" },
  });
  // Where it ends without reading its input, its own words say why.
  child.child.stdin?.on("error", () => {});
  child.child.stdin?.end(input ?? "");
  try {
    return (await child).stdout;
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr?.trim();
    throw new Error(`kubectl ${args.slice(0, 3).join(" ")}: ${stderr || (error as Error).message}`);
  }
}

/** One object, or undefined where there is none. */
export async function get<T extends KubeObject>(
  cluster: Cluster,
  kind: string,
  name: string,
  namespace?: string,
): Promise<T | undefined> {
  const text = await kubectl(cluster, [
    "get",
    kind,
    name,
    "--ignore-not-found",
    "-o",
    "json",
    ...(namespace ? ["-n", namespace] : []),
  ]);
  return text.trim() ? (JSON.parse(text) as T) : undefined;
}

/** All objects of a kind, in one namespace or in all. */
export async function list<T extends KubeObject>(cluster: Cluster, kind: string, namespace?: string): Promise<T[]> {
  const text = await kubectl(cluster, ["get", kind, "-o", "json", ...(namespace ? ["-n", namespace] : ["-A"])]);
  return (JSON.parse(text) as { items: T[] }).items;
}

/** Server-side applies objects, in their order. */
export async function apply(cluster: Cluster, objects: readonly unknown[]): Promise<void> {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await kubectl(
    cluster,
    ["apply", "--server-side", "--field-manager=agentic-cli", "--force-conflicts", "-f", "-"],
    text,
  );
}

/** The states of an object as `kubectl get --watch` shows them, the present one first, until the caller stops iterating. */
export async function* watch<T extends KubeObject>(
  cluster: Cluster,
  kind: string,
  name: string,
  namespace: string,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const args = ["--kubeconfig", cluster.kubeconfig, "get", kind, name, "-n", namespace, "-o", "json", "--watch"];
  let endedByServer: boolean;
  do {
    endedByServer = false;
    for await (const object of objectsOf(cluster, args, signal)) {
      // The API server ends a watch by an object of its own, such as where its cache is too old.
      endedByServer = object.kind === "Status";
      if (!endedByServer) yield object as T;
    }
  } while (endedByServer && !signal?.aborted);
}

/** The objects that kubectl prints, until it ends. */
async function* objectsOf(cluster: Cluster, args: string[], signal?: AbortSignal): AsyncGenerator<KubeObject> {
  const child = endingWithUs(join(cluster.bin, "kubectl"), args);
  child.stderr.pipe(process.stderr);
  const stop = () => child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    let text = "";
    for await (const line of createInterface({ input: child.stdout })) {
      text += `${line}\n`;
      // kubectl indents the content of an object: a brace in the first column ends one.
      if (line === "}") {
        yield JSON.parse(text) as KubeObject;
        text = "";
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}

/** Starts a long-running program that is killed when this process ends, for whatever reason; elsewhere than on Linux by its end. */
function endingWithUs(program: string, args: string[]) {
  const [command, ...given] =
    process.platform === "linux" ? ["setpriv", "--pdeathsig", "KILL", program, ...args] : [program, ...args];
  return spawn(command, given, { stdio: ["ignore", "pipe", "pipe"] });
}

/** A local port that leads to a port of a service in the cluster. */
export interface Forward extends AsyncDisposable {
  /** Of 127.0.0.1. */
  port: number;
}

/** Forwards a free local port to `target` (such as `svc/minio`). */
export async function forward(cluster: Cluster, namespace: string, target: string, port: number): Promise<Forward> {
  const args = ["--kubeconfig", cluster.kubeconfig, "-n", namespace, "port-forward", target, `:${port}`];
  const child = endingWithUs(join(cluster.bin, "kubectl"), args);
  const local = await firstPort(child, `${namespace}/${target}:${port}`);
  return {
    port: local,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}

function firstPort(child: ChildProcess, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stderr?.on("data", (data) => {
      errors += data;
    });
    child.stdout?.on("data", (data) => {
      const port = /127\.0\.0\.1:(\d+)/.exec(String(data))?.[1];
      if (port) resolve(Number(port));
    });
    child.once("exit", () =>
      reject(new Error(`can't forward a port to ${what}: ${errors.trim() || "kubectl port-forward ended"}`)),
    );
  });
}
