// What holds for all rules together: they are listed, described and tested, and none ever throws.
import { existsSync, globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constraints } from "../../../policy/gatekeeper.ts";
import { areas } from "../../../policy/rule.ts";
import { rules } from "../../../policy/rules/index.ts";
import { verdicts, violations } from "../../../policy/testing/table.ts";

const folder = join(import.meta.dirname, "../../../policy/rules");
const files = globSync("*/*.ts", { cwd: folder }).filter((file) => !/(\.test|\/index)\.ts$/.test(file));

test("every file under rules/ is one rule of the pack, with its tests beside it", () => {
  expect(rules).toHaveLength(files.length);
  expect(rules.length).toBeGreaterThanOrEqual(40);
  for (const file of files) expect(existsSync(join(folder, file.replace(/\.ts$/, ".test.ts"))), file).toBe(true);
});

test("rules stand in the folder of their area", async () => {
  const listed = await Promise.all(
    files.map(async (file) => {
      const exported: object[] = Object.values(await import(join(folder, file)));
      const [rule] = rules.filter((rule) => exported.includes(rule));
      return [basename(dirname(file)), rule?.area];
    }),
  );
  for (const [directory, area] of listed) expect(directory).toBe(area);
});

test("names are unique and words are there", () => {
  const names = rules.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, description, remediationSteps, severity, enforcementLevel, area } of rules) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(description).toMatch(/\.$/);
    expect(remediationSteps).toMatch(/\.$/);
    expect(["low", "medium", "high", "critical"]).toContain(severity);
    expect(["advisory", "mandatory"]).toContain(enforcementLevel);
    expect(Object.keys(areas)).toContain(area);
  }
});

test("each constraint of Gatekeeper's library has rules of the pack, or a reason why it has none", () => {
  const names = rules.map(({ name }) => name);
  const all = Object.entries(constraints);
  // Templates under library/general and library/pod-security-policy at the commit that the table names.
  expect(all.filter(([folder]) => folder.startsWith("general/"))).toHaveLength(30);
  expect(all.filter(([folder]) => folder.startsWith("pod-security-policy/"))).toHaveLength(19);
  expect(new Set(all.map(([, { kind }]) => kind)).size).toBe(all.length);
  for (const [folder, { policies, note, version }] of all) {
    expect(names, folder).toEqual(expect.arrayContaining([...policies]));
    if (policies.length === 0) expect(note, folder).toMatch(/\.$/);
    expect(version, folder).toMatch(/^\d+\.\d+\.\d+$/);
  }
});

test("settings have defaults and say what they are", () => {
  for (const { name, configSchema } of rules)
    for (const [setting, schema] of Object.entries(configSchema?.properties ?? {}))
      expect(schema, `${name}.${setting}`).toMatchObject({
        default: expect.anything(),
        description: expect.any(String),
      });
});

test("a resource that a rule's config excepts is left alone", () => {
  const [rule] = rules.filter(({ name }) => name === "exposed-services");
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a", namespace: "b" },
    spec: { type: "NodePort" },
  };
  expect(rule && verdicts(rule, service)).toHaveLength(1);
  expect(rule && verdicts(rule, service, { except: ["b/a"] })).toEqual([]);
});

describe("no rule ever throws", () => {
  const kinds = [
    ...["Pod", "Deployment", "StatefulSet", "CronJob", "ConfigMap", "Role", "ClusterRole", "RoleBinding", "Service"],
    ...[
      "Namespace",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "WorkflowTemplate",
      "CronWorkflow",
      "Gateway",
      "Ingress",
    ],
    ...[
      "ResourceQuota",
      "PodDisruptionBudget",
      "ClusterImagePolicy",
      "ServiceAccount",
      "HTTPRoute",
      "GCPBackendPolicy",
    ],
  ];
  const names = [
    "template",
    "containers",
    "volumes",
    "metadata",
    "labels",
    "annotations",
    "templates",
    "securityContext",
  ];
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie("node"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("spec", "name", "env", "rules", "ingress", "images", ...names), tie("node"), {
        noNullPrototype: true,
      }),
    ),
  })).node;

  test("whatever an object looks like", () => {
    const fieldsOf = fc.dictionary(fc.constantFrom("spec", "data", "rules", "subjects", "metadata", "roleRef"), value, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fieldsOf, (kind, rest) => {
        const object = { apiVersion: "argoproj.io/v1alpha1", kind, ...rest };
        expect(() => violations(rules, [object])).not.toThrow();
      }),
    );
  });

  test("whatever a resource of the cloud looks like", () => {
    const types = ["container/cluster:Cluster", "container/nodePool:NodePool", "storage/bucket:Bucket"];
    const more = [
      ...["sql/databaseInstance:DatabaseInstance", "compute/firewall:Firewall", "kms/cryptoKey:CryptoKey"],
      ...["gkebackup/backupPlan:BackupPlan", "bigquery/dataset:Dataset", "compute/securityPolicy:SecurityPolicy"],
      ...["cloudbuild/trigger:Trigger", "binaryauthorization/policy:Policy", "secretmanager/secret:Secret"],
      ...["accesscontextmanager/servicePerimeter:ServicePerimeter", "storage/bucketIAMBinding:BucketIAMBinding"],
    ];
    const names = [
      ...["settings", "nodeConfig", "privateClusterConfig", "allows", "labels", "member", "members", "role"],
      ...["backupSchedule", "backupConfig", "accesses", "rules", "build", "clusterAdmissionRules", "replication"],
      ...["status", "spec", "condition"],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...types, ...more),
        fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true }),
        (type, props) => {
          expect(() => violations(rules, [{ type: `gcp:${type}`, props }])).not.toThrow();
        },
      ),
    );
  });
});
