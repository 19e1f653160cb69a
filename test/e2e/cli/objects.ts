// What the CLI and the deployer each ask a cluster for, in one form, so that the two can be compared.
import { join } from "node:path";
import { checksumAnnotation } from "../../../components/security/checksum.ts";
import type { Registration } from "../../../embedded/deploy/registration.ts";
import { Secret, unknown, type Value } from "../../../embedded/deploy/values.ts";

const tests = join(import.meta.dirname, "../..");
/** A program of a few objects that both make. */
export const smallProgram = join(tests, "integration/deploy/programs/small");
/** What the CLI (3.270.0, kubernetes 4.34.2, random 4.21.2) made of it. */
export const recordedObjects = join(tests, "integration/deploy/recorded/small.json");

/** URN → type, parent, dependencies and inputs; secrets as `[secret]`. */
export type Objects = Record<string, { type: string; parent: string; inputs: unknown }>;

interface Exported {
  deployment: {
    resources: { urn: string; type: string; parent?: string; inputs?: Record<string, unknown>; external?: boolean }[];
  };
}

const signature = "4dabf18193072939515e22adb298388d";

/** Reads `pulumi stack export`. What is only read, not made, is left out. */
export function ofExport(text: string): Objects {
  const { deployment } = JSON.parse(text) as Exported;
  return Object.fromEntries(
    deployment.resources
      .filter(({ external, type }) => !external && !isProvider(type))
      .toSorted((a, b) => (a.urn < b.urn ? -1 : 1))
      .map(({ urn, type, parent = "", inputs = {} }) => [urn, { type, parent, inputs: comparable(inputs) }]),
  );
}

/** The same of the deployer's record. */
export function ofRecord(registrations: readonly Registration[]): Objects {
  return Object.fromEntries(
    registrations
      .filter(({ type }) => !isProvider(type))
      .map(({ urn, type, parent, inputs, custom }) => [
        urn,
        { type, parent, inputs: custom ? comparable(inputs) : {} },
      ]),
  );
}

/** The provider writes a Secret's text as its data before it keeps it. */
const keptAs: Record<string, string> = { stringData: "data" };

/** Providers are left out: the CLI keeps their versions and passwords beside their inputs. */
const isProvider = (type: string) => type.startsWith("pulumi:providers:");

/** Sums over random values differ from run to run. */
const sums = new Set([checksumAnnotation]);

function comparable(value: unknown): unknown {
  if (value instanceof Secret || value === unknown) return "[secret]";
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Record<string, Value>);
  if (signature in value) return "[secret]";
  return Object.fromEntries(
    entries
      .filter(([name, item]) => name !== "__defaults" && item !== null && item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [keptAs[name] ?? name, sums.has(name) ? "[sum]" : comparable(item)]),
  );
}
