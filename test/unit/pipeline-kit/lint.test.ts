// What lint says: each criterion with the field and what would be right, and what keeps a template from running.
import { describe, expect, test } from "vitest";
import { CRITERIA, lint } from "../../../pipeline-kit/index.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";

interface Loose {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: Record<string, unknown> & {
    arguments: { parameters: Record<string, unknown>[] };
    templates: (Record<string, unknown> & {
      name: string;
      container: Record<string, unknown>;
      dag?: { tasks: Record<string, unknown>[] };
    })[];
  };
}

function changed(change: (template: Loose, step: Loose["spec"]["templates"][number]) => void) {
  const template = JSON.parse(JSON.stringify(visualAnalysis)) as Loose;
  const scrape = template.spec.templates.find(({ name }) => name === "scrape");
  if (!scrape) throw new Error("no scrape");
  change(template, scrape);
  return lint(template);
}

const DIGEST = `sha256:${"0".repeat(64)}`;

test("the criteria are ten, each with what it demands and the rules that judge it", () => {
  expect(CRITERIA).toHaveLength(10);
  for (const { demands, rules } of CRITERIA)
    expect([demands, rules.length]).toEqual([expect.any(String), expect.any(Number)]);
});

describe("a template is told", () => {
  const cases: [criterion: string, field: string, fix: string, Parameters<typeof changed>[0]][] = [
    [
      "identity",
      'metadata.labels["app.kubernetes.io/version"]',
      "set a semantic version",
      ({ metadata }) => void Object.assign(metadata, { labels: {} }),
    ],
    [
      "identity",
      'metadata.labels["app.kubernetes.io/version"]',
      "'v2' is no semantic version",
      ({ metadata }) => void Object.assign(metadata.labels, { "app.kubernetes.io/version": "v2" }),
    ],
    [
      "identity",
      'metadata.annotations["workflows.argoproj.io/description"]',
      "say in a sentence",
      ({ metadata }) => void delete metadata.annotations["workflows.argoproj.io/description"],
    ],
    [
      "identity",
      'metadata.annotations["agentic.io/owner"]',
      "name the team",
      ({ metadata }) => void delete metadata.annotations["agentic.io/owner"],
    ],
    [
      "parameters",
      "spec.arguments.parameters[2] (objective).description",
      "say what it means",
      ({ spec }) => void delete spec.arguments.parameters[2]?.description,
    ],
    [
      "parameters",
      "spec.arguments.parameters",
      "target_urls",
      ({ spec }) =>
        void spec.arguments.parameters.splice(
          spec.arguments.parameters.findIndex(({ name }) => name === "target_urls"),
          1,
        ),
    ],
    [
      "images",
      "spec.templates[1] (scrape).container.image",
      "name a version or a digest",
      (_, { container }) => void Object.assign(container, { image: "docker.io/library/busybox:latest" }),
    ],
    [
      "images",
      "spec.templates[1] (scrape).container.image",
      "add its digest",
      (_, { container }) => void Object.assign(container, { image: "docker.io/library/busybox:1.37.0" }),
    ],
    [
      "account",
      "spec.serviceAccountName",
      "name an account of its own",
      ({ spec }) => void delete spec.serviceAccountName,
    ],
    [
      "security-context",
      "spec.templates[1] (scrape).container.securityContext.readOnlyRootFilesystem",
      "set true",
      (_, { container }) =>
        void Object.assign(container, {
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            runAsNonRoot: true,
          },
        }),
    ],
    [
      "resources",
      "spec.templates[1] (scrape).container.resources.limits.memory",
      "so that it can't starve others",
      (_, { container }) => void Object.assign(container, { resources: { requests: { cpu: "1", memory: "1Gi" } } }),
    ],
    ["resources", "spec.parallelism", "set how many may run at once", ({ spec }) => void delete spec.parallelism],
    [
      "deadlines",
      "spec.templates[1] (scrape).activeDeadlineSeconds",
      "set the seconds",
      (_, step) => void delete step.activeDeadlineSeconds,
    ],
    [
      "retries",
      "spec.templates[1] (scrape).retryStrategy.limit",
      "set how often",
      (_, step) =>
        void Object.assign(step, {
          retryStrategy: { expression: "lastRetry.exitCode == '75'", backoff: { duration: "1s" } },
        }),
    ],
    [
      "retries",
      "spec.templates[1] (scrape).retryStrategy.expression",
      "lastRetry.exitCode",
      (_, step) => void Object.assign(step, { retryStrategy: { limit: 2, backoff: { duration: "1s" } } }),
    ],
    ["clean-up", "spec.ttlStrategy", "set secondsAfterCompletion", ({ spec }) => void delete spec.ttlStrategy],
    ["clean-up", "spec.podGC.strategy", "OnPodCompletion", ({ spec }) => void delete spec.podGC],
  ];
  test.each(cases)("about %s: %s", (criterion, field, fix, change) => {
    const found = changed(change).filter((problem) => problem.criterion === criterion);
    expect(found).toContainEqual(expect.objectContaining({ field, message: expect.stringContaining(fix) }));
    for (const { message } of found)
      expect(message.startsWith(`${found.find((one) => one.message === message)?.field}: `)).toBe(true);
  });

  test("whether anybody hears of a run that no workload starts", () => {
    const problems = changed(({ spec }) => {
      spec.arguments.parameters = spec.arguments.parameters.map((parameter) =>
        parameter.name === "job_id" ? { ...parameter, name: "job" } : parameter,
      );
      const text = JSON.stringify(spec.templates).replaceAll("workflow.parameters.job_id", "workflow.parameters.job");
      spec.templates = JSON.parse(text) as Loose["spec"]["templates"];
    });
    expect(problems).toContainEqual(expect.objectContaining({ criterion: "notification", field: "spec.onExit" }));
  });

  test("about nothing in an image that has its digest", () => {
    const problems = changed(
      (_, { container }) => void Object.assign(container, { image: `docker.io/library/busybox:1.37.0@${DIGEST}` }),
    );
    expect(problems.filter(({ criterion }) => criterion !== undefined)).toEqual([]);
  });

  test("about a template that nothing leads to, and not about one that a variable may name", () => {
    const spare = { name: "spare", suspend: { duration: "1m" } };
    const unreachable = expect.objectContaining({ rule: "unreachable", field: "spec.templates[7] (spare)" });
    expect(changed(({ spec }) => void spec.templates.push(spare as never))).toContainEqual(unreachable);
    const byVariable = { name: "any", steps: [[{ name: "a", template: "{{workflow.parameters.model}}" }]] };
    const problems = changed(({ spec }) => {
      spec.templates.push(spare as never, byVariable as never);
      spec.onExit = "any";
    });
    expect(problems.filter(({ rule }) => rule === "unreachable")).toEqual([]);
  });

  test("each thing that keeps it from running by itself, with its field", () => {
    const problems = changed(({ spec }, step) => {
      spec.entrypoint = "absent";
      step.container.args = ["{{workflow.parameters.colour}}"];
    });
    expect(problems.filter(({ level }) => level === "error")).toEqual([
      expect.objectContaining({
        rule: "engine",
        field: expect.stringContaining("spec.templates[1]"),
        message: expect.stringContaining("colour"),
      }),
      expect.objectContaining({
        rule: "engine",
        field: "spec.entrypoint",
        message: "spec.entrypoint: template name 'absent' undefined",
      }),
    ]);
    expect(problems.every(({ criterion }) => criterion === undefined)).toBe(true);
  });

  test("that tasks wait for each other", () => {
    const problems = changed(({ spec }) => {
      const { tasks } = spec.templates[0]?.dag ?? { tasks: [] };
      Object.assign(tasks[0] ?? {}, { depends: "dom" });
    });
    expect(problems.map(({ message }) => message).join()).toMatch(/cycle|each other/);
  });
});

test("what is no template is refused with what it must have", () => {
  expect(() => lint({ kind: "Pod" })).toThrow("not a template: it must have apiVersion argoproj.io/v1alpha1");
});
