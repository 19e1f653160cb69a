// Puts a pod into each kind of Tekton: its container becomes a step or a sidecar, what it says as a pod goes into a run's template.
import type { Fields } from "../values.ts";
import type { Holder } from "./holder.ts";
import { object } from "./objects.ts";

interface Parts {
  /** The task's spec. */
  task: Fields;
  /** What only a run can say of its pods. */
  podTemplate: Fields;
}

const list =
  (name: string) =>
  (container: Fields): Fields => ({ [name]: [container] });

/** A holder that `around` makes of a task; `put` makes the task of a container. */
function tekton(kind: string, around: (parts: Parts) => Fields, put = list("steps")): Holder {
  const isRun = kind.endsWith("Run");
  return {
    make: ({ metadata, spec }) => {
      const { containers, volumes, securityContext, ...rest } = spec;
      const { resources, ...container } = containers[0] ?? {};
      // Without a run, each step says of itself what a pod says of all its containers.
      const context = { ...(isRun ? {} : (securityContext as Fields)), ...(container.securityContext as Fields) };
      const task = put({ ...container, computeResources: resources, securityContext: context });
      return object(
        kind,
        {
          metadata: { name: "one", ...metadata },
          spec: around({
            task: { ...task, ...(volumes ? { volumes } : {}) },
            podTemplate: { ...rest, securityContext },
          }),
        },
        "tekton.dev/v1",
      );
    },
    path: "",
    lacks: ["hostPID", "hostIPC", ...(isRun ? [] : ["hostNetwork", "automountServiceAccountToken", "sysctls"])],
    isPartial: true,
  };
}

const run = ({ task, podTemplate }: Parts) => ({ taskSpec: task, podTemplate });

export const tektonHolders: Record<string, Holder> = {
  "a Task of Tekton": tekton("Task", ({ task }) => task),
  "a Task's sidecar": tekton("Task", ({ task }) => ({ steps: [], ...task }), list("sidecars")),
  "a Task's stepTemplate": tekton(
    "Task",
    ({ task }) => task,
    ({ name, image, ...template }) => ({ stepTemplate: template, steps: [{ name, image }] }),
  ),
  "a StepAction": {
    ...tekton(
      "StepAction",
      ({ task: { volumes: _, ...step } }) => step,
      ({ computeResources: _, ...step }) => step,
    ),
    lacks: ["hostPID", "hostIPC", "hostNetwork", "automountServiceAccountToken", "sysctls", "resources", "volumes"],
  },
  "a TaskRun": tekton("TaskRun", run),
  "a TaskRun's sidecar": tekton("TaskRun", run, (container) => ({
    steps: [{ ref: { name: "good" } }],
    sidecars: [container],
  })),
  "a Pipeline": tekton("Pipeline", ({ task }) => ({ tasks: [{ name: "a", taskSpec: task }] })),
  "a Pipeline's last task": tekton("Pipeline", ({ task }) => ({ finally: [{ name: "a", taskSpec: task }] })),
  "a PipelineRun": tekton("PipelineRun", ({ task, podTemplate }) => ({
    pipelineSpec: { tasks: [{ name: "a", taskSpec: task }] },
    taskRunTemplate: { podTemplate },
  })),
  "a PipelineRun with a template for one task": tekton("PipelineRun", ({ task, podTemplate }) => ({
    pipelineSpec: { tasks: [{ name: "a", taskSpec: task }] },
    taskRunTemplate: { podTemplate: { securityContext: { runAsUser: 1 } } },
    taskRunSpecs: [{ pipelineTaskName: "a", podTemplate }],
  })),
  "a pipeline in a pipeline": tekton("PipelineRun", ({ task, podTemplate }) => ({
    pipelineSpec: { tasks: [{ name: "a", pipelineSpec: { tasks: [{ name: "b", taskSpec: task }] } }] },
    podTemplate,
  })),
};
