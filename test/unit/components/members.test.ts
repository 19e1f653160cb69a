// A tenant's members and its rules for gates: what the config makes of them, and what of it is refused.
import { MEMBER_ROLES, MEMBER_RULES } from "@agentic/api/roles.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { images, type KubeObject, mock, objects, program } from "./program.ts";

beforeAll(mock);

const members = [
  { users: ["anna@acme.example", "bob"], groups: ["reviewers"], role: "approver" },
  { users: ["anna@acme.example"], serviceAccounts: ["ci", "tools/ci"], role: "user" },
  { groups: ["reviewers", "legal"], role: "approver" },
];

describe("a tenant's rules for gates", () => {
  const approvers = { "visual-analysis-template": ["reviewers", "cn=legal,ou=acme"], other: ["legal"] };

  it("are settings of its namespace, and none where the config has none", async () => {
    const approval = { fourEyes: true, quorum: 2, approvers };
    const all = await program({
      tenants: [
        { name: "demo", approval: { quorum: 1 } },
        { name: "a", approval },
      ],
    });
    const dataOf = (namespace: string) =>
      objects(all, "ConfigMap").find(
        ({ metadata }) => metadata?.name === "agentic-tenant" && metadata.namespace === namespace,
      )?.data;
    expect(dataOf("tenant-a")).toMatchObject({
      four_eyes: "true",
      quorum: "2",
      "approvers.visual-analysis-template": "reviewers\ncn=legal,ou=acme",
      "approvers.other": "legal",
    });
    expect(Object.keys(dataOf("tenant-demo")).filter((key) => /four|quorum|approvers/.test(key))).toEqual([]);
    expect(
      objects(all, "Namespace").flatMap(({ metadata }) => {
        const { annotations } = metadata as { annotations?: Record<string, string> };
        const rules = annotations?.["agentic.io/gate-rules"];
        return rules === undefined ? [] : [[metadata?.name, rules]];
      }),
    ).toEqual([
      ["tenant-demo", "four_eyes=false\nquorum=1"],
      [
        "tenant-a",
        [
          "four_eyes=true",
          "quorum=2",
          "approvers.other=legal",
          "approvers.visual-analysis-template=reviewers",
          "approvers.visual-analysis-template=cn=legal,ou=acme",
        ].join("\n"),
      ],
    ]);
  });

  it("are no parameters of an admission policy, which a running API server may stop to read", async () => {
    const policies = objects(await program({ tenants: [{ name: "a" }] }), "ValidatingAdmissionPolicy");
    expect(policies.map(({ metadata }) => metadata?.name)).toContain("gates.agentic.io");
    expect(policies.filter(({ spec }) => spec.paramKind)).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "in mode auto",
      { mode: "auto", fourEyes: true, approvers },
      "p:tenants[0].approval.mode is auto, but fourEyes, approvers say who approves",
    ],
    ["of nobody", { quorum: 0 }, "p:tenants[0].approval.quorum"],
    ["of more people than a gate waits for", { quorum: 11 }, "p:tenants[0].approval.quorum"],
    ["of no group", { approvers: { one: [] } }, "p:tenants[0].approval.approvers"],
    ["of a group with a line break", { approvers: { one: ["a\nb"] } }, "p:tenants[0].approval.approvers"],
    ["of a template that there can't be", { approvers: { "One Template": ["a"] } }, "p:tenants[0].approval.approvers"],
  ])("%s are refused", (_, approval, words) => {
    expect(() => parseConfig("p", { images, tenants: [{ name: "a", approval }] }, false)).toThrow(words);
  });
});

