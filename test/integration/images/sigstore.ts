// A Sigstore for tests: Fulcio and Rekor on loopback, each a process, with keys of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newKey, type Pair } from "../../../embedded/deploy/x509.ts";
import type { Sigstore } from "../../../embedded/images/publish/keyless.ts";
import { sigstoreBuild } from "../../../embedded/images/recipes/go.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { pair } from "../../unit/certificates/authority.ts";
import { freePort } from "../ports.ts";

/** The audience of the tokens that Fulcio takes. */
export const audience = "sigstore";

/** Who issues the tokens. */
export interface TokenIssuer {
  url: string;
  /** PEM of the authority that signed its certificate. */
  ca: string;
}

export interface RunningSigstore extends Sigstore {
  /** PEM of the authority that certifies signers. */
  certificates: string;
  /** PEM of the key by which the log promises. */
  logKey: string;
  stop(): void;
}

const ecdsa = { algorithm: "ECDSA", size: 256, encoding: "PKCS8" } as const;

/** Starts both in `dir`. Each ends with this process, however it ends. */
export async function startSigstore(dir: string, issuer: TokenIssuer): Promise<RunningSigstore> {
  const program = await ensureGoProgram(sigstoreBuild());
  mkdirSync(dir, { recursive: true });
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  // Of a name of its own, so that a client can trust several.
  const tls = await pair({ commonName: dir, ipAddresses: ["127.0.0.1"] });
  const ca = await pair({ commonName: "Fulcio", isCa: true, dnsNames: [], usages: ["cert sign"] }, undefined, ecdsa);
  const logKey = newKey(ecdsa);
  const server = [`--certificate=${file("tls.crt", tls.certificate)}`, `--key=${file("tls.key", tls.key)}`];
  const children: ChildProcess[] = [];
  const start = async (part: string, args: string[]) => {
    const port = await freePort();
    const log = openSync(join(dir, `${part}.log`), "a");
    const command = [program, part, `--listen=127.0.0.1:${port}`, ...server, "--", "--log_type=prod", ...args];
    const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      stdio: ["ignore", log, log],
    });
    children.push(child);
    await reachable(port, child, join(dir, `${part}.log`));
    return `https://127.0.0.1:${port}`;
  };
  const stop = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  try {
    const [fulcio, rekor] = await Promise.all([
      start("fulcio", fulcioArguments({ ca, issuer, file })),
      start("rekor", [
        `--rekor_server.signer=${file("rekor.pem", logKey)}`,
        `--enabled_api_endpoints=${endpoints}`,
        "--enable_retrieve_api=false",
      ]),
    ]);
    const publicKey = createPublicKey(logKey).export({ type: "spki", format: "pem" }).toString();
    return { fulcio, rekor, ca: tls.certificate, certificates: ca.certificate, logKey: publicKey, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** What Rekor serves: all but the index, which needs a database. */
const endpoints =
  "createLogEntry,getLogEntryByIndex,getLogEntryByUUID,getLogInfo,getLogProof,getPublicKey,searchLogQuery";

interface FulcioOptions {
  ca: Pair;
  issuer: TokenIssuer;
  file: (name: string, text: string) => string;
}

function fulcioArguments({ ca, issuer, file }: FulcioOptions): string[] {
  const { url, ca: CACert } = issuer;
  // As JSON, whose fields have other names than YAML's.
  const OIDCIssuers = { [url]: { IssuerURL: url, ClientID: audience, Type: "kubernetes", CACert } };
  return [
    "--ca=fileca",
    `--fileca-cert=${file("ca.crt", ca.certificate)}`,
    `--fileca-key=${file("ca.key", ca.key)}`,
    "--fileca-key-passwd=",
    "--fileca-watch=false",
    "--ct-log-url=",
    `--config-path=${file("fulcio.json", JSON.stringify({ OIDCIssuers }))}`,
  ];
}

async function reachable(port: number, child: ChildProcess, log: string): Promise<void> {
  const until = Date.now() + 60_000;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(readFileSync(log, "utf8").slice(-2000));
    await sleep(50);
  }
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
