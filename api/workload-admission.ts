// Admission for what a CRD's schema can't bound or freeze of an AgentWorkload: free-form parameters and metadata.
import { admissionPolicy, oursByPlural } from "./admission.ts";
import { MAX_GIVEN_PARAMETERS_BYTES, MAX_GIVEN_VALUE_BYTES, MAX_METADATA_BYTES, MAX_PARAMETER_NAME } from "./limits.ts";
import { AGENT_WORKLOAD, API_GROUP } from "./names.ts";

/** CEL: the bytes of any value as text. Lists and maps are written much as JSON is, however deep they are. */
const bytesOf = (value: string) => `size(bytes("%s".format([${value}])))`;

/** Variables and checks of how large the parameters of the workload's spec at that path are, and the object's metadata. */
export function sizeRules(spec: string) {
  const parameters = "variables.parameters";
  const path = `${spec}.parameters`;
  return {
    variables: [
      { name: "parameters", expression: `object.${spec}.?parameters.orValue({})` },
      {
        name: "sameParameters",
        expression: `oldObject != null && oldObject.${spec}.?parameters.orValue({}) == ${parameters}`,
      },
      { name: "metadataBytes", expression: metadataBytes("object") },
    ],
    validations: [
      {
        expression: `variables.sameParameters || ${parameters}.all(key, size(key) <= ${MAX_PARAMETER_NAME})`,
        message: `${path}: a parameter's name has at most ${MAX_PARAMETER_NAME} characters`,
      },
      {
        expression: `variables.sameParameters || ${parameters}.all(key, ${bytesOf(`${parameters}[key]`)} <= ${MAX_GIVEN_VALUE_BYTES})`,
        messageExpression: `"${path}: " + ${parameters}.filter(key, ${bytesOf(`${parameters}[key]`)} > ${MAX_GIVEN_VALUE_BYTES}).join(", ") + ": a value has at most ${MAX_GIVEN_VALUE_BYTES} bytes (UTF-8); pass what is longer as an artifact"`,
      },
      {
        expression: `variables.sameParameters || ${bytesOf(parameters)} <= ${MAX_GIVEN_PARAMETERS_BYTES}`,
        messageExpression: `"${path}: they have " + string(${bytesOf(parameters)}) + " bytes together, at most ${MAX_GIVEN_PARAMETERS_BYTES} are taken; pass what is longer as an artifact"`,
      },
      {
        expression: `variables.metadataBytes <= ${MAX_METADATA_BYTES} || (oldObject != null && variables.metadataBytes <= ${metadataBytes("oldObject")})`,
        messageExpression: `"metadata: labels, annotations, finalizers and owners have " + string(variables.metadataBytes) + " bytes together, at most ${MAX_METADATA_BYTES} are taken"`,
      },
    ],
  };
}

/**
 * The ValidatingAdmissionPolicy. The operator and etcd hold every workload, so one tenant's must not fill them for all. The
 * schema bounds each field with a type of its own; parameters may be any JSON, and metadata has no schema. An object
 * of before these limits may still change as long as what exceeds them doesn't.
 */
export function workloadSizePolicy() {
  const { variables, validations } = sizeRules("spec");
  return admissionPolicy({
    name: `sizes.${API_GROUP}`,
    resources: oursByPlural(AGENT_WORKLOAD.plural),
    variables,
    validations: [
      {
        expression:
          "variables.sameParameters || oldObject == null || !has(oldObject.status) || !has(oldObject.status.argoWorkflow)",
        message: "spec.parameters: the run has started, and they are immutable now; make a new AgentWorkload instead",
        reason: "Forbidden",
      },
      ...validations,
    ],
  });
}

function metadataBytes(object: string): string {
  const fields = [
    ["labels", "{}"],
    ["annotations", "{}"],
    ["finalizers", "[]"],
    ["ownerReferences", "[]"],
  ];
  return fields.map(([field, none]) => bytesOf(`${object}.metadata.?${field}.orValue(${none})`)).join(" + ");
}
