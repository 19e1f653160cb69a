// A bare API server for tests: etcd and kube-apiserver on loopback, in a folder of their own, gone with the test.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Api } from "../../embedded/node/api.ts";
import { ensureBinaries } from "../../embedded/node/build.ts";
import { issueCertificates, writeKubeconfig } from "../../embedded/node/pki.ts";
import { freePorts } from "./ports.ts";

/** A running API server. */
export interface ApiServer {
  /** Path of a kubeconfig with all rights. */
  kubeconfig: string;
  /** `https://127.0.0.1:<port>` */
  url: string;
  /** URL of etcd, where it is asked past the API server. */
  etcd: string;
  /** PEM of the authority that signed its certificate. */
  ca: string;
  /** Folder with kubectl. */
  bin: string;
  /** Ends its processes and removes its folder. */
  stop(): Promise<void>;
}

/** What to start besides etcd and the API server. */
export interface ApiServerOptions {
  /** Also start kube-controller-manager: garbage collection, default service accounts, namespaces that really go. */
  controllerManager?: boolean;
  /** Of it only these controllers, where a test plays the others. */
  controllers?: readonly string[];
  /** Also start the node's quota controller, which counts custom kinds as soon as they are defined. */
  quotas?: boolean;
  /** Tokens name the server's own address as their issuer, where anybody may read who that is. */
  publicIssuer?: boolean;
  /** More flags of kube-apiserver. */
  flags?: string[];
}

/** Starts etcd and kube-apiserver and waits until it is ready (about 3 s). Both end with this process, however it ends. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const bin = await ensureBinaries();
  const dir = mkdtempSync(join(tmpdir(), "apiserver-"));
  const pki = join(dir, "pki");
  const [client = 0, peer = 0, port = 0, manager = 0] = await freePorts(4);
  const url = `https://127.0.0.1:${port}`;
  await issueCertificates(bin, {
    dir: pki,
    keys: ["sa"],
    certificates: [
      { name: "apiserver", commonName: "kube-apiserver", hosts: ["127.0.0.1", "localhost", "10.96.0.1"] },
      { name: "admin", commonName: "admin", organization: ["system:masters"] },
      { name: "manager", commonName: "system:kube-controller-manager" },
    ],
  });
  const kubeconfig = join(dir, "kubeconfig");
  writeKubeconfig(kubeconfig, { name: "test", server: url, dir: pki, user: "admin" });
  const children: ChildProcess[] = [];
  const start = (name: string, args: string[]) => {
    const log = openSync(join(dir, `${name}.log`), "a");
    // The kernel ends the child with its parent: no handler runs when a test is killed.
    children.push(
      spawn("setpriv", ["--pdeathsig", "KILL", join(bin, name), ...args], {
        stdio: ["ignore", log, log],
        // Collecting garbage a quarter as often saves a tenth of its work. A limit of memory in its place makes one with
        // thousands of objects do nothing else.
        env: { ...process.env, GOGC: "400" },
      }),
    );
  };
  const stop = async () => {
    await Promise.all(children.map(end));
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  mkdirSync(join(dir, "etcd"), { mode: 0o700 });
  start("etcd", [
    `--data-dir=${dir}/etcd`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ]);
  start("kube-apiserver", [
    `--etcd-servers=http://127.0.0.1:${client}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    "--advertise-address=127.0.0.1",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=Node,RBAC",
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--service-account-issuer=${options.publicIssuer ? url : "https://kubernetes.default.svc.cluster.local"}`,
    ...(options.publicIssuer ? [`--service-account-jwks-uri=${url}/openid/v1/jwks`] : []),
    // Nobody here reconciles the endpoints of the service `kubernetes`, and loopback is no valid one.
    "--endpoint-reconciler-type=none",
    "--shutdown-delay-duration=0s",
    ...(options.controllerManager ? [] : ["--disable-admission-plugins=ServiceAccount"]),
    ...(options.flags ?? []),
  ]);
  const api = new Api(kubeconfig);
  try {
    const deadline = Date.now() + 60_000;
    while (!(await api.ready())) {
      const dead = children.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      if (dead || Date.now() > deadline) {
        const logs = ["etcd", "kube-apiserver"].map((name) => `${name}: ${tail(join(dir, `${name}.log`))}`);
        throw new Error(`the API server did not become ready\n${logs.join("\n")}`);
      }
      await sleep(50);
    }
    if (options.quotas) start("kube-quota-controller", [`--kubeconfig=${kubeconfig}`]);
    if (options.controllerManager) {
      const controllers = options.controllers ?? ["*"];
      const config = join(dir, "manager.kubeconfig");
      writeKubeconfig(config, { name: "test", server: url, dir: pki, user: "manager" });
      start("kube-controller-manager", [
        `--kubeconfig=${config}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${manager}`,
        "--leader-elect=false",
        `--controllers=${[...controllers, ...(options.quotas ? ["-resourcequota-controller"] : [])].join(",")}`,
        "--use-service-account-credentials",
        `--service-account-private-key-file=${pki}/sa.key`,
        `--root-ca-file=${pki}/ca.crt`,
      ]);
    }
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await api.close();
  }
  const ca = readFileSync(join(pki, "ca.crt"), "utf8");
  return { kubeconfig, url, ca, etcd: `http://127.0.0.1:${client}`, bin, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  // There is nothing to keep: a clean shutdown would only cost time.
  child.kill("SIGKILL");
  await exit;
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n").slice(-15).join("\n");
  } catch {
    return "";
  }
}
