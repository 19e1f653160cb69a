// The shared data services of a stack: object store, database, browsers, model gateway, and each tenant's credentials.
import type { Limits } from "@agentic/api/budget-claim.ts";
import { parseAmount } from "@agentic/api/money.ts";
import { tenantNamespace } from "@agentic/api/names.ts";
import { DEFAULT_MODEL } from "@agentic/api/template.ts";
import * as pulumi from "@pulumi/pulumi";
import { Browserless } from "../components/data/browserless/browserless.ts";
import { type LedgerAccess, ledgerRole } from "../components/data/litellm/ledger.ts";
import { LiteLlm } from "../components/data/litellm/litellm.ts";
import { Minio } from "../components/data/minio/minio.ts";
import { consoleUser } from "../components/data/minio/setup.ts";
import { Postgres } from "../components/data/postgres/postgres.ts";
import { PostgresTenants } from "../components/data/postgres/tenants.ts";
import type { CloudSql } from "../components/gcp/cloud-sql.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import type { Issuer } from "../components/security/certificates.ts";
import {
  type Credential,
  mapCredential,
  randomCredential,
  type Version,
  versions,
} from "../components/security/credential.ts";
import { generationName } from "../components/security/generation.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import { tokenPrices } from "./config/cost.ts";
import { exportsPostgres } from "./exports-postgres.ts";
import type { ExternalServices, ObjectStore } from "./external-services.ts";

/** A tenant's credentials for the data services. */
export interface Credentials {
  objectStore: Credential;
  postgres: Credential;
  litellm: Credential;
  browserless: Credential;
}

/** The services that are on; each is absent where the config switches it off. */
export interface DataServices {
  minio?: Minio;
  /** MinIO, or what stands outside of the cluster in its place. */
  objectStore?: ObjectStore;
  postgres?: Postgres | CloudSql;
  /** By which the console reads artifacts of MinIO, where both run. */
  storeReader?: { accessKey: string; secretKey: pulumi.Output<string> };
  /** Makes the tenants' roles and databases: their agents find them once it is there. */
  postgresTenants?: PostgresTenants;
  /** Password of who reads Postgres' statistics, where somebody does. */
  monitor?: Credential | undefined;
  /** PEM of the authority that signed Postgres' certificate, where clients must check it. */
  postgresAuthority?: pulumi.Output<string>;
  /** Whether the tenants' Secrets with its password are made by something else. */
  storedPasswords?: boolean;
  browserless?: Browserless;
  litellm?: LiteLlm;
  /** Signs what the gateway books the calls of workloads on; absent where it has no ledger. */
  claimKey?: pulumi.Output<string>;
  /** Where budgets are held and costs recorded; absent where there is no database. */
  ledger?: LedgerAccess;
  /** By tenant, in the config's order. */
  credentials: Credentials[];
}

/** What the data services get of the rest of the platform. */
export interface DataServicesArgs {
  namespace: pulumi.Input<string>;
  priorities: PriorityClasses;
  external: ExternalServices;
  /** Key of the model that the config names. */
  llmApiKey?: pulumi.Output<string>;
  /** Signs the services' certificates; without one they answer in clear text. */
  issuer?: Issuer;
}

/** Registers the data services that the config asks for. */
export function createDataServices(
  config: Config,
  args: DataServicesArgs,
  root: pulumi.ComponentResourceOptions,
): DataServices {
  const { external } = args;
  const { minio: keys, postgres: passwords, litellm: gatewayKeys, browserless: browsers } = config.rotation;
  const login = (name: string) => randomCredential(name, { length: 40, rotation: passwords });
  const credentials = config.tenants.map(({ name }) => ({
    objectStore: randomCredential(`${name}-object-store`, { length: 32, rotation: keys }),
    postgres: login(`${name}-postgres`),
    litellm: mapCredential(
      randomCredential(`${name}-litellm`, { length: 32, rotation: gatewayKeys }),
      (key) => pulumi.interpolate`sk-${key}`,
    ),
    browserless: randomCredential(`${name}-browserless`, { length: 32, rotation: browsers }),
  }));
  const secrets = {
    claims: randomCredential("budget-claims", { length: 48, rotation: gatewayKeys }),
    login: login("model-gateway-postgres"),
  };
  const monitor = exportsPostgres(config) ? login("metrics-postgres") : undefined;
  const reader =
    config.components.minio.enabled && config.components.console.enabled
      ? randomCredential("console-object-store", { length: 32, rotation: keys })
      : undefined;
  const context = { config, ...args, credentials, secrets, monitor, reader, root };
  const minio = createMinio(context);
  const postgres = external.database ?? createPostgres(context);
  const ledger = postgres && { server: postgres.server, login: secrets.login.current };
  return {
    minio,
    objectStore: external.objectStore ?? (minio && { kind: "s3", url: minio.url }),
    ...(reader ? { storeReader: consoleLogins(reader)[0] } : {}),
    postgres,
    postgresTenants: postgres && createPostgresTenants(context, postgres),
    monitor,
    postgresAuthority: external.database?.certificateAuthority,
    storedPasswords: external.storedPasswords,
    browserless: createBrowserless(context),
    litellm: createLiteLlm(context, ledger),
    ...(config.components.litellm.enabled && ledger ? { claimKey: secrets.claims.current.value } : {}),
    ...(ledger ? { ledger } : {}),
    credentials,
  };
}

/** What each service is registered with. */
interface ServiceContext extends DataServicesArgs, Pick<DataServices, "monitor"> {
  config: Config;
  /** By tenant, in the config's order. */
  credentials: Credentials[];
  /** Of the ledger of budgets and costs. */
  secrets: { claims: Credential; login: Credential };
  /** The console's of MinIO, where both run. */
  reader: Credential | undefined;
  root: pulumi.ComponentResourceOptions;
}

