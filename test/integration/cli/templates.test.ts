// Templates judged and drawn, from files without a cluster.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { svgOf } from "../../../cli/template/svg.ts";
import { mermaidOf, stepsOf, textOf } from "../../../pipeline-kit/graph.ts";
import { lint, type Problem } from "../../../pipeline-kit/lint.ts";
import type { PipelineTemplate as Template } from "../../../pipeline-kit/template.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";
import { agentic } from "./people.ts";

const good = (): Template => JSON.parse(JSON.stringify(visualAnalysis)) as Template;
const changed = (change: (template: Template) => void): Problem[] => {
  const template = good();
  change(template);
  return lint(template, []);
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "templates-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, template: object): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(template));
  return path;
};

describe("lint", () => {
  test("finds nothing wrong with the platform's own template", () => {
    expect(lint(good(), [])).toEqual([]);
  });

  test.each<[string, (template: Template) => void, Partial<Problem> & { message: unknown }]>([
    [
      "a step that waits for one that isn't there",
      ({ spec }) =>
        void spec.templates
          ?.find(({ dag }) => dag)
          ?.dag?.tasks.push({ name: "late", template: "scrape", depends: "absent" }),
      { level: "error", rule: "engine", message: expect.stringContaining("absent") },
    ],
    [
      "a field that the built-in engine doesn't have",
      ({ spec }) =>
        void Object.assign(spec.templates?.find(({ name }) => name === "scrape") ?? {}, {
          memoize: { key: "x", maxAge: "1h", cache: { configMap: { name: "c" } } },
        }),
      { level: "warning", rule: "engine", message: expect.stringMatching(/^spec.*memoize: .*built-in engine/) },
    ],
    [
      "a gate that approves where nobody answers",
      ({ spec }) => {
        for (const parameter of spec.templates?.find(({ name }) => name === "approval-gate")?.outputs?.parameters ?? [])
          if (parameter.name === "decision")
            Object.assign(parameter, { valueFrom: { supplied: {}, default: "approve" } });
      },
      { level: "error", rule: "gate", message: expect.stringContaining("unanswered must mean deny") },
    ],
    [
      "a declaration of what approvers may change that can't be read",
      ({ spec }) => {
        const gate = spec.templates?.find(({ name }) => name === "approval-gate");
        const declared = gate?.inputs?.parameters?.find(({ name }) => name === "changeable");
        Object.assign(declared ?? {}, { value: '{"title":{"type":"text"}}' });
      },
      { level: "error", rule: "gate", message: expect.stringMatching(/\(changeable\)\.value: \/title\/type must be/) },
    ],
    [
      "what approvers change and no later step gets",
      ({ spec }) => {
        const outputs = spec.templates?.find(({ name }) => name === "approval-gate")?.outputs?.parameters;
        for (const output of outputs ?? [])
          if (output.name === "changes") Object.assign(output, { valueFrom: { supplied: {} } });
      },
      {
        level: "error",
        rule: "gate",
        message: expect.stringContaining("(changes).valueFrom: must be supplied, with {}"),
      },
    ],
    [
      "a privileged container, by the policy that CI has for it",
      ({ spec }) => {
        const container = spec.templates?.find(({ name }) => name === "scrape")?.container;
        Object.assign(container ?? {}, { securityContext: { privileged: true } });
      },
      { level: "error", message: expect.stringContaining("privileged") },
    ],
    [
      "no words about what it is for, by the policy that CI has for it",
      ({ metadata }) => void delete metadata.annotations?.["workflows.argoproj.io/description"],
      { rule: "workflow-description", message: expect.stringContaining("description") },
    ],
  ])("finds %s", (_, change, problem) => {
    expect(changed(change)).toContainEqual(expect.objectContaining(problem));
  });

  test("ends with 3 where something is refused, with 0 where nothing is wrong", async () => {
    const fine = await agentic(["template", "lint", "-f", file("good.json", good())]);
    expect([fine.code, fine.err, fine.out]).toEqual([0, "", expect.stringContaining("nothing is wrong")]);
    const bad = good();
    bad.spec.entrypoint = "absent";
    const refused = await agentic(["template", "lint", "-f", file("bad.json", bad)]);
    expect([refused.code, refused.out]).toEqual([3, expect.stringMatching(/^ {2}error engine: .*entrypoint/m)]);
  });

  test("says which document is no template", async () => {
    const other = file("pod.json", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } });
    const { code, err } = await agentic(["template", "lint", "-f", other]);
    expect([code, err]).toEqual([1, expect.stringContaining("document 1: it is no WorkflowTemplate")]);
  });
});

describe("draw", () => {
  const steps = stepsOf(good());

  test("shows each step below what it waits for", () => {
    expect(textOf(steps).split("\n")).toEqual([
      "○ scrape",
      "  ○ screenshot   after scrape",
      "    ○ dom   after screenshot",
      "    ○ analysis   after screenshot",
      expect.stringMatching(/^ {6}◇ approval-gate {3}after dom, analysis$/),
      expect.stringMatching(/^ {8}○ synthesis {3}after approval-gate {3}when '/),
    ]);
  });

  test("writes Mermaid, whose gate has another shape", () => {
    const text = mermaidOf(steps);
    expect(text).toMatch(/^flowchart TD\n/);
    expect(text).toContain('{{"approval-gate"}}');
    expect(text.match(/-->/g)).toHaveLength(6);
  });

  test("draws groups of steps that run one after the other", () => {
    const spec = {
      entrypoint: "m",
      templates: [
        {
          name: "m",
          steps: [
            [{ name: "a", template: "t" }],
            [
              { name: "b", template: "t" },
              { name: "c", template: "t" },
            ],
          ],
        },
      ],
    };
    expect(stepsOf({ ...good(), spec }).map(({ name, after }) => [name, after])).toEqual([
      ["a", []],
      ["b", ["a"]],
      ["c", ["a"]],
    ]);
  });

  test("draws a picture in which names can't be markup", async () => {
    const svg = await svgOf([{ name: "<script>", after: [], isGate: false }], "a & b");
    expect(svg).toContain("<svg");
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;script&gt;");
  });

  test("writes it to a file", async () => {
    const to = join(folder, "drawn.svg");
    const run = await agentic(["template", "draw", "-f", file("good.json", good()), "--as", "svg", "--to", to]);
    expect([run.code, run.err, run.out]).toEqual([0, "", ""]);
    expect(readFileSync(to, "utf8")).toContain("approval&#45;gate");
    const nothing = await agentic(["template", "draw"]);
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining("say which template")]);
  });
});
