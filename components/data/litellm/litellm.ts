// The model gateway: LiteLLM, one OpenAI API in front of a real model, or of the built-in one that needs no network.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAMESPACES } from "@agentic/api/names.ts";
import { DEFAULT_MODEL } from "@agentic/api/template.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { checkReplicas, disruptionBudget, placement } from "../../scheduling/placement.ts";
import {
  type Issuer,
  type ServerTls,
  serverTls,
  serviceCertificate,
  tlsFolder,
  trust,
} from "../../security/certificates.ts";
import { checksum } from "../../security/checksum.ts";
import { randomCredential } from "../../security/credential.ts";
import { firstGeneration, type Rotation } from "../../security/generation.ts";
import { labels, selector } from "../../security/labels.ts";
import { hardenedContainer, hardenedPod, type Resources, secretMode, tmpMount, tmpVolume } from "../../security/pod.ts";
import { type LedgerAccess, ledgerEnvironment, ledgerFiles, trustsPlatform } from "./ledger.ts";

/** A key that a tenant calls the gateway with; it may have two. */
export interface VirtualKey {
  name: string;
  key: pulumi.Input<string>;
  /** Models that it may ask, by the gateway's names. */
  models: readonly string[];
  /** Requests a minute. */
  rpm: number;
  /** What the tenant may spend in a month; money in billionths of the currency. Default: no limit. */
  budget?: { amount?: string; tokens?: number; calls?: number };
}

export interface LiteLlmArgs {
  namespace: pulumi.Input<string>;
  keys: readonly VirtualKey[];
  /** A real model as LiteLLM names it, such as `openai/gpt-4o`; without `apiKey` the built-in offline model answers. */
  model?: string;
  apiKey?: pulumi.Input<string>;
  /** Where the model is served, where that isn't its provider's own address. */
  apiBase?: string;
  /** Pods. Default 1. */
  replicas?: number;
  /** Name of their PriorityClass. */
  priorityClass?: pulumi.Input<string>;
  /** Times that a call of the model is tried again. Default 2. */
  retries?: number;
  /** Seconds that one call of the real model may take. Default 120. */
  timeout?: number;
  /** Seconds for which an answer is given again to the same question; 0 never. Default 600. */
  cacheTime?: number;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
  /** Signs the claims that steps' calls come with, each generation that is good. Default: steps can't call. */
  claimKeys?: readonly pulumi.Input<string>[];
  /** Where budgets are held. Default: nowhere, and no key may have one. */
  ledger?: LedgerAccess;
  /** Billionths of the currency for a token, by the models' names. */
  tokenPrices?: Readonly<Record<string, { input: number; output: number }>>;
  /** Generation of the master key, which nobody here calls the gateway with. Default: the first. */
  rotation?: Rotation;
}

/** What decides LiteLLM's configuration. */
type SettingsArgs = Pick<LiteLlmArgs, "model" | "apiBase" | "retries" | "timeout" | "cacheTime"> & {
  keys: readonly Pick<VirtualKey, "rpm">[];
};

/** The part's name, which network policies select it by. */
const part = "litellm";
const { http } = images.litellm.ports;

/** Port of its metrics: not the API's, so that who may ask models needn't read them. */
export const gatewayMetricsPort = 9464;

const configFolder = "/etc/litellm";
const secretFolder = "/etc/secrets/litellm";

/** LiteLLM with a master key, a key with limits for each tenant, retries, and a cache in its memory. */
export class LiteLlm extends pulumi.ComponentResource {
  /** Base URL of the OpenAI API in the cluster. */
  readonly url: string;
  /** Once it is ready, the gateway takes the keys. */
  readonly deployment: Deployment;

