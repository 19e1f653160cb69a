// What policy workflow-ownership lets pass, and what violates it.
import { workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { ownership } from "./ownership.ts";

const annotations = { "agentic.io/owner": "a", "agentic.io/cost-center": "b", "agentic.io/runbook": "docs/r.md" };

table(ownership, {
  passes: { "all three": workflow({}, { annotations }), "a run": { ...workflow(), kind: "Workflow" } },
  violates: {
    none: [workflow(), "agentic.io/owner", "agentic.io/cost-center", "agentic.io/runbook"],
    "no runbook": [workflow({}, { annotations: { ...annotations, "agentic.io/runbook": "" } }), "agentic.io/runbook"],
  },
});
