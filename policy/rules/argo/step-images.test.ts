import { step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { stepImages } from "./step-images.ts";

const running = (image: string) => workflow({ templates: [step({}, { image })] });

table(stepImages, {
  passes: { "a parameter": workflow(), "a version": running("ghcr.io/agentic-platform/agents:1") },
  violates: {
    latest: [running("ghcr.io/agentic-platform/agents:latest"), "may be another image tomorrow"],
    "anybody's": [running("ghcr.io/stranger/app:1"), "not on the list"],
  },
});
