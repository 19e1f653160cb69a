// The pods that Argo creates from a workflow's templates.
import { attempt, gather } from "../unknown.ts";
import { type Fields, fields, mergedOver } from "../values.ts";
import { type Container, containersOf, type Pod, podOf } from "./pod.ts";
import type { Workflow } from "./workflows.ts";

/**
 * One for what the workflow says of all its pods, one for its templateDefaults, and one for each template; each has what
 * is wrong where it stands. The rules are Argo's: the defaults are merged into a template field by field, and a template's
 * securityContext then takes the place of the workflow's as a whole.
 */
export function podsOfWorkflow(workflow: Workflow): Pod[] {
  const { object, kind, spec, path } = workflow;
  const parts = { object, kind, partial: true, templated: true };
  const whole = podOf({
    ...{ ...parts, path, spec, containers: [], metadataPath: `${path}.podMetadata` },
    get metadata() {
      return fields(spec.podMetadata);
    },
  });
  const ofDefaults = (): Pod[] => {
    const defaults = fields(spec.templateDefaults);
    const where = `${path}.templateDefaults`;
    return Object.keys(defaults).length === 0
      ? []
      : [
          podOf({
            ...{ ...parts, path: where, spec: defaults, holder: defaults, holderPath: `${where}.` },
            get containers() {
              return addedContainers(defaults, where);
            },
          }),
        ];
  };
  const ofTemplates = (): Pod[] =>
    workflow.templates.map((templateAt) => {
      const { template, path: where } = templateAt;
      return podOf({
        ...{ ...parts, path: where, spec: template, holder: template, holderPath: `${where}.` },
        get security() {
          return securityOf(template, spec);
        },
        get containers() {
          return templateAt.containers;
        },
      });
    });
  return [whole, ...attempt(ofDefaults, []), ...attempt(ofTemplates, [])];
}

/** The containers that every pod gets in addition to its template's. */
const addedContainers = (defaults: Fields, path: string): Container[] =>
  gather(["initContainers", "sidecars"], (name) => containersOf(defaults, name, path));

function securityOf(template: Fields, workflow: Fields): Fields {
  const own = template.securityContext;
  const shared = fields(workflow.templateDefaults).securityContext;
  if (own === undefined && shared === undefined) return fields(workflow.securityContext);
  return mergedOver(fields(own), () => fields(shared));
}