describe("a tenant's members", () => {
  it("are bound to the roles that the config gives them, in their namespace alone", async () => {
    const all = await program({ tenants: [{ name: "demo" }, { name: "a", members }] });
    const bindings = objects(all, "RoleBinding").filter(({ metadata }) =>
      metadata?.name.endsWith("-members"),
    ) as KubeObject[];
    const person = (kind: string, name: string) => ({ kind, apiGroup: "rbac.authorization.k8s.io", name });
    const bound = bindings.map(({ metadata, roleRef, subjects }) => [metadata?.namespace, roleRef.name, subjects]);
    expect(bound.sort(([, a], [, b]) => (a < b ? 1 : -1))).toEqual([
      [
        "tenant-a",
        "agentic-user",
        [
          person("User", "anna@acme.example"),
          { kind: "ServiceAccount", name: "ci", namespace: "tenant-a" },
          { kind: "ServiceAccount", name: "ci", namespace: "tools" },
        ],
      ],
      [
        "tenant-a",
        "agentic-approver",
        [
          person("User", "anna@acme.example"),
          person("User", "bob"),
          person("Group", "legal"),
          person("Group", "reviewers"),
        ],
      ],
    ]);
  });

  it("have roles in each tenant's namespace, which give no rights, read no Secret and name what they are for", async () => {
    const all = await program({ tenants: [{ name: "demo" }, { name: "a", members }] });
    const roles = objects(all, "Role").filter(({ metadata }) =>
      MEMBER_ROLES.some((role) => metadata?.name === `agentic-${role}`),
    );
    expect(roles).toHaveLength(2 * MEMBER_ROLES.length);
    const rules = Object.values(MEMBER_RULES).flat();
    expect(JSON.stringify(rules)).not.toMatch(/\*|secrets|token|"bind"|escalate|impersonate|exec/);
    const written = rules.filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)));
    expect(new Set(written.flatMap(({ resources }) => resources))).toEqual(
      new Set(["agentworkloads", "agentschedules"]),
    );
  });

  it("of a tenant that another stack makes travel with its grant", async () => {
    const config = parseConfig("p", { images, tenants: [{ name: "a", external: true, members }] }, false);
    expect(config.tenants[0]?.members).toEqual(members);
  });

  it.each<[string, object, string]>([
    ["nobody", { role: "user" }, "p:tenants[0].members[0] names nobody: give users, groups or serviceAccounts"],
    ["no role", { users: ["a"] }, "p:tenants[0].members[0] must have required properties role"],
    ["another role", { users: ["a"], role: "admin" }, "must be one of viewer, user, approver, tenant-admin"],
    [
      "everybody",
      { groups: ["system:authenticated"], role: "viewer" },
      "members[0].groups has 'system:authenticated', which is no person or team",
    ],
    [
      "an account among the users",
      { users: ["system:serviceaccount:tools:ci"], role: "user" },
      "members[0].users has 'system:serviceaccount:tools:ci', which is no person or team",
    ],
    ["a name with a blank", { users: [" anna"], role: "user" }, "members[0].users[0]"],
    [
      "an account of the platform's",
      { serviceAccounts: ["agentic-system/agentic-operator"], role: "approver" },
      "accounts of the platform have rights of their own",
    ],
    [
      "the agents' account",
      { serviceAccounts: ["agent"], role: "user" },
      "members[0].serviceAccounts has 'agent', which pods of workloads run as",
    ],
  ])("that are %s are refused", (_, member, words) => {
    expect(() => parseConfig("p", { images, tenants: [{ name: "a", members: [member] }] }, false)).toThrow(words);
  });

  it("that are programs approve nothing where people are counted", () => {
    const config = (approval: object) => ({
      images,
      tenants: [{ name: "a", approval, members: [{ serviceAccounts: ["bot"], role: "approver" }] }],
    });
    for (const approval of [{ fourEyes: true }, { quorum: 2 }])
      expect(() => parseConfig("p", config(approval), false)).toThrow(
        "p:tenants[0].members[0].serviceAccounts may approve, but fourEyes and quorum count people",
      );
    expect(parseConfig("p", config({ quorum: 1 }), false).tenants).toHaveLength(1);
  });

  it("by groups need Google's group of groups on GKE, and e-mails", () => {
    const gke = { project: "my-project", projectNumber: "123456789", region: "europe-west1" };
    const config = (groups: string[], more: object = {}) => ({
      images,
      cluster: { kind: "gke" },
      gke: { ...gke, ...more },
      tenants: [{ name: "a", members: [{ groups, role: "approver" }] }],
    });
    const securityGroup = "gke-security-groups@acme.example";
    expect(() => parseConfig("p", config(["reviewers@acme.example"]), false)).toThrow(
      "p:tenants[0].members[0].groups needs p:gke.securityGroup",
    );
    expect(() => parseConfig("p", config(["reviewers"], { securityGroup }), false)).toThrow(
      "'reviewers': on GKE a group is the e-mail of a Google group",
    );
    expect(parseConfig("p", config(["reviewers@acme.example"], { securityGroup }), false).tenants[0]?.members).toEqual([
      { groups: ["reviewers@acme.example"], role: "approver" },
    ]);
  });
});