  constructor(name: string, args: LiteLlmArgs, options?: pulumi.ComponentResourceOptions) {
    if ((args.model === undefined) !== (args.apiKey === undefined))
      throw new Error("model and apiKey: give both for a real model, or neither for the offline one");
    checkReplicas(args.replicas ?? 1);
    super("agentic:data:LiteLlm", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const tlsCertificate = serviceCertificate(name, { ...args, part, space: NAMESPACES.sharedServices }, child);
    const tls = serverTls(tlsCertificate);
    this.url = `${tls.scheme}://${part}.${NAMESPACES.sharedServices}:${http}`;
    const rotation = { ...(args.rotation ?? firstGeneration), keepPrevious: false };
    const masterKey = randomCredential(`${name}-master-key`, { length: 32, rotation }, child).current.value;
    const keys = pulumi.jsonStringify(args.keys);
    const stringData: Record<string, pulumi.Input<string>> = {
      "master-key": pulumi.interpolate`sk-${masterKey}`,
      "keys.json": keys,
    };
    if (args.apiKey !== undefined) stringData["api-key"] = args.apiKey;
    stringData["claim-keys.json"] = pulumi.jsonStringify(args.claimKeys ?? []);
    const ofLedger = ledgerFiles(args.ledger);
    Object.assign(stringData, ofLedger);
    const authority = trust(trustsPlatform(args.ledger) ? tlsCertificate : undefined);
    const secret = new Secret(
      `${name}-keys`,
      { metadata: { name: "litellm-keys", namespace, labels: labels(part) }, stringData },
      child,
    );
    const data = { "config.yaml": JSON.stringify(gatewaySettings(args), undefined, 2), ...programs() };
    const config = new ConfigMap(
      `${name}-config`,
      { metadata: { name: "litellm-config", namespace, labels: labels(part) }, data },
      child,
    );
    new Service(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: { selector: selector(part), ports: [{ name: "http", port: http }] },
      },
      child,
    );
    this.deployment = new Deployment(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: {
          replicas: args.replicas ?? 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum([data, stringData]) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.litellm.uid }),
              containers: [container(args, { tls, authority, secret: secret.metadata.name })],
              volumes: [
                tmpVolume("512Mi"),
                { name: "config", configMap: { name: config.metadata.name } },
                ...tls.volumes,
                {
                  name: "keys",
                  secret: {
                    secretName: secret.metadata.name,
                    defaultMode: secretMode,
                    items: ["keys.json", "claim-keys.json", ...Object.keys(ofLedger)].map((key) => ({
                      key,
                      path: key,
                    })),
                  },
                },
                ...authority.volumes,
              ],
            },
          },
        },
      },
      child,
    );
    disruptionBudget(name, { part, ...args }, child);
    this.registerOutputs({ url: this.url });
  }
}

/** What the gateway's container has of its pod: its certificate, whom it trusts, the name of the Secret with its keys. */
interface Mounted {
  tls: ServerTls;
  authority: ReturnType<typeof trust>;
  secret: pulumi.Input<string>;
}

