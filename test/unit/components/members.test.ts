// A tenant's members: the roles that there are, who is bound to which, and what of the config is refused.
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

describe("a tenant's members", () => {
  it("are bound to the roles that the config gives them, in their namespace alone", async () => {
    const all = await program({ tenants: [{ name: "demo" }, { name: "a", members }] });
    const bindings = objects(all, "RoleBinding").filter(({ metadata }) =>
      metadata?.name.endsWith("-members"),
    ) as KubeObject[];
    const person = (kind: string, name: string) => ({ kind, apiGroup: "rbac.authorization.k8s.io", name });
    expect(bindings.map(({ metadata, roleRef, subjects }) => [metadata?.namespace, roleRef.name, subjects])).toEqual([
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
    expect(new Set(written.flatMap(({ resources }) => resources))).toEqual(new Set(["agentworkloads"]));
  });

  it("of a tenant that another stack makes travel with its grant", async () => {
    const config = parseConfig("p", { images, tenants: [{ name: "a", external: true, members }] }, false);
    expect(config.tenants[0]?.members).toEqual(members);
  });

  it.each<[string, object, string]>([
    ["nobody", { role: "user" }, "p:tenants[0].members[0] names nobody: give users, groups or serviceAccounts"],
    ["no role", { users: ["a"] }, "p:tenants[0].members[0].role"],
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
