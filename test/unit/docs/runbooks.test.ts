// Runbooks promise only messages that the code has. Their commands are run by test/e2e/platform/runbooks.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { alerts } from "../../../components/gcp/alerts.ts";
import { workflowTemplates } from "../../../workflows/index.ts";
import { nonEmpty } from "../../non-empty.ts";
import { runbooks } from "../../runbooks.ts";

const root = join(import.meta.dirname, "../../..");

/** The sources of what can say something to the reader of a status, an event or a log. */
const sources = ["operator", "agents", "api", "components/data/browserless/front"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => readFileSync(join(root, folder, file), "utf8")),
);
const text = sources.join("\n");

describe.each(nonEmpty(runbooks()))("the runbook $name", ({ commands, promised: quoted }) => {
  it("has commands", () => expect(commands.length).toBeGreaterThan(0));

  it("promises only what the code says", () => {
    expect(quoted.filter((words) => !text.includes(words))).toEqual([]);
  });
});

it("there is one for each alert and each template", () => {
  const names = runbooks().map(({ name }) => `docs/runbooks/${name}.md`);
  const expected = [
    ...Object.keys(alerts).map((alert) => `docs/runbooks/${alert}.md`),
    ...workflowTemplates.map(({ metadata }) => metadata.annotations["agentic.io/runbook"]),
  ];
  expect(names).toEqual(expect.arrayContaining(expected));
});
