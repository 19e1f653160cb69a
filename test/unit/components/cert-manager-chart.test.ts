// Whether cert-manager's chart takes the values that the platform gives it: it refuses keys that it doesn't know.
import { expect, it } from "vitest";
import { mock, program } from "./program.ts";

mock();

/** Of what values.schema.json of the chart (v1.21.1) has, the keys that the platform relies on; looked up there, not guessed. */
const chartHas = new Set([
  "replicaCount",
  "resources",
  "securityContext",
  "containerSecurityContext",
  "extraArgs",
  "webhook.extraArgs",
  "webhook.replicaCount",
  "webhook.resources",
  "webhook.securityContext",
  "webhook.containerSecurityContext",
  "cainjector.extraArgs",
  "cainjector.replicaCount",
  "cainjector.resources",
  "cainjector.containerSecurityContext",
  "startupapicheck.resources",
  "startupapicheck.securityContext",
  "prometheus.enabled",
  "global.leaderElection",
  "global.priorityClassName",
  "crds.enabled",
  "crds.keep",
]);
const sections = new Set([...chartHas].flatMap((key) => (key.includes(".") ? [key.split(".")[0]] : [])));

it("cert-manager's chart has every key that it is given", async () => {
  const size = { cpu: "1", memory: "1Gi" };
  const certificates = { replicas: 2, resources: { requests: size, limits: size } };
  const all = await program({ components: { certificates } });
  const { inputs = {} } = all.find(({ type }) => type === "kubernetes-cert-manager:index:CertManager") ?? {};
  const { helmOptions, ...typed } = inputs as { helmOptions: { values: object } };
  // The package writes its own arguments over what helmOptions has of the same name.
  expect(Object.keys(helmOptions.values).filter((key) => key in typed)).toEqual([]);
  const keys = Object.entries({ ...typed, ...helmOptions.values }).flatMap(([key, value]) =>
    sections.has(key) ? Object.keys(value as object).map((inner) => `${key}.${inner}`) : [key],
  );
  expect(keys.length).toBeGreaterThan(12);
  expect(keys.filter((key) => !chartHas.has(key))).toEqual([]);
});
