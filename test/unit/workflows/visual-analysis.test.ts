// The template keeps the contract with the operator, and its pods are as restricted as Pod Security asks.
import { parseChangeable } from "@agentic/api/changeable.ts";
import { REPORT_CHANGES } from "@agentic/api/changes.ts";
import { RETRY_EXPRESSION } from "@agentic/api/retries.ts";
import { AGENT_ENV, GATE, PARAMETERS, RESULT, SECRETS, STEPS } from "@agentic/api/template.ts";
import type { IWorkflowTemplate } from "@kubernetes-models/argo-workflows/argoproj.io/v1alpha1";
import { describe, expect, test } from "vitest";
import { workflowTemplates } from "../../../workflows/index.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";

// Compiles only while our subset of the types is one of Argo's own.
const asArgoHasIt: IWorkflowTemplate = visualAnalysis as IWorkflowTemplate;
const { spec } = visualAnalysis;
const template = (name: string) => {
  const match = spec.templates.find((template) => template.name === name);
  if (!match) throw new Error(`no template ${name}`);
  return match;
};
const container = (name: string) => {
  const container = template(name).container;
  if (!container) throw new Error(`template ${name} has no container`);
  return container;
};

describe("the contract", () => {
  test("declares every parameter that the operator passes", () => {
    expect(spec.arguments.parameters.map((parameter) => parameter.name).sort()).toEqual(
      [
        ...Object.values(PARAMETERS),
        ...["artifact_cache", "budget_claim", "page_scripts", "traceparent", "otlp_url"],
        ...["trace_prompts", "log_project"],
      ].sort(),
    );
  });

  test("leaves without a default what only the caller knows", () => {
    const required = spec.arguments.parameters
      .filter((parameter) => parameter.value === undefined)
      .map((parameter) => parameter.name);
    expect(required.sort()).toEqual(["agent_image", "artifact_prefix", "job_id", "objective", "target_urls"]);
  });

  test("runs what reads pages after the screenshots, which say what is shown, and all that before the gate", () => {
    const depends = Object.fromEntries((template("main").dag?.tasks ?? []).map((task) => [task.name, task.depends]));
    expect(depends).toEqual({
      scrape: undefined,
      screenshot: "scrape.Succeeded",
      dom: "screenshot.Succeeded",
      analysis: "screenshot.Succeeded",
      [GATE.name]: "dom.Succeeded && analysis.Succeeded",
      synthesis: "approval-gate.Succeeded",
    });
  });

  test("refers only to templates that it has and uses each of them", () => {
    const usedTemplates = new Set((template("main").dag?.tasks ?? []).map((task) => task.template));
    expect([...usedTemplates, spec.entrypoint].sort()).toEqual(spec.templates.map((template) => template.name).sort());
  });

  test("shows the analysis to the gate, which says no when nobody answers", () => {
    const gate = template(GATE.name);
    expect(gate.suspend).toEqual({ duration: "{{workflow.parameters.approval_timeout}}" });
    expect(gate.outputs).toEqual({
      parameters: [
        { name: GATE.output, valueFrom: { supplied: {}, default: GATE.deny } },
        { name: GATE.evidence, valueFrom: { supplied: {}, default: "" } },
        { name: GATE.changes, valueFrom: { supplied: {}, default: "{}" } },
      ],
    });
    const task = template("main").dag?.tasks.find((candidate) => candidate.name === GATE.name);
    expect(task?.arguments?.parameters).toEqual([
      { name: GATE.input, value: "{{tasks.analysis.outputs.parameters.result}}" },
    ]);
  });

  test("says at the gate what of the report an approver may change, in a form that is read", () => {
    const declared = template(GATE.name).inputs?.parameters.find(({ name }) => name === GATE.changeable);
    expect(parseChangeable(String(declared?.value))).toEqual(REPORT_CHANGES);
  });

  test("lets synthesis run only on a yes", () => {
    const task = template("main").dag?.tasks.find((candidate) => candidate.name === "synthesis");
    expect(task?.when).toBe("'{{tasks.approval-gate.outputs.parameters.decision}}' == 'approve'");
  });

  test.each(STEPS)("%s has the result as its only output", (step) => {
    expect(template(step).outputs).toEqual({
      parameters: [{ name: RESULT.parameter, valueFrom: { path: RESULT.path } }],
    });
  });

  test.each(STEPS)("%s gets its parameters by environment only", (step) => {
    const { args, command, env } = container(step);
    expect(args).toEqual([step]);
    expect(command.join(" ")).not.toContain("{{");
    expect(Object.fromEntries(env.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries([
        ...Object.entries(AGENT_ENV).map(([name, key]) => [name, `{{workflow.parameters.${key}}}`]),
        ["WORKFLOW", "{{workflow.namespace}}/{{workflow.uid}}"],
        ["POD", "{{pod.name}}"],
        ["ATTEMPT", "{{retries}}"],
        ["LAST_STATUS", "{{lastRetry.status}}"],
        ["LAST_EXIT_CODE", "{{lastRetry.exitCode}}"],
        ["LAST_MESSAGE", "{{lastRetry.message}}"],
        ["ARTIFACT_CACHE", "{{workflow.parameters.artifact_cache}}"],
        ["PAGE_SCRIPTS", "{{workflow.parameters.page_scripts}}"],
        ["TRACEPARENT", "{{workflow.parameters.traceparent}}"],
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "{{workflow.parameters.otlp_url}}"],
        ["TEMPLATE", "visual-analysis-template"],
        ["GOOGLE_CLOUD_PROJECT", "{{workflow.parameters.log_project}}"],
        ...(step === "analysis" || step === "synthesis"
          ? [
              ["BUDGET_CLAIM", "{{workflow.parameters.budget_claim}}"],
              ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "{{workflow.parameters.trace_prompts}}"],
            ]
          : []),
        ...(step === "synthesis"
          ? [
              ["GATE_EVIDENCE", "{{inputs.parameters.evidence}}"],
              ["GATE_CHANGES", "{{inputs.parameters.changes}}"],
              ["GATE_STEPS", "scrape,screenshot,dom,analysis"],
            ]
          : []),
      ]),
    );
  });

  test.each(STEPS)("%s is tried again by the kind of its failure, within a deadline", (step) => {
    expect(template(step).retryStrategy).toMatchObject({ limit: "5", expression: RETRY_EXPRESSION });
    // Argo would count it from the first attempt's start, and end a later attempt's pod by it.
    expect(template(step).retryStrategy?.backoff).not.toHaveProperty("maxDuration");
    expect(template(step).activeDeadlineSeconds).toBeGreaterThan(0);
  });
});