function container(args: LiteLlmArgs, { tls, authority, secret }: Mounted) {
  const { ledger, retries = 2, timeout = 120 } = args;
  const fromSecret = (key: string) => ({ secretKeyRef: { name: secret, key } });
  return hardenedContainer({
    name: part,
    image: args.image ?? images.litellm.ref,
    args: [
      ...["--config", `${configFolder}/config.yaml`, "--port", String(http), "--num_workers", "1"],
      ...(tls.scheme === "https"
        ? ["--ssl_certfile_path", `${tlsFolder}/tls.crt`, "--ssl_keyfile_path", `${tlsFolder}/tls.key`]
        : []),
    ],
    env: [
      // LiteLLM reads keys from its environment only.
      { name: "LITELLM_MASTER_KEY", valueFrom: fromSecret("master-key") },
      ...(args.apiKey !== undefined ? [{ name: "LLM_API_KEY", valueFrom: fromSecret("api-key") }] : []),
      { name: "KEYS_FILE", value: `${secretFolder}/keys.json` },
      { name: "CLAIM_KEYS_FILE", value: `${secretFolder}/claim-keys.json` },
      { name: "MODEL_PRICES", value: JSON.stringify(args.tokenPrices ?? {}) },
      ...ledgerEnvironment(ledger, secretFolder),
      // Longer than any call with its retries takes: what a gateway held that has died is booked then.
      ...(ledger ? [{ name: "LEDGER_HOLD_SECONDS", value: String(timeout * (1 + retries) + 120) }] : []),
      { name: "METRICS_PORT", value: String(gatewayMetricsPort) },
      ...(tls.scheme === "https" ? [{ name: "TLS_FOLDER", value: tlsFolder }] : []),
      { name: "LITELLM_MODE", value: "PRODUCTION" },
      // LiteLLM brings a price list: without this it tries three times at its start to fetch a newer one.
      { name: "LITELLM_LOCAL_MODEL_COST_MAP", value: "True" },
      { name: "LITELLM_TELEMETRY", value: "False" },
      { name: "JSON_LOGS", value: "true" },
      { name: "NO_DOCS", value: "True" },
      { name: "OMP_THREAD_LIMIT", value: "1" },
      { name: "HOME", value: "/tmp" },
      { name: "XDG_CACHE_HOME", value: "/tmp" },
    ],
    ports: [
      { name: "http", containerPort: http },
      { name: "metrics", containerPort: gatewayMetricsPort },
    ],
    resources: args.resources ?? {
      requests: { cpu: "50m", memory: "512Mi" },
      limits: { cpu: "2", memory: "1Gi" },
    },
    startupProbe: {
      httpGet: { path: "/health/liveliness", port: "http", ...tls.probe },
      periodSeconds: 1,
      failureThreshold: 180,
    },
    readinessProbe: {
      httpGet: { path: "/health/liveliness", port: "http", ...tls.probe },
      periodSeconds: 5,
    },
    livenessProbe: {
      httpGet: { path: "/health/liveliness", port: "http", ...tls.probe },
      periodSeconds: 20,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    volumeMounts: [
      tmpMount,
      { name: "config", mountPath: configFolder, readOnly: true },
      { name: "keys", mountPath: secretFolder, readOnly: true },
      ...authority.volumeMounts,
      ...tls.volumeMounts,
    ],
  });
}

/** LiteLLM's own configuration; JSON is YAML. */
export function gatewaySettings({ model, apiBase, keys, retries = 2, timeout = 120, cacheTime = 600 }: SettingsArgs) {
  // What all keys may ask together, each call tried again: every tenant's own limit is reached before the shared one.
  const rpm = keys.reduce((sum, key) => sum + key.rpm, 0) * (1 + retries);
  const real = {
    model,
    api_key: "os.environ/LLM_API_KEY",
    ...(apiBase ? { api_base: apiBase } : {}),
    rpm,
    timeout,
  };
  const offline = { model: "offline/extractive", rpm, timeout: 60 };
  return {
    model_list: [
      { model_name: DEFAULT_MODEL, litellm_params: model ? real : offline, model_info: { supports_vision: true } },
      { model_name: "offline", litellm_params: offline, model_info: { supports_vision: true } },
    ],
    litellm_settings: {
      custom_provider_map: [{ provider: "offline", custom_handler: "offline.handler" }],
      callbacks: ["tenancy.own_cache", "budgets.hold_each_call"],
      telemetry: false,
      num_retries: retries,
      ...(cacheTime > 0 ? { cache: true, cache_params: { type: "local", ttl: cacheTime } } : { cache: false }),
    },
    router_settings: {
      routing_strategy: "simple-shuffle",
      optional_pre_call_checks: ["enforce_model_rate_limits"],
      // A model has one deployment: after one tenant's failures there is no other to go to, for any tenant.
      disable_cooldowns: true,
    },
    general_settings: {
      master_key: "os.environ/LITELLM_MASTER_KEY",
      custom_auth: "keys.check",
      custom_auth_run_common_checks: true,
    },
  };
}

/** The Python files beside this one, which LiteLLM imports from its configuration's folder. */
function programs(): Record<string, string> {
  const folder = import.meta.dirname;
  const names = readdirSync(folder).filter((file) => file.endsWith(".py"));
  return Object.fromEntries(names.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
