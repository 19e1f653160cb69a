// Break-glass in the platform's objects: nobody has it by default, and an alarm's receiver is told where there is one.
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { type KubeObject, mock, objects, program, type Registered } from "./program.ts";

let quiet: Registered[];
let loud: Registered[];
const alarmUrl = "https://alarms.example/break-glass";
beforeAll(async () => {
  mock();
  quiet = await program({});
  loud = await program({ components: { operator: { values: { alarmUrl } } } });
}, 30_000);
const find = (all: readonly Registered[], kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name) as KubeObject;
const operatorPod = (all: readonly Registered[]) => find(all, "Deployment", "agentic-operator").spec.template.spec;

describe("break-glass", () => {
  it("gives nobody a right to ask, to approve or to be in: people's bindings name them", () => {
    const roles = ["agentic-break-glass", "agentic-break-glass-requester", "agentic-break-glass-approver"];
    for (const name of roles.slice(1)) expect(find(quiet, "ClusterRole", name)).toBeDefined();
    expect(objects(quiet, "Role").filter(({ metadata }) => metadata?.name === roles[0])).toHaveLength(1);
    const bound = [...objects(quiet, "RoleBinding"), ...objects(quiet, "ClusterRoleBinding")].map(
      ({ roleRef }) => roleRef.name,
    );
    for (const name of roles) expect(bound).not.toContain(name);
  });

  it("lets in whom it lets in without a right to give rights, to take tokens or to open the namespace", () => {
    const { rules } = find(quiet, "Role", "agentic-break-glass");
    expect(JSON.stringify(rules)).not.toMatch(/\*|token|"bind"|escalate|impersonate|approve/);
    const writes = rules.filter(({ verbs }: { verbs: string[] }) =>
      verbs.some((verb) => !["get", "list", "watch"].includes(verb)),
    );
    const resources = writes.flatMap((rule: { resources: string[] }) => rule.resources);
    for (const closed of [
      "rolebindings",
      "roles",
      "serviceaccounts",
      "networkpolicies",
      "resourcequotas",
      "configmaps",
      "secrets",
    ])
      expect(resources).not.toContain(closed);
  });

  it("names in its timers an image that tenants' namespaces admit", () => {
    const { env } = operatorPod(quiet).containers[0];
    expect(env).toContainEqual({ name: "TIMER_IMAGE", value: "registry.test/agents:1" });
  });

  it("posts alarms nowhere unless the config says where", () => {
    expect(find(quiet, "Secret", "break-glass-alarm")).toBeUndefined();
    expect(JSON.stringify(operatorPod(quiet))).not.toMatch(/ALARM_URL|alarm/);
    expect(JSON.stringify(find(quiet, "NetworkPolicy", "agentic-operator").spec)).not.toContain("0.0.0.0/0");
  });

  it("posts them signed to where the config says, and the operator may go out for it", () => {
    const { containers, volumes } = operatorPod(loud);
    expect(containers[0].env).toContainEqual({ name: "ALARM_URL", value: alarmUrl });
    expect(containers[0].volumeMounts).toContainEqual({
      name: "alarm",
      mountPath: "/etc/secrets/alarm",
      readOnly: true,
    });
    expect(volumes).toContainEqual({ name: "alarm", secret: { secretName: "break-glass-alarm", defaultMode: 0o440 } });
    expect(find(loud, "Secret", "break-glass-alarm").stringData.key).toBe("random-value-of-operator-alarm-key");
    const { metadata, spec } = find(loud, "NetworkPolicy", "agentic-operator");
    expect(JSON.stringify(spec)).toContain("0.0.0.0/0");
    expect(JSON.stringify(metadata)).toContain("alarms go to the stack's alarmUrl");
  });

  it("takes https alone for alarms, which say who is in", () => {
    const images = { operator: "r/operator:1", agents: "r/agents:1", workflowEngine: "r/e:1", eventReceiver: "r/r:1" };
    const config = (url: string) => ({ images, components: { operator: { values: { alarmUrl: url } } } });
    expect(() => parseConfig("p", config("http://alarms.example/"), false)).toThrow(
      "p:components.operator.values.alarmUrl",
    );
    expect(() => parseConfig("p", config(alarmUrl), false)).not.toThrow();
  });
});
