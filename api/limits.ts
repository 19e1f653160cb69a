// Limits that follow from what carries a run's values: the kernel's arguments and environment, and etcd's objects.

/** Bytes that Linux takes for one argument or environment variable, with its name, `=` and final NUL (MAX_ARG_STRLEN). */
const KERNEL_STRING_BYTES = 131_072;

/** Room for a variable's name of 255 bytes, `=` and NUL. */
const NAME_BYTES = 257;

/** Bytes of UTF-8 that one parameter's value may have, whatever environment variable or argument a step takes it in. */
export const MAX_VALUE_BYTES = KERNEL_STRING_BYTES - NAME_BYTES;

/** Bytes of all parameters of a run together: engines store them some four times in an object of at most 1.5 MiB. */
export const MAX_PARAMETERS_BYTES = 262_144;

/** CEL: the bytes of a list of strings as JSON, where no character of theirs needs an escape. */
export const CEL_JSON_LIST_BYTES = "self.map(text, size(bytes(text)) + 3).sum() + 1";

/** Bytes that one value of `spec.parameters` may have, as text or JSON: a template takes what is longer from an artifact. */
export const MAX_GIVEN_VALUE_BYTES = 65_536;

/** Bytes of all of `spec.parameters` together, names included. */
export const MAX_GIVEN_PARAMETERS_BYTES = 131_072;

/** Characters of the name of one of `spec.parameters`. */
export const MAX_PARAMETER_NAME = 253;

/** UTF-16 units of a person's reason, question or reply at a gate; the operator cuts what is longer. */
export const MAX_REASON = 512;

/** Questions that are asked back at the gate of one run. */
export const MAX_QUESTIONS = 10;

/** Bytes of a workload's labels, annotations, finalizers and owners together: the API server alone would take 1.5 MiB. */
export const MAX_METADATA_BYTES = 32_768;