function createMinio({
  config,
  namespace,
  priorities,
  issuer,
  credentials,
  reader,
  root,
}: ServiceContext): Minio | undefined {
  const { minio } = config.components;
  if (!minio.enabled) return undefined;
  return new Minio(
    "minio",
    {
      namespace,
      ...commonArgs(minio, priorities, "critical"),
      ...minio.values,
      issuer,
      protection: config.dataProtection,
      retentionDays: config.artifactRetentionDays,
      rotation: config.rotation.minio,
      metrics: config.telemetry.mode === "builtin" || config.telemetry.mode === "operator",
      users: config.tenants.flatMap(({ name, bucket }, i) =>
        versionsOf(credentials[i]?.objectStore).map(({ generation, value }) => ({
          bucket,
          accessKey: generationName(objectStoreUser(name), generation),
          secretKey: value,
        })),
      ),
      readers: reader ? consoleLogins(reader) : [],
    },
    root,
  );
}

function versionsOf(credential: Credential | undefined): Version[] {
  return credential ? versions(credential) : [];
}

/** What MinIO knows the console by, in all generations that are good, the one in use first. */
const consoleLogins = (credential: Credential) =>
  versions(credential).map(({ generation, value }) => ({
    accessKey: generationName(consoleUser, generation),
    secretKey: value,
  }));

/** Name of a tenant's user of the object store, its access key, in the first generation. */
export const objectStoreUser = tenantNamespace;

function createPostgres({ config, namespace, priorities, issuer, root }: ServiceContext): Postgres | undefined {
  const { postgres } = config.components;
  if (!postgres.enabled) return undefined;
  const { statementTimeoutSeconds: statementTimeout, slowStatementMilliseconds: slowStatement } = postgres.values;
  const { postgres: rotation } = config.rotation;
  const settings = {
    ...postgres.values,
    statementTimeout,
    slowStatement,
    protection: config.dataProtection,
    issuer,
    rotation,
  };
  return new Postgres("postgres", { namespace, ...commonArgs(postgres, priorities, "critical"), ...settings }, root);
}

function createPostgresTenants(
  { config, namespace, priorities, external, credentials, secrets, monitor, root }: ServiceContext,
  server: Postgres | CloudSql,
): PostgresTenants {
  const { postgres, litellm, operator } = config.components;
  return new PostgresTenants(
    "postgres-tenants",
    {
      namespace,
      server: server.server,
      tenants: config.tenants.flatMap(({ name }, i) => {
        const password = credentials[i]?.postgres;
        return password ? [{ tenant: name, password }] : [];
      }),
      services: litellm.enabled || operator.enabled ? [{ role: ledgerRole, password: secrets.login }] : [],
      monitor,
      // An external tenant gets new credentials only when its own stack runs the next time.
      keepShared: config.tenants.some((tenant) => tenant.external),
      settings: external.database
        ? { tier: config.gke?.database?.tier }
        : { connections: postgres.values.maxConnections },
      image: postgres.image,
      priorityClass: priorities.get("critical"),
    },
    { ...root, dependsOn: server },
  );
}

function createBrowserless(context: ServiceContext): Browserless | undefined {
  const { config, namespace, priorities, external, credentials, root } = context;
  const { browserless } = config.components;
  if (!browserless.enabled) return undefined;
  const { timeoutSeconds: timeout, memoryMebibytes: memory, ...values } = browserless.values;
  return new Browserless(
    "browserless",
    {
      namespace,
      ...commonArgs(browserless, priorities, "platform"),
      ...values,
      timeout,
      memory,
      tokens: config.tenants.flatMap(({ name }, i) =>
        versionsOf(credentials[i]?.browserless).map(({ value }) => ({ tenant: name, token: value })),
      ),
      nodes: external.nodes?.browsers,
      rotation: config.rotation.browserless,
      seccompProfile: config.cluster.browserSeccompProfile,
    },
    root,
  );
}

function createLiteLlm(context: ServiceContext, ledger: LedgerAccess | undefined): LiteLlm | undefined {
  const { config, namespace, priorities, issuer, llmApiKey, credentials, secrets, root } = context;
  const { litellm } = config.components;
  if (!litellm.enabled) return undefined;
  const { retries, timeoutSeconds: timeout, cacheSeconds: cacheTime, requestsPerMinute: rpm = 600 } = litellm.values;
  return new LiteLlm(
    "litellm",
    {
      namespace,
      ...commonArgs(litellm, priorities, "platform"),
      retries,
      timeout,
      cacheTime,
      issuer,
      ...(config.llm && llmApiKey ? { ...config.llm, apiKey: llmApiKey } : {}),
      rotation: config.rotation.litellm,
      claimKeys: versions(secrets.claims).map(({ value }) => value),
      ...(ledger ? { ledger } : {}),
      tokenPrices: tokenPrices(config.prices),
      keys: config.tenants.flatMap(({ name, budget }, i) =>
        versionsOf(credentials[i]?.litellm).map(({ value: key }) => ({
          name,
          key,
          models: [DEFAULT_MODEL, "offline"],
          rpm,
          ...(budget ? { budget: limitsOf(budget) } : {}),
        })),
      ),
    },
    root,
  );
}

function limitsOf({ amount, ...counts }: NonNullable<Config["tenants"][number]["budget"]>): Limits {
  return { ...(amount === undefined ? {} : { amount: String(parseAmount(amount)) }), ...counts };
}
