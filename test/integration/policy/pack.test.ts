// The pack in Pulumi's own policy runtime, over programs as they register themselves.
import { join } from "node:path";
import { expect, test } from "vitest";
import { type PackConfig, policy } from "../../../embedded/deploy/deploy.ts";
import { deployment, object } from "../../../policy/testing/objects.ts";

const root = join(import.meta.dirname, "../../..");
const directory = join(root, "test/integration/deploy/programs/any");

/** What the pack says of a program with these resources. */
async function check(resources: object[], packConfig: PackConfig = {}, config: Record<string, unknown> = {}) {
  return await policy({
    directory,
    stack: "policy",
    config: { resources, ...config },
    pack: join(root, "policy"),
    packConfig,
  });
}

const bareContainer = {
  type: "kubernetes:core/v1:Pod",
  name: "p",
  args: object("Pod", { spec: { containers: [{ name: "c", image: "x" }] } }),
};
const app = (container: object) => ({
  type: "kubernetes:apps/v1:Deployment",
  name: "app",
  args: deployment({}, { ...container }),
});

test("what is wrong with a program is said with severity, remedy and resource", async () => {
  const report = await check([bareContainer]);
  expect(report).toMatchObject({
    pack: "agentic-platform",
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    resources: 2,
    remediated: [],
  });
  expect(report.policies.length).toBeGreaterThanOrEqual(90);
  const names = report.violations.map(({ policy: rule }) => rule);
  expect(names).toEqual(expect.arrayContaining(["seccomp", "image-pinned", "resources", "service-account-token"]));
  const urn = "urn:pulumi:policy::any::kubernetes:core/v1:Pod::p";
  expect(report.violations.find(({ policy: rule }) => rule === "image-pinned")).toEqual({
    policy: "image-pinned",
    pack: "agentic-platform",
    level: "mandatory",
    severity: "high",
    message: "spec.containers[0] (c).image: 'x' may become another image: name a version or a digest",
    urn,
  });
  expect(report.policies.find(({ name }) => name === "image-pinned")?.remedy).toMatch(/^Name a version/);
});

test("levels and settings are those of the configuration", async () => {
  const config: PackConfig = {
    all: "disabled",
    "image-pinned": "advisory",
    "image-registries": { enforcementLevel: "mandatory", registries: ["docker.io/library"] },
    "bare-pods": { enforcementLevel: "mandatory", except: ["space/one"] },
  };
  const { violations } = await check([bareContainer], config);
  expect(violations.map(({ policy: rule, level }) => `${level} ${rule}`)).toEqual(["advisory image-pinned"]);
});

test("what is safe is put right before the rules look at it, and the rest is still said", async () => {
  const wrong = { securityContext: { capabilities: { add: ["SYS_ADMIN"] } }, image: "app:latest" };
  const before = await check([app(wrong)]);
  const after = await check([app(wrong)], { all: "remediate" });
  const rules = (violations: typeof before.violations) =>
    [...new Set(violations.map((violation) => violation.policy))].sort();
  expect(rules(before.violations)).toEqual([
    ...["capabilities", "image-pinned", "privilege-escalation", "read-only-root"],
  ]);
  expect(rules(after.violations)).toEqual(["capabilities", "image-pinned"]);
  expect(after.violations.map(({ message }) => message).join("\n")).toContain("SYS_ADMIN are added");
  expect(after.violations.every(({ level }) => level === "mandatory")).toBe(true);
  expect(after.remediated.map((remediation) => remediation.policy)).toEqual(
    expect.arrayContaining(["capabilities", "privilege-escalation", "read-only-root"]),
  );
});

test("values that only a deployment knows end no rule", async () => {
  const key = { type: "gcp:kms/cryptoKey:CryptoKey", name: "key", args: { rotationPeriod: "7776000s" } };
  const bucket = {
    type: "gcp:storage/bucket:Bucket",
    name: "bucket",
    args: { encryption: { defaultKmsKeyName: "$out:key.result" }, publicAccessPrevention: "inherited" },
  };
  const running = app({ image: "$out:key.result" });
  const { violations } = await check([key, bucket, running]);
  const messages = violations.map(({ policy: rule, message }) => `${rule} ${message}`);
  expect(messages.join("\n")).not.toMatch(/can't be known|customer-managed-keys|image-/);
  expect(messages).toContainEqual(expect.stringMatching(/^bucket-access publicAccessPrevention/));
});

test("what isn't known yet is no violation, hides none, and is written over by no remediation", async () => {
  const key = {
    type: "gcp:kms/cryptoKey:CryptoKey",
    name: "key",
    args: { rotationPeriod: "7776000s", labels: { owner: "a", "cost-center": "b" } },
  };
  const unresolved = "$out:key.result";
  const claim = (name: string, spec: object) => ({
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    name,
    args: object("PersistentVolumeClaim", {
      metadata: { name, namespace: "space", annotations: { "agentic.io/backup": "none: a cache" } },
      spec,
    }),
  });
  const resources = [
    key,
    claim("size", { accessModes: [unresolved], resources: { requests: { storage: unresolved } } }),
    claim("requests", { accessModes: ["ReadWriteMany"], resources: { requests: unresolved } }),
    app({
      image: unresolved,
      resources: unresolved,
      securityContext: { runAsUser: 0, runAsNonRoot: unresolved, capabilities: unresolved },
    }),
  ];
  const configs: PackConfig[] = [{}, { all: "remediate" }];
  for (const config of configs) {
    const { violations, undecided, remediated } = await check(resources, config);
    const messages = new Set(violations.map(({ policy: rule, message }) => `${rule} ${message.split(": ")[0]}`));
    const container = "spec.template.spec.containers[0] (main).securityContext";
    const fixable = [
      `privilege-escalation ${container}.allowPrivilegeEscalation`,
      `read-only-root ${container}.readOnlyRootFilesystem`,
    ];
    expect([...messages].sort()).toEqual(
      [
        ...("all" in config ? [] : fixable),
        `run-as-non-root ${container}.runAsUser`,
        "volume-class spec.accessModes",
      ].sort(),
    );
    expect([...new Set(undecided.map(({ policy: rule }) => rule))].sort()).toEqual([
      "capabilities",
      "image-pinned",
      "image-registries",
      "resources",
      "run-as-non-root",
      "volume-class",
      "volume-size",
    ]);
    expect(undecided.map(({ reason }) => reason).join("\n")).toContain("spec.resources.requests");
    expect(remediated.map(({ policy: rule }) => rule)).toEqual(
      "all" in config ? ["privilege-escalation", "read-only-root"] : [],
    );
  }
});

test("a secret of the program is not in the report", async () => {
  const leak = "correct-horse-battery-staple";
  const report = await check([app({ env: [{ name: "TOKEN", value: "$secret:key" }] })], {}, { key: leak });
  expect(report.violations.map(({ policy: rule }) => rule)).toContain("secrets-in-clear");
  expect(JSON.stringify(report)).not.toContain(leak);
});

test("a configuration that is wrong is refused before anything is asked", async () => {
  await expect(check([bareContainer], { probs: "advisory" })).rejects.toThrow("probs: the pack has no such policy");
});
