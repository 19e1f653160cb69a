// Where the shared data services are: as parameters of tenants' templates, and for the stack's outputs.
import { PARAMETERS } from "@agentic/api/template.ts";
import { tenantRole } from "../components/data/postgres/logins.ts";
import type { DataServices } from "./data-services.ts";

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
