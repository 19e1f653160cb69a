// The shared data services of a stack: object store, database, browsers, model gateway, and each tenant's credentials.
import { DEFAULT_MODEL, PARAMETERS } from "@agentic/api/template.ts";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { Browserless } from "../components/data/browserless.ts";
import { LiteLlm } from "../components/data/litellm/litellm.ts";
import { Minio } from "../components/data/minio/minio.ts";
import { Postgres } from "../components/data/postgres/postgres.ts";
import { PostgresTenants, tenantRole } from "../components/data/postgres/tenants.ts";
import type { CloudSql } from "../components/gcp/cloud-sql.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import type { Issuer } from "../components/security/certificates.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import type { ExternalServices } from "./external-services.ts";

/** What a tenant shows to the data services. */
export interface Credentials {
  objectStore: pulumi.Input<string>;
  postgres: pulumi.Input<string>;
  litellm: pulumi.Input<string>;
}

/** The services that are on; each is absent where the config switches it off. */
export interface DataServices {
  minio?: Minio;
  /** Where artifacts are: MinIO, or what stands outside of the cluster. */
  objectStore?: { url: string };
  postgres?: Postgres | CloudSql;
  /** Makes the tenants' roles and databases: their agents find them once it is there. */
  postgresTenants?: PostgresTenants;
  /** PEM of the authority that signed Postgres' certificate, where clients must check it. */
  postgresAuthority?: pulumi.Output<string>;
  /** Whether the tenants' Secrets with its password are made by something else. */
  storedPasswords?: boolean;
  browserless?: Browserless;
  litellm?: LiteLlm;
  /** By tenant, in the config's order. */
  credentials: Credentials[];
}

/** Registers the data services in `namespace`. */
export function createDataServices(
  config: Config,
  namespace: pulumi.Input<string>,
  priorities: PriorityClasses,
  root: pulumi.ComponentResourceOptions,
  llmApiKey?: pulumi.Output<string>,
  outside: ExternalServices = {},
  issuer?: Issuer,
): DataServices {
  const { components, tenants, dataProtection: protection } = config;
  const { minio, postgres, browserless, litellm } = components;
  const credentials = tenants.map(({ name }) => ({
    objectStore: new RandomPassword(`${name}-object-store`, { length: 32, special: false }).result,
    postgres: new RandomPassword(`${name}-postgres`, { length: 40, special: false }).result,
    litellm: pulumi.interpolate`sk-${new RandomPassword(`${name}-litellm`, { length: 32, special: false }).result}`,
  }));
  const credential = (i: number) => credentials[i] as (typeof credentials)[number];
  const services: DataServices = {
    credentials,
    objectStore: outside.objectStore,
    postgres: outside.database,
    postgresAuthority: outside.database?.certificateAuthority,
    storedPasswords: outside.storedPasswords,
  };
  if (minio.enabled)
    services.minio = new Minio(
      "minio",
      {
        namespace,
        ...commonArgs(minio, priorities, "critical"),
        ...minio.values,
        issuer,
        protection,
        retentionDays: config.artifactRetentionDays,
        users: tenants.map(({ name, bucket }, i) => ({
          bucket,
          accessKey: `tenant-${name}`,
          secretKey: credential(i).objectStore,
        })),
      },
      root,
    );
  services.objectStore ??= services.minio;
  if (postgres.enabled) {
    const { statementTimeoutSeconds: statementTimeout, slowStatementMilliseconds: slowStatement } = postgres.values;
    const settings = { ...postgres.values, statementTimeout, slowStatement, protection, issuer };
    services.postgres = new Postgres(
      "postgres",
      { namespace, ...commonArgs(postgres, priorities, "critical"), ...settings },
      root,
    );
  }
  if (services.postgres)
    services.postgresTenants = new PostgresTenants(
      "postgres-tenants",
      {
        namespace,
        server: services.postgres.server,
        tenants: tenants.map(({ name }, i) => ({ tenant: name, password: credential(i).postgres })),
        // Such a team's own stack brings its next credentials, when its people run it.
        keepShared: tenants.some(({ external }) => external),
        settings: outside.database
          ? { tier: config.gke?.database?.tier }
          : { connections: postgres.values.maxConnections },
        image: postgres.image,
        priorityClass: priorities.get("critical"),
      },
      { ...root, dependsOn: services.postgres },
    );
  if (browserless.enabled) {
    const { timeoutSeconds: timeout, ...values } = browserless.values;
    services.browserless = new Browserless(
      "browserless",
      {
        namespace,
        ...commonArgs(browserless, priorities, "platform"),
        ...values,
        timeout,
        nodes: outside.nodes?.browsers,
      },
      root,
    );
  }
  if (litellm.enabled) {
    const { retries, timeoutSeconds: timeout, cacheSeconds: cacheTime, requestsPerMinute: rpm = 600 } = litellm.values;
    services.litellm = new LiteLlm(
      "litellm",
      {
        namespace,
        ...commonArgs(litellm, priorities, "platform"),
        retries,
        timeout,
        cacheTime,
        issuer,
        ...(config.llm && llmApiKey ? { ...config.llm, apiKey: llmApiKey } : {}),
        keys: tenants.map(({ name }, i) => ({
          name,
          key: credential(i).litellm,
          models: [DEFAULT_MODEL, "offline"],
          rpm,
        })),
      },
      root,
    );
  }
  return services;
}

/** Template parameters that say to a tenant where the services are. */
export function serviceParameters({ objectStore, postgres, browserless, litellm }: DataServices, tenant: string) {
  return {
    ...(browserless ? { [PARAMETERS.browserlessUrl]: browserless.url } : {}),
    ...(litellm ? { [PARAMETERS.litellmUrl]: litellm.url } : {}),
    ...(objectStore ? { [PARAMETERS.objectStoreUrl]: objectStore.url } : {}),
    ...(postgres ? { [PARAMETERS.postgresDsn]: postgres.dsn(tenantRole(tenant)) } : {}),
  };
}

/** Where the services are, by what they are for. */
export function serviceEndpoints({
  objectStore,
  postgres,
  browserless,
  litellm,
}: DataServices): Record<string, string> {
  const endpoints = {
    objectStore: objectStore?.url,
    browser: browserless?.url,
    modelGateway: litellm?.url,
    postgres: postgres?.dsn(),
  };
  return Object.fromEntries(
    Object.entries(endpoints).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Pages for people, by what they show. */
export function serviceDashboards({ minio }: DataServices): Record<string, string> {
  return minio ? { objectStore: minio.consoleUrl } : {};
}