describe("the pods", () => {
  test("have a non-root user, the default seccomp profile and no API token", () => {
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
    // Argo refuses a template without a token for its executor.
    expect(spec.executor.serviceAccountName).not.toBe(spec.serviceAccountName);
  });

  test.each(STEPS)("%s has requests, limits and a restricted container", (step) => {
    const { resources, securityContext } = container(step);
    for (const amounts of [resources.requests, resources.limits]) {
      expect(amounts.cpu).toMatch(/^\d+m?$/);
      expect(amounts.memory).toMatch(/^\d+[MG]i$/);
    }
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    });
  });

  test.each(STEPS)("%s mounts the secrets that it needs, read-only and where the agents read them", (step) => {
    const expected = {
      scrape: ["object-store", "postgres"],
      screenshot: ["object-store", "postgres", "browserless"],
      dom: ["object-store", "postgres"],
      analysis: ["object-store", "postgres", "litellm"],
      synthesis: ["object-store", "postgres", "litellm"],
    }[step];
    const paths = Object.fromEntries(Object.values(SECRETS).map(({ name, path }) => [name, path]));
    const mounts = container(step).volumeMounts.filter((mount) => !["tmp", "ca"].includes(mount.name));
    expect(mounts).toEqual(
      expected.map((name) => ({ name: `secret-${name}`, mountPath: paths[name], readOnly: true })),
    );
    const volumes = template(step).volumes?.filter(({ name }) => name !== "ca");
    expect(volumes?.flatMap(({ secret }) => (secret ? [secret.secretName] : []))).toEqual(expected);
  });

  test.each(STEPS)("%s has the authority that it trusts, where there is one, and no certificate of its own", (step) => {
    expect(container(step).volumeMounts).toContainEqual({ name: "ca", mountPath: SECRETS.ca.path, readOnly: true });
    expect(template(step).volumes?.find(({ name }) => name === "ca")?.secret).toMatchObject({
      secretName: "platform-ca",
      optional: true,
      items: [{ key: "ca.crt", path: "ca.crt" }],
    });
  });

  test("can write nowhere but to /tmp", () => {
    for (const step of STEPS)
      expect(container(step).volumeMounts.filter((mount) => !mount.readOnly)).toEqual([
        { name: "tmp", mountPath: "/tmp" },
      ]);
  });
});

test("every template says what it does, whose it is and where its runbook lies", () => {
  for (const { metadata } of workflowTemplates)
    expect(Object.keys(metadata.annotations)).toEqual(
      expect.arrayContaining(["workflows.argoproj.io/description", "agentic.io/owner", "agentic.io/runbook"]),
    );
});

test("failed and erroneous runs go as well, in the end", () => {
  expect(asArgoHasIt.spec.ttlStrategy?.secondsAfterCompletion).toBeGreaterThan(0);
});
