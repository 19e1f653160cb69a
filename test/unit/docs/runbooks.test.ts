// Runbooks promise only messages that the code has. Their commands are run by test/e2e/platform/runbooks.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alerts, runbookOf } from "../../../components/observability/alerts.ts";
import { workflowTemplates } from "../../../workflows/index.ts";
import { nonEmpty } from "../../non-empty.ts";
import { runbooks } from "../../runbooks.ts";

const root = join(import.meta.dirname, "../../..");

const pageOf = (name: string) => `docs/runbooks/${name}.md`;

/** The sources of what can say something to the reader of a status, an event or a log. */
const sources = ["operator", "agents", "api", "components/data/browserless/front"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => readFileSync(join(root, folder, file), "utf8")),
);
const text = sources.join("\n");

describe.each(nonEmpty(runbooks()))("the runbook $name", ({ name, commands, promised: quoted }) => {
  it("has commands", () => expect(commands.length).toBeGreaterThan(0));

  it("has the shape of all: what one sees, commands, what it can be, what helps, how that is known, and the way back", () => {
    const page = readFileSync(join(root, pageOf(name)), "utf8");
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      "What you see",
      "Quick diagnosis",
      "Decision tree",
      "Fix",
      "How to know that it worked",
      "Roll back",
    ]);
  });

  it("promises only what the code says", () => {
    expect(quoted.filter((words) => !text.includes(words))).toEqual([]);
  });
});

it("there is one for each alert, each template, and what else goes wrong", () => {
  const names = runbooks().map(({ name }) => `docs/runbooks/${name}.md`);
  const expected = [
    ...Object.keys(alerts).map((alert) => pageOf(runbookOf(alert))),
    ...workflowTemplates.map(({ metadata }) => metadata.annotations["agentic.io/runbook"]),
    ...["stuck-workflow", "gate-deadlock", "minio-down", "postgres-full", "browserless-out-of-memory"].map(pageOf),
    ...["model-rate-limit", "image-denied", "operator-crash-loop", "secret-leaked", "lost-cluster"].map(pageOf),
  ];
  expect(names).toEqual(expect.arrayContaining(expected));
});
