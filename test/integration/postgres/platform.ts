// What the tests of tenants' databases share: the platform's objects, a step's work, and what success is.
import { expect } from "vitest";
import { objects, program, type Registered } from "../../unit/components/program.ts";
import type { Ended } from "./server.ts";

/** The objects of a platform with these tenants. */
export const stack = (...names: string[]) =>
  program({ workflowEngine: "argo", tenants: names.map((name) => ({ name })) });
/** The password of a tenant's login. */
export const password = (all: readonly Registered[], tenant: string): string =>
  objects(all, "Secret").find(
    ({ metadata }) => metadata?.namespace === `tenant-${tenant}` && metadata.name === "postgres",
  )?.stringData.password;
/** What keeps an agent's step: it makes its tables, as LangGraph does, and reads them again. */
export const work =
  "CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE IF NOT EXISTS public.mine (x int); INSERT INTO mine VALUES (1)";

/** The same without the archive's logins in the set-up's Secret. */
export function withoutArchive(all: readonly Registered[]): Registered[] {
  const copy = structuredClone(all) as Registered[];
  const secret = objects(copy, "Secret").find(({ metadata }) => metadata?.name === "postgres-tenants");
  if (secret) secret.stringData.tenants = secret.stringData.tenants.replace(/^argo.*\n/gm, "");
  return copy;
}

/** Fails, with what it said, where a command has. */
export const expectSuccess = (result: Ended) => expect(result, result.stderr).toMatchObject({ code: 0 });
