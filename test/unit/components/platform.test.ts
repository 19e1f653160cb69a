// Everything that the platform registers, whatever its config: its objects are sound and restricted.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { componentNames } from "../../../stacks/config/declared.ts";
import { nonEmpty } from "../../non-empty.ts";
import { find } from "./platform-objects.ts";
import { images, type KubeObject, mock, objects, podSpecs, program, type Registered } from "./program.ts";

beforeAll(() => mock());

/** What must hold for every platform, whatever its config. */
function expectSound(all: readonly Registered[]): void {
  const names = objects(all).map(
    ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`,
  );
  const patches = all.filter(({ type }) => type.endsWith("Patch")).length;
  expect(new Set(names).size, "objects with names of their own").toBe(names.length);
  for (const { metadata, kind } of nonEmpty(objects(all))) expect(metadata?.name, kind).toBeTruthy();
  for (const { owner, pod } of podSpecs(all)) expectRestricted(owner, pod);
  const spaces = objects(all, "Namespace");
  expect(patches, "default accounts without a token").toBe(spaces.length);
  for (const { metadata } of nonEmpty(spaces)) {
    const space = metadata?.name;
    expect(metadata?.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    for (const label of ["agentic.io/owner", "agentic.io/cost-center"])
      expect(metadata?.labels).toHaveProperty([label]);
    const denies = objects(all, "NetworkPolicy").filter(
      (policy) =>
        policy.metadata?.namespace === space &&
        Object.keys(policy.spec.podSelector).length === 0 &&
        policy.spec.policyTypes.length === 2 &&
        !policy.spec.ingress &&
        !policy.spec.egress,
    );
    expect(denies, `default deny of ${space}`).toHaveLength(1);
    for (const kind of ["ResourceQuota", "LimitRange"])
      expect(
        objects(all, kind).filter((object) => object.metadata?.namespace === space && !object.spec.scopeSelector),
        `${kind} of ${space}`,
      ).toHaveLength(1);
  }
}

function expectRestricted(owner: string, pod: KubeObject["spec"]): void {
  expect(pod.securityContext, owner).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(pod.securityContext.runAsUser, owner).toBeGreaterThan(0);
  for (const forbidden of ["hostNetwork", "hostPID", "hostIPC"]) expect(pod[forbidden], owner).toBeUndefined();
  for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
    const description = `${owner}, container ${container.name}`;
    expect(container.securityContext, description).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      // Upstream's CoreDNS doesn't start without; Pod Security lets it pass.
      capabilities: { drop: ["ALL"], ...(container.name === "resolver" ? { add: ["NET_BIND_SERVICE"] } : {}) },
    });
    for (const side of ["requests", "limits"])
      for (const amount of ["cpu", "memory"]) expect(container.resources[side][amount], description).toBeTruthy();
    expect(container.image, description).toMatch(/[:@]/);
    expect(container.image, description).not.toMatch(/:latest$/);
    if (!owner.startsWith("Job"))
      for (const probe of ["readinessProbe", "livenessProbe"]) expect(container, description).toHaveProperty(probe);
    // A secret's value is in clear in no manifest but its Secret's.
    for (const { value } of container.env ?? []) expect(value ?? "", description).not.toMatch(/random-value|sk-/);
    expect(JSON.stringify([container.args, container.command]), description).not.toMatch(/random-value|sk-/);
  }
}

describe("the platform", () => {
  it("is sound with the defaults", async () => {
    const all = await program({});
    expectSound(all);
    expect(
      podSpecs(all)
        .map(({ owner }) => owner.split(" ")[1]?.replace(/-[0-9a-f]{8}$/, ""))
        .sort(),
    ).toEqual([
      "agentic-console",
      "agentic-operator",
      "browserless",
      "event-receiver",
      "litellm",
      "minio",
      "minio-setup",
      "postgres",
      "postgres-tenants",
      "resolver",
      "workflow-engine",
    ]);
  });

  it("holds kube-system where it knows who makes the cluster's own pods", async () => {
    const holds = async (config: Record<string, unknown>) =>
      find(await program(config), "ValidatingAdmissionPolicy", "system-pods.agentic.io") !== undefined;
    expect(await holds({ cluster: { kind: "k3d" } })).toBe(true);
    expect(await holds({})).toBe(false);
  });

  it("is sound with Argo, which has its three images, its archive and its executors' rights", async () => {
    const all = await program({ workflowEngine: "argo" });
    expectSound(all);
    expect(podSpecs(all).map(({ owner }) => owner)).toEqual(
      expect.arrayContaining(["Deployment workflow-controller", "Deployment argo-server"]),
    );
    const settings = find(all, "ConfigMap", "workflow-controller-configmap")?.data;
    expect(JSON.parse(settings.persistence)).toMatchObject({ archive: true, postgresql: { database: "argo" } });
    expect(JSON.parse(settings.workflowDefaults).spec.securityContext.runAsNonRoot).toBe(true);
    expect(JSON.parse(settings.executor).securityContext.capabilities).toEqual({ drop: ["ALL"] });
    expect(find(all, "Role", "agent-executor")?.rules).toEqual([
      { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] },
    ]);
    expect(find(all, "NetworkPolicy", "executors")?.spec.egress[0].to).toEqual([{ ipBlock: { cidr: "10.9.0.2/32" } }]);
  });

  it("lets no workflow pod reach the API server where the built-in engine runs", async () => {
    const all = await program({});
    const inTenants = objects(all, "NetworkPolicy").filter(({ metadata }) => metadata?.namespace === "tenant-demo");
    expect(JSON.stringify(inTenants)).not.toContain("10.9.0.2");
    expect(find(all, "ServiceAccount", "agent")?.automountServiceAccountToken).toBe(false);
  });

  it("asks the cluster where its API server is, unless the config says so", async () => {
    const policy = find(await program({ cluster: {} }), "NetworkPolicy", "agentic-operator");
    expect(policy?.spec.egress[0].to).toEqual([{ ipBlock: { cidr: "10.8.0.7/32" } }]);
  });

  it("gives nobody wildcards, and secrets only by name", async () => {
    for (const workflowEngine of ["argo", "builtin"]) {
      const all = await program({ workflowEngine });
      for (const role of nonEmpty([...objects(all, "Role"), ...objects(all, "ClusterRole")]))
        for (const rule of role.rules as { resources: string[]; verbs: string[]; resourceNames?: string[] }[]) {
          expect([...rule.resources, ...rule.verbs], role.metadata?.name).not.toContain("*");
          for (const verb of ["escalate", "impersonate"]) expect(rule.verbs).not.toContain(verb);
          if (rule.verbs.includes("bind"))
            expect(rule).toMatchObject({ resources: ["roles"], resourceNames: ["agentic-break-glass"] });
          if (rule.resources.includes("secrets"))
            expect(rule.resourceNames?.length, role.metadata?.name).toBeGreaterThan(0);
        }
    }
  });

  it("opens the internet only to the tenant that asks, and to the gateway that has a real model", async () => {
    const closed = JSON.stringify(objects(await program({}), "NetworkPolicy"));
    expect(closed).not.toContain("0.0.0.0/0");
    const open = await program({ tenants: [{ name: "demo", egressInternet: true }, { name: "blue" }] });
    const agents = objects(open, "NetworkPolicy").filter(({ metadata }) => metadata?.name === "agents");
    expect(
      agents.map(({ metadata, spec }) => [metadata?.namespace, JSON.stringify(spec).includes("0.0.0.0/0")]).sort(),
    ).toEqual([
      ["tenant-blue", false],
      ["tenant-demo", true],
    ]);
    // The operator notifies for that tenant alone; the browser itself never goes out.
    const operator = find(open, "Deployment", "agentic-operator")?.spec.template.spec.containers[0];
    expect(operator.env).toContainEqual({ name: "NOTIFY_NAMESPACES", value: "tenant-demo" });
    expect(JSON.stringify(find(open, "NetworkPolicy", "agentic-operator"))).toContain("0.0.0.0/0");
    expect(find(open, "NetworkPolicy", "browserless")?.spec.policyTypes).toEqual(["Ingress"]);
    const platform = await program({ llm: { model: "openai/gpt-4o" } });
    expect(JSON.stringify(find(platform, "NetworkPolicy", "litellm"))).toContain("0.0.0.0/0");
  });

  it("asks a real model with the key from its Secret, and else the offline one", async () => {
    const model = (all: readonly Registered[]) =>
      JSON.parse(find(all, "ConfigMap", "litellm-config")?.data["config.yaml"]).model_list[0].litellm_params;
    expect(model(await program({})).model).toBe("offline/extractive");
    const platform = await program({ llm: { model: "openai/gpt-4o", apiBase: "https://models.test" } });
    expect(model(platform)).toMatchObject({
      model: "openai/gpt-4o",
      api_key: "os.environ/LLM_API_KEY",
      api_base: "https://models.test",
    });
    expect(JSON.stringify(objects(platform).filter(({ kind }) => kind !== "Secret"))).not.toContain("sk-real-key");
  });

  it("lets each tenant's user into its own bucket only", async () => {
    const all = await program({ tenants: [{ name: "demo" }, { name: "blue" }] });
    const files = find(all, "Secret", "minio-users")?.stringData;
    const resources = (user: string) =>
      JSON.parse(files[`${user}.json`]).Statement.flatMap(
        (statement: { Resource?: string[] }) => statement.Resource ?? [],
      );
    expect(resources("tenant-blue")).toEqual(["arn:aws:s3:::artifacts-blue", "arn:aws:s3:::artifacts-blue/*"]);
    expect(resources("tenant-demo")).toEqual(["arn:aws:s3:::artifacts", "arn:aws:s3:::artifacts/*"]);
  });

  it("lets each tenant's role into its own database only, with a password that nobody else has", async () => {
    const all = await program({ workflowEngine: "argo", tenants: [{ name: "demo" }, { name: "blue" }] });
    const policiesIn = (space: string) =>
      objects(all, "Secret").find(({ metadata }) => metadata?.namespace === space && metadata.name === "postgres")
        ?.stringData.password as string;
    const [demo, blue] = [policiesIn("tenant-demo"), policiesIn("tenant-blue")];
    expect(new Set([demo, blue]).size).toBe(2);
    expect(find(all, "Secret", "postgres-tenants")?.stringData).toEqual({
      admin: "random-value-of-postgres-superuser",
      tenants: `tenant-demo ${demo} tenant-demo\ntenant-blue ${blue} tenant-blue\nmodel-gateway random-value-of-model-gateway-postgres model-gateway\nargo random-value-of-postgres-argo argo\n`,
    });
    for (const password of [demo, blue]) {
      const holders = objects(all).filter((object) => JSON.stringify(object).includes(password));
      expect(holders.map(({ kind }) => kind)).toEqual(["Secret", "Secret"]);
    }
    const rules = find(all, "ConfigMap", "postgres-access")?.data["pg_hba.conf"];
    expect(rules.match(/^host.*/gm)).toEqual([
      "hostssl samerole all all scram-sha-256",
      "hostssl postgres +pg_monitor all scram-sha-256",
      "hostssl all postgres all scram-sha-256",
    ]);
    const dsn = objects(all, "ConfigMap").find(({ metadata }) => metadata?.namespace === "tenant-blue")?.data
      .postgres_dsn;
    expect(dsn).toContain("//tenant-blue@postgres.shared-services:5432/tenant-blue?sslmode=verify-full");
  });

  it("lets the database's set-up talk to the database alone", async () => {
    const all = await program({});
    const policy = find(all, "NetworkPolicy", "postgres-tenants")?.spec;
    expect(policy).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "postgres-tenants" } },
      egress: [
        {
          to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "postgres" } } }],
          ports: [{ protocol: "TCP", port: 5432 }],
        },
      ],
      policyTypes: ["Egress"],
    });
  });

  it.each(["minio-setup", "postgres-tenants"])(
    "makes another Job %s when the tenants change, and the same one else",
    async (part) => {
      const job = async (raw: Record<string, unknown>) =>
        objects(await program(raw), "Job").find(({ metadata }) => metadata?.name.startsWith(part))?.metadata?.name;
      const before = await job({});
      expect(before).toMatch(/-[0-9a-f]{8}$/);
      // The default in words: the same config would not run again.
      expect(await job({ tenants: [{ name: "demo" }] })).toBe(before);
      expect(await job({ tenants: [{ name: "blue" }] })).not.toBe(before);
    },
    20_000,
  );

  it("leaves the role that tenants shared its login only where another team's stack may use it", async () => {
    const locked = async (external: boolean) => {
      const all = await program({ tenants: [{ name: "demo" }, { name: "acme", external }] });
      const pod = podSpecs(all).find(({ owner }) => owner.startsWith("Job postgres-tenants"))?.pod;
      return pod.containers[0].env.find(({ name }: KubeObject) => name === "LOCK_SHARED").value;
    };
    expect([await locked(false), await locked(true)]).toEqual(["on", "off"]);
  });

  it("takes images, sizes and replicas from the config", async () => {
    const all = await program({
      components: {
        minio: { image: "mirror.test/minio:1", storage: "5Gi" },
        browserless: { replicas: 3 },
        operator: { replicas: 2 },
      },
    });
    expect(find(all, "StatefulSet", "minio")?.spec.template.spec.containers[0].image).toBe("mirror.test/minio:1");
    expect(find(all, "StatefulSet", "minio")?.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe("5Gi");
    expect(find(all, "Deployment", "browserless")?.spec.replicas).toBe(3);
    expect(find(all, "Deployment", "agentic-operator")?.spec.replicas).toBe(2);
    expect(find(all, "Deployment", "agentic-operator")?.spec.template.spec.containers[0].image).toBe(images.operator);
  });

  it("hands the tenant's parameters to the operator, without a password in them", async () => {
    const data = find(await program({}), "ConfigMap", "agentic-tenant")?.data;
    expect(data).toMatchObject({
      minio_bucket: "artifacts",
      agent_image: images.agents,
      postgres_dsn:
        "postgresql://tenant-demo@postgres.shared-services:5432/tenant-demo?sslmode=verify-full&sslrootcert=/etc/secrets/ca/ca.crt",
      object_store_url: "https://minio.shared-services:9000",
    });
    expect(JSON.stringify(data)).not.toContain("random-value");
  });

  it("is sound with any set of components, and has no object of one that is off", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...componentNames]),
        fc.constantFrom("argo" as const, "builtin" as const),
        fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/), { minLength: 1, maxLength: 3 }),
        async (disabled, workflowEngine, tenants) => {
          // Argo without its archive, and events without what they lead to, are refused by the config, which has its own test.
          const usable = workflowEngine === "argo" ? disabled.filter((name) => name !== "postgres") : [...disabled];
          if ((["operator", "workflows"] as const).some((name) => usable.includes(name))) usable.push("events");
          const all = await program({
            workflowEngine,
            components: Object.fromEntries(usable.map((name) => [name, { enabled: false }])),
            tenants: tenants.map((name) => ({ name })),
          });
          expectSound(all);
          for (const name of usable) expect(podSpecs(all).map(({ owner }) => owner.split(" ")[1])).not.toContain(name);
        },
      ),
      { numRuns: 6 },
    );
  }, 60_000);
});
