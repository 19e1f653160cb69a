// The kinds of fields in the AgentWorkload schema: CEL rules, patterns, durations, quantities.
import { type TSchemaOptions, Type } from "typebox";

/** A CEL rule as Kubernetes evaluates it at admission. `fieldPath` says where the error points. */
export interface CelRule {
  rule: string;
  message: string;
  fieldPath?: string;
  reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired";
}

/** Key under which a schema carries its CEL rules, in TypeBox as in a CRD. */
export const CEL = "x-kubernetes-validations";

export function cel(...rules: CelRule[]): TSchemaOptions {
  return { [CEL]: rules };
}

/** Longest duration that any field takes, in hours. */
export const MAX_HOURS = 168;

/** Job ids: their characters are safe in labels, object keys and thread ids. */
export const JOB_ID_PATTERN = "^[a-zA-Z0-9_-]{1,63}$";

/**
 * http(s), a host without user info, no blanks and controls, no braces (braces are the templates' substitution syntax).
 * Nothing in it needs an escape in JSON.
 */
export const URL_PATTERN =
  '^https?://[^\\s\\x00-\\x1f\\x7f/?#@\\\\{}"<>^`|]+([/?#][^\\s\\x00-\\x1f\\x7f\\\\{}"<>^`|]*)?$';

const DURATION_PATTERN = "^([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$";
const QUANTITY_PATTERN = "^[0-9]{1,9}(\\.[0-9]{1,3})?(m|k|Ki|M|Mi|G|Gi)?$";
export const KEY_SEGMENT = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

/** Argo replaces `{{…}}` everywhere, in values too, so text from users must not contain it. */
export const NO_TEMPLATE_TAG: CelRule = {
  rule: "!self.contains('{{')",
  message: "must not contain '{{', because the workflow engine would substitute it",
};

/** The kubelet replaces `$(NAME)` in variables and arguments, after every check of the text has passed. */
export const NO_VARIABLE: CelRule = {
  rule: "!self.contains('$(')",
  message: "must not contain '$(', because the kubelet would put a variable in its place",
};

/** A duration of more than 0 s and at most {@link MAX_HOURS}, with its default if there is one. */
export function duration(description: string, byDefault?: string) {
  return Type.String({
    description,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    minLength: 2,
    maxLength: 24,
    pattern: DURATION_PATTERN,
    ...cel({
      rule: `self.matches('^([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$') && size(self) > 1 && duration(self) > duration('0s') && duration(self) <= duration('${MAX_HOURS}h')`,
      message: `must be a duration of more than 0s and at most ${MAX_HOURS}h, such as 90s, 30m or 1h30m`,
    }),
  });
}

/** A quantity of Kubernetes, such as 500m or 1Gi. */
export function quantity(description: string) {
  return Type.Optional(Type.String({ description, maxLength: 20, pattern: QUANTITY_PATTERN }));
}
