// All settings of the console; environment variables only.

import { readFileSync } from "node:fs";
import { certificatesIn } from "@agentic/api/certificates.ts";
import { EnvironmentReader } from "@agentic/api/environment.ts";

export interface OidcConfig {
  issuer: string;
  clientId: string;
  clientSecret: string | undefined;
  /** The authorities, as PEM, of which one must have signed the issuer's certificate; default those of the system. */
  ca: string | undefined;
  /** What the button says. */
  name: string;
  scopes: string;
}

export interface StoreConfig {
  /** `http(s)://…`: S3 with keys; `gs://storage.googleapis.com`: Cloud Storage with the pod's own identity. */
  url: string;
  accessKey: string;
  secretKey: string;
}

export interface Config {
  /** `PORT`: pages and API, by https where there is a certificate; default 8443. */
  port: number;
  /** `CHECKS_PORT`: `/healthz`, `/readyz` and `/metrics`; default 8080. */
  checksPort: number;
  /** `TLS_DIR`: folder with `tls.crt` and `tls.key`; default none, which means http, for tests and behind a gateway. */
  tlsDir: string | undefined;
  /** `PUBLIC_URL`: where browsers find it; default what they say. OIDC needs it. */
  publicUrl: string | undefined;
  /** `SESSION_KEY_FILE`: file with the secret that seals sessions, 32 characters or more. */
  sessionKey: string;
  /** `SESSION_MINUTES`: how long an unused session lasts; default 60. */
  sessionMinutes: number;
  /** `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET_FILE`, `OIDC_CA_FILE`, `OIDC_NAME`, `OIDC_SCOPES`; default none. */
  oidc: OidcConfig | undefined;
  /** `OBJECT_STORE_URL`, and `OBJECT_STORE_KEYS`: folder with `access-key` and `secret-key`; default none, and artifacts can't be shown. */
  store: StoreConfig | undefined;
  /** `TENANT_NAMESPACES`: comma-separated; those that have workloads are known anyway. */
  tenants: string[];
  /** `DEMO`: `true` where `make console` signs in a demo user; default false. */
  demo: boolean;
  /** `PAGES_DIR`: folder of the built pages; default that beside the program. */
  pagesDir: string;
  /** `REQUESTS_PER_MINUTE`: of one session; default 600. */
  requestsPerMinute: number;
  /** `SIGN_INS_PER_MINUTE`: of one address; default 30. */
  signInsPerMinute: number;
  /** `PLATFORM_VERSION`: default "". */
  version: string;
  /** `LOG_LEVEL`: trace, debug, info, warn, error or silent; default info. */
  logLevel: string;
}

const MIN_KEY = 32;

/** The settings in the environment; throws one error that names every wrong one. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const reader = new EnvironmentReader(env);
  const { errors } = reader;
  const attempt = <T>(read: () => T, byDefault: T): T => {
    try {
      return read();
    } catch (error) {
      errors.push((error as Error).message);
      return byDefault;
    }
  };
  const url = (name: string, protocols: RegExp): string | undefined => {
    const text = env[name] || undefined;
    if (text && !protocols.test(URL.parse(text)?.protocol ?? "")) errors.push(`${name} must be a URL, got "${text}"`);
    return text?.replace(/\/+$/, "");
  };
  const publicUrl = url("PUBLIC_URL", /^https?:$/);
  const config: Config = {
    port: reader.integer("PORT", 8443, 0, 65_535),
    checksPort: reader.integer("CHECKS_PORT", 8080, 0, 65_535),
    tlsDir: env.TLS_DIR || undefined,
    publicUrl,
    sessionKey: attempt(() => sessionKey(env.SESSION_KEY_FILE), ""),
    sessionMinutes: reader.integer("SESSION_MINUTES", 60, 1, 1440),
    oidc: attempt(() => oidcOf(env, publicUrl), undefined),
    store: attempt(() => storeOf(env, url("OBJECT_STORE_URL", /^(https?|gs):$/)), undefined),
    tenants: (env.TENANT_NAMESPACES ?? "").split(",").filter(Boolean),
    demo: env.DEMO === "true",
    pagesDir: env.PAGES_DIR || new URL("pages/dist", import.meta.url).pathname,
    requestsPerMinute: reader.integer("REQUESTS_PER_MINUTE", 600, 1, 1_000_000),
    signInsPerMinute: reader.integer("SIGN_INS_PER_MINUTE", 30, 1, 1_000_000),
    version: env.PLATFORM_VERSION ?? "",
    logLevel: reader.logLevel(),
  };
  if (errors.length > 0) throw new Error(`The console's settings are wrong:\n  ${errors.join("\n  ")}`);
  return config;
}

function sessionKey(file: string | undefined): string {
  if (!file) throw new Error("SESSION_KEY_FILE is missing: sessions are sealed with its content");
  const key = readFileSync(file, "utf8").trim();
  if (key.length < MIN_KEY) throw new Error(`SESSION_KEY_FILE must have ${MIN_KEY} characters or more`);
  return key;
}

function oidcOf(env: NodeJS.ProcessEnv, publicUrl: string | undefined): OidcConfig | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET_FILE: file } = env;
  if (!issuer) return undefined;
  if (URL.parse(issuer)?.protocol !== "https:") throw new Error(`OIDC_ISSUER must be an https URL, got "${issuer}"`);
  if (!clientId) throw new Error("OIDC_CLIENT_ID is missing: OIDC_ISSUER names an issuer");
  if (!publicUrl) throw new Error("PUBLIC_URL is missing: OIDC_ISSUER leads people back there");
  const clientSecret = file ? readFileSync(file, "utf8").trim() : undefined;
  const scopes = env.OIDC_SCOPES || "openid email profile";
  const ca = env.OIDC_CA_FILE ? authorities(env.OIDC_CA_FILE) : undefined;
  return { issuer, clientId, clientSecret, ca, name: env.OIDC_NAME || new URL(issuer).host, scopes };
}

function authorities(file: string): string {
  const pem = readFileSync(file, "utf8");
  certificatesIn(pem, `OIDC_CA_FILE, ${file}`);
  return pem;
}

function storeOf(env: NodeJS.ProcessEnv, url: string | undefined): StoreConfig | undefined {
  if (!url) return undefined;
  if (url.startsWith("gs:")) return { url, accessKey: "", secretKey: "" };
  const folder = env.OBJECT_STORE_KEYS;
  if (!folder) throw new Error("OBJECT_STORE_KEYS is missing: OBJECT_STORE_URL names a store that asks for keys");
  const read = (key: string) => readFileSync(`${folder}/${key}`, "utf8").trim();
  return { url, accessKey: read("access-key"), secretKey: read("secret-key") };
}
