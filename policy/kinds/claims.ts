// Rules over PersistentVolumeClaims: alone, or as templates in a StatefulSet, a workflow or a pod.
import type { CheckedRule, ResourceRule } from "../rule.ts";
import { each, gather } from "../unknown.ts";
import { at, type Fields, fields, items } from "../values.ts";
import { createsPods, podsIn } from "./holders.ts";
import { type Placed, placedRule } from "./nested.ts";
import { workflowsOf } from "./workflows.ts";

/** A claim's spec, with its path in the resource. */
interface Claim {
  path: string;
  spec: Fields;
}

/** A rule about each claim's spec. */
export const claimRule = ({ check, ...text }: CheckedRule<Claim>): ResourceRule =>
  placedRule({
    ...text,
    area: "data",
    appliesTo: (type) => type === claimType || createsPods(type),
    check: (placed, report, context) => each(claimsOf(placed), (claim) => check(claim, report, context)),
  });

const claimType = "kubernetes:core/v1:PersistentVolumeClaim";

function claimsOf(placed: Placed): Claim[] {
  const { object, type, kind, path } = placed;
  if (type === claimType) return [{ path: `${path}spec`, spec: fields(object.spec) }];
  return gather(
    [
      () => (kind === "StatefulSet" ? templatesIn(fields(object.spec), `${path}spec`) : []),
      () => gather(workflowsOf(placed), (workflow) => templatesIn(workflow.spec, workflow.path)),
      () => gather(podsIn(placed), (pod) => ephemeralIn(pod.spec, pod.path)),
    ],
    (find) => find(),
  );
}

const templatesIn = (spec: Fields, path: string): Claim[] =>
  gather(items(spec.volumeClaimTemplates), (claim, i) => [
    { path: `${path}.volumeClaimTemplates[${i}].spec`, spec: fields(claim.spec) },
  ]);

/** The claims of volumes that come and go with a pod. */
const ephemeralIn = (spec: Fields, path: string): Claim[] =>
  gather(items(spec.volumes), (volume, i) => {
    const template = at(volume, "ephemeral", "volumeClaimTemplate");
    if (template === undefined) return [];
    return [{ path: `${path}.volumes[${i}].ephemeral.volumeClaimTemplate.spec`, spec: fields(at(template, "spec")) }];
  });
