// A template composed of containers of a team's own, as tests judge it, run it and apply it.
import { AGENT_IMAGE, type AgentWorkflowArgs, GATE, ITEM, outputOf, parameter } from "../pipeline-kit/index.ts";

export const image = `registry.example/prices@sha256:${"a".repeat(64)}`;

/** Lists shops, reads each, judges, waits for a yes, and tells. */
export const composedArguments: AgentWorkflowArgs = {
  name: "prices",
  title: "Prices",
  description: "Reads the prices of shops, waits for approval, and tells the buyers.",
  owner: "buyers",
  runbook: "docs/prices.md",
  version: "1.0.0",
  parameters: {
    country: { description: "Whose shops", value: "fr", enum: ["fr", "pt"] },
    buyer: { description: "Who is told" },
  },
  parallelism: 2,
  tasks: [
    { name: "list", image, command: ["list"], env: { COUNTRY: parameter("country") }, hasOutput: true },
    {
      name: "read",
      image,
      after: ["list"],
      forEach: outputOf("list"),
      env: { SHOP: ITEM, PLACE: `${parameter("artifact_prefix")}/shops` },
      secrets: ["objectStore"],
      hasOutput: true,
      deadline: 60,
    },
    { name: "judge", image: AGENT_IMAGE, after: ["read"], env: { READ: outputOf("read") }, hasOutput: true },
    {
      name: "tell",
      image,
      args: ["--mail"],
      after: [GATE.name],
      env: { TO: parameter("buyer"), WHAT: outputOf("judge"), ON: outputOf(GATE.name, "evidence") },
    },
  ],
  gate: { after: ["judge"], on: "judge" },
};
