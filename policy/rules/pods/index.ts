// Rules about pods: Pod Security restricted, and what keeps them running.
import type { Rule } from "../../rule.ts";
import { accountTokenDefault } from "./account-token-default.ts";
import { barePods } from "./bare-pods.ts";
import { breakGlass } from "./break-glass.ts";
import { capabilities } from "./capabilities.ts";
import { hostNamespaces } from "./host-namespaces.ts";
import { hostPorts } from "./host-ports.ts";
import { imagePinned } from "./image-pinned.ts";
import { imageRegistries } from "./image-registries.ts";
import { interactive } from "./interactive.ts";
import { kernelSettings } from "./kernel-settings.ts";
import { namespaceSecurity } from "./namespace-security.ts";
import { privilegeEscalation } from "./privilege-escalation.ts";
import { privileged } from "./privileged.ts";
import { probeHosts } from "./probe-hosts.ts";
import { probes } from "./probes.ts";
import { readOnlyRoot } from "./read-only-root.ts";
import { resources } from "./resources.ts";
import { runAsNonRoot } from "./run-as-non-root.ts";
import { seccomp } from "./seccomp.ts";
import { securityModules } from "./security-modules.ts";
import { serviceAccountToken } from "./service-account-token.ts";
import { spread } from "./spread.ts";
import { volumeTypes } from "./volume-types.ts";

export const pods: readonly Rule[] = [
  hostNamespaces,
  hostPorts,
  probeHosts,
  volumeTypes,
  privileged,
  privilegeEscalation,
  capabilities,
  runAsNonRoot,
  seccomp,
  securityModules,
  kernelSettings,
  readOnlyRoot,
  namespaceSecurity,
  serviceAccountToken,
  accountTokenDefault,
  imagePinned,
  imageRegistries,
  breakGlass,
  resources,
  probes,
  spread,
  barePods,
  interactive,
];
