// Registers an admission policy and what puts it into force.
import { type admissionPolicy, bindingOf } from "@agentic/api/admission.ts";
import { ValidatingAdmissionPolicy } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy.js";
import { ValidatingAdmissionPolicyBinding } from "@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding.js";
import type * as pulumi from "@pulumi/pulumi";

/** Registers the policy with its binding; returns both, for what must not exist before the policy is in force. */
export function enforcePolicy(
  name: string,
  rules: ReturnType<typeof admissionPolicy>,
  child: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { metadata, spec } = rules;
  const policy = new ValidatingAdmissionPolicy(name, { metadata, spec: spec as never }, child);
  const binding = bindingOf(rules);
  return [
    policy,
    new ValidatingAdmissionPolicyBinding(
      name,
      { metadata: binding.metadata, spec: { ...binding.spec, policyName: policy.metadata.name } },
      child,
    ),
  ];
}
