// The pods that the engine asks for, and what it reads from them.
import { describe, expect, test } from "vitest";
import type { Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { container, podOf } from "./pod-of.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";

/** A container as the pod gets it. */
const mainContainer = { ...container, name: "main", terminationMessagePolicy: "FallbackToLogsOnError" };

describe("a pod", () => {
  test("carries its owner, its node and the template's own metadata, but not over the engine's labels", () => {
    const metadata = {
      labels: { a: "{{workflow.name}}", "workflows.argoproj.io/completed": "true" },
      annotations: { b: "2" },
    };
    const pod = podOf({ container, metadata }, { podMetadata: { labels: { a: "0", c: "3" } } });
    expect(pod.metadata).toEqual({
      name: "wf",
      namespace: "ns",
      labels: { a: "wf", c: "3", "workflows.argoproj.io/workflow": "wf", "workflows.argoproj.io/completed": "false" },
      annotations: {
        b: "2",
        "workflows.argoproj.io/node-name": "wf",
        "workflows.argoproj.io/node-id": "wf",
        "kubectl.kubernetes.io/default-container": "main",
      },
      ownerReferences: [
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Workflow",
          name: "wf",
          uid: "u-1",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
  });

  test("takes from the workflow what the template doesn't say", () => {
    const spec: Partial<WorkflowSpec> = {
      serviceAccountName: "agent",
      securityContext: { runAsNonRoot: true },
      imagePullSecrets: [{ name: "s" }],
      nodeSelector: { disk: "{{workflow.parameters.disk}}" },
      affinity: { podAffinity: {} },
      tolerations: [{ key: "k" }],
      podPriorityClassName: "low",
      schedulerName: "mine",
      hostAliases: [{ ip: "1.1.1.1" }],
      dnsPolicy: "Default",
      dnsConfig: { nameservers: ["1.1.1.1"] },
      hostNetwork: false,
      arguments: { parameters: [{ name: "disk", value: "ssd" }] },
    };
    expect(podOf({ container }, spec).spec).toEqual({
      restartPolicy: "Never",
      containers: [mainContainer],
      serviceAccountName: "agent",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
      imagePullSecrets: [{ name: "s" }],
      nodeSelector: { disk: "ssd" },
      affinity: { podAffinity: {} },
      tolerations: [{ key: "k" }],
      priorityClassName: "low",
      schedulerName: "mine",
      hostAliases: [{ ip: "1.1.1.1" }],
      dnsPolicy: "Default",
      dnsConfig: { nameservers: ["1.1.1.1"] },
      hostNetwork: false,
    });
    const template: Partial<Template> = {
      container,
      serviceAccountName: "own",
      automountServiceAccountToken: true,
      securityContext: { runAsUser: 1 },
      nodeSelector: { a: "b" },
      tolerations: [{ key: "t" }],
      priorityClassName: "high",
      activeDeadlineSeconds: 7,
      hostAliases: [{ ip: "2.2.2.2" }],
    };
    expect(podOf(template, spec).spec).toMatchObject({
      serviceAccountName: "own",
      automountServiceAccountToken: true,
      securityContext: { runAsUser: 1 },
      nodeSelector: { a: "b" },
      tolerations: [{ key: "t" }],
      priorityClassName: "high",
      activeDeadlineSeconds: 7,
      hostAliases: [{ ip: "1.1.1.1" }, { ip: "2.2.2.2" }],
    });
  });

  test("gets templateDefaults for its kind, list by list", () => {
    const templateDefaults: Partial<Template> = {
      container: {
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        env: [
          { name: "A", value: "0" },
          { name: "B", value: "1" },
        ],
        args: ["no"],
      },
      script: { source: "no", image: "no" },
    };
    const { containers } = podOf(
      { container: { ...container, args: ["yes"], env: [{ name: "A", value: "9" }] } },
      { templateDefaults },
    ).spec;
    expect(containers).toEqual([
      {
        ...mainContainer,
        args: ["yes"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        env: [
          { name: "A", value: "9" },
          { name: "B", value: "1" },
        ],
      },
    ]);
  });

  test("has the volumes that its containers mount, and no other", () => {
    const volumes: WorkflowSpec["volumes"] = [
      { name: "tmp", emptyDir: {} },
      { name: "secret", secret: { secretName: "{{workflow.name}}" } },
      { name: "unused", emptyDir: {} },
    ];
    const mounts = (name: string) => ({ ...container, volumeMounts: [{ name, mountPath: `/${name}` }] });
    const pod = podOf(
      {
        container: mounts("tmp"),
        initContainers: [{ ...mounts("secret"), name: "init" }],
        volumes: [{ name: "tmp", emptyDir: { medium: "Memory" } }],
      },
      { volumes },
    );
    expect(pod.spec.volumes).toEqual([
      { name: "tmp", emptyDir: { medium: "Memory" } },
      { name: "secret", secret: { secretName: "wf" } },
    ]);
    const cluster = new SimulatedCluster(
      workflow({ entrypoint: "main", templates: [{ name: "main", container: mounts("none") }] }),
    ).run();
    expect(cluster.workflow.status?.nodes?.wf).toMatchObject({
      type: "Pod",
      phase: "Error",
      message: "volume 'none' not found in workflow spec",
    });
  });

  test("of a script gets the source as a file, by an annotation and without another container", () => {
    const pod = podOf({
      script: {
        image: "i",
        command: ["python"],
        args: ["-u"],
        source: "print('{{workflow.name}}')\n",
        volumeMounts: [],
      },
    });
    expect(pod.metadata.annotations?.["workflows.argoproj.io/script"]).toBe("print('wf')\n");
    expect(pod.spec.containers).toEqual([
      {
        ...mainContainer,
        command: ["python"],
        args: ["-u", "/argo/staging/script"],
        volumeMounts: [{ name: "argo-staging", mountPath: "/argo/staging", readOnly: true }],
      },
    ]);
    expect(pod.spec.volumes).toEqual([
      {
        name: "argo-staging",
        downwardAPI: {
          defaultMode: 0o555,
          items: [{ path: "script", fieldRef: { fieldPath: "metadata.annotations['workflows.argoproj.io/script']" } }],
        },
      },
    ]);
    expect(podOf({ script: { image: "i", command: ["true"], source: "" } }).spec).not.toHaveProperty("volumes");
  });

  test("of a deadline that isn't a number is not made", () => {
    const cluster = new SimulatedCluster(
      workflow({
        entrypoint: "main",
        templates: [{ name: "main", container, activeDeadlineSeconds: "{{workflow.name}}" }],
      }),
    ).run();
    expect(cluster.workflow.status?.message).toMatch(/activeDeadlineSeconds: must be a positive integer/);
  });
});
