// What the stack's config says of notifications, as the operator gets it.
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../stacks/config/config.ts";
import { mock, objects, program, type Registered } from "./program.ts";

const consoleUrl = "https://console.example.com:8443/agentic";

/** A variable of the operator's environment. */
const variable = (all: readonly Registered[], wanted: string): string | undefined =>
  objects(all, "Deployment")
    .find(({ metadata }) => metadata?.name === "agentic-operator")
    ?.spec.template.spec.containers[0].env.find(({ name }: { name: string }) => name === wanted)?.value;

describe("notifications", () => {
  let plain: Registered[];
  let linked: Registered[];
  beforeAll(async () => {
    mock();
    plain = await program({});
    linked = await program({ components: { operator: { values: { consoleUrl } } } });
  }, 30_000);

  it("link to the console where the config says where it answers, else nowhere", () => {
    expect(variable(linked, "CONSOLE_URL")).toBe(consoleUrl);
    expect(variable(plain, "CONSOLE_URL")).toBeUndefined();
  });

  it.each([
    "javascript:alert(1)",
    "console.example.com",
    "https://user@console.example.com",
    "https://c.example/?a=<b>",
  ])("link nowhere but to a plain address, which %s isn't", (url) => {
    const images = { operator: "r/o:1", agents: "r/a:1", workflowEngine: "r/e:1", eventReceiver: "r/r:1" };
    const config = { images, components: { operator: { values: { consoleUrl: url } } } };
    expect(() => parseConfig("p", config, false)).toThrow("p:components.operator.values.consoleUrl");
  });
});
