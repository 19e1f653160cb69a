// The pods of Tekton's tasks, with what a run says of them: a task may stand in a run, in a pipeline, or by itself.
import { gather } from "../unknown.ts";
import { type Fields, fields, items, mergedOver, over } from "../values.ts";
import type { Placed } from "./nested.ts";
import { type Container, containerAt, containersIn, type Pod, podOf } from "./pod.ts";
import type { PodShape } from "./shapes.ts";

/** What a run says of the pods of its tasks. */
interface RunSettings {
  path: string;
  settings: Fields;
}

/** Names in v1, then in v1beta1. */
const templateNames = ["podTemplate", "taskPodTemplate"];
const sizeNames = ["stepSpecs", "stepOverrides", "sidecarSpecs", "sidecarOverrides"];

/** All that a run says of pods. */
function settingsOf({ object, kind, path }: Placed): RunSettings[] {
  if (kind !== "TaskRun" && kind !== "PipelineRun") return [];
  const spec = fields(object.spec);
  return [
    { path: `${path}spec`, settings: spec },
    ...gather(["taskRunTemplate"], (name) => [{ path: `${path}spec.${name}`, settings: fields(spec[name]) }]),
    ...gather(["taskRunSpecs"], (name) =>
      gather(items(spec[name]), (settings, i) => [{ path: `${path}spec.${name}[${i}]`, settings }]),
    ),
  ];
}

/** What a run says of one task: a TaskRun all of it, a PipelineRun by the task's name. Throws where that isn't known yet. */
function settingsFor(task: Fields, { object, kind }: Placed): Fields[] {
  const spec = fields(object.spec);
  if (kind === "TaskRun") return [spec];
  if (kind !== "PipelineRun") return [];
  return items(spec.taskRunSpecs).filter(({ pipelineTaskName }) => pipelineTaskName === task.name);
}

/** What a PipelineRun says of all tasks. Throws where that isn't known yet. */
const sharedSettings = ({ object, kind }: Placed): Fields[] =>
  kind === "PipelineRun" ? [fields(fields(object.spec).taskRunTemplate), fields(object.spec)] : [];

type Parts = Pick<Pod, "object" | "kind" | "partial" | "templated">;

/**
 * One for what the object says of all its pods, which get its labels and annotations; one for each template of pods in a run; and one for
 * each task, which shares the security context of the run that it stands in.
 */
export function podsOfTekton(placed: Placed): Pod[] {
  const { object, kind, path, shapes } = placed;
  const parts = { object, kind, partial: true, templated: true };
  const templates = gather(gather([placed], settingsOf), (run) =>
    gather(templateNames, (name) => (name in run.settings ? [templatePod(parts, run, name)] : [])),
  );
  const tasks = gather(shapes, (shape) =>
    shape.kind === "pod" && "steps" in shape.spec ? [taskPod(parts, shape, placed)] : [],
  );
  return [wholePod(parts, path), ...templates, ...tasks];
}

function wholePod(parts: Parts, path: string): Pod {
  const { object, kind } = parts;
  return podOf({
    ...{ ...parts, path: `${path}spec`, spec: {}, holder: object, holderPath: path },
    get containers() {
      // Whoever refers to the action says what it needs.
      const resources = () => undefined;
      return kind === "StepAction" ? [containerAt(fields(object.spec), `${path}spec`, { resources })] : [];
    },
  });
}

function templatePod(parts: Parts, { settings, path }: RunSettings, name: string): Pod {
  const where = `${path}.${name}`;
  return podOf({
    ...{ ...parts, path: where, holder: settings, holderPath: `${path}.`, containers: [] },
    get spec() {
      return over(fields(settings[name]), () => ({
        serviceAccountName: settings.serviceAccountName ?? settings.taskServiceAccountName,
      }));
    },
    get environments() {
      return [containerAt({ env: fields(settings[name]).env }, where)];
    },
  });
}

function taskPod(parts: Parts, { path, spec, holder }: PodShape, placed: Placed): Pod {
  const settings = () => settingsFor(holder, placed);
  return podOf({
    ...{ ...parts, path, spec, holder: spec, holderPath: `${path}.` },
    get security() {
      const all = [...settings(), ...sharedSettings(placed)];
      const contexts = all.flatMap((run) => templateNames.map((name) => fields(run[name]).securityContext));
      return fields(contexts.find((context) => context !== undefined && context !== null));
    },
    get containers() {
      return containersIn(spec, path).map((container) => ({
        ...container,
        resources: () => mergedOver(sizeIn(settings(), container, path), () => fields(container.resources())),
      }));
    },
    get environments() {
      return [containerAt(fields(spec.stepTemplate), `${path}.stepTemplate`)];
    },
  });
}

/** What a run says that a step or a sidecar needs; or else what it says of the task, which its steps share. */
function sizeIn(settings: readonly Fields[], { container, path }: Container, task: string): Fields {
  const ofOne = settings.flatMap((run) =>
    sizeNames.flatMap((list) => items(run[list]).filter(({ name }) => name === container.name)),
  );
  const ofAll = path.startsWith(`${task}.steps[`) ? settings : [];
  return fields(
    [...ofOne, ...ofAll].map(({ computeResources }) => computeResources).find((size) => size !== undefined),
  );
}
