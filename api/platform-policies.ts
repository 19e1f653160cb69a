// The admission policies that every platform with an operator and an engine has.
import { API_GROUP } from "./names.ts";

/**
 * Names of the ValidatingAdmissionPolicies, in no order: who looks at an installation from outside goes by them. Those that only some configs
 * have, such as a sandbox's, aren't among them.
 */
export const PLATFORM_POLICIES: readonly string[] = [
  "access-bindings",
  "access-requests",
  "access-timers",
  "approval",
  "cronworkflows",
  "editing",
  "engine",
  "gates",
  "image-volumes",
  "namespaces",
  "scheduled",
  "schedules",
  "sizes",
  "workflows",
  "workflowtemplates",
].map((name) => `${name}.${API_GROUP}`);
