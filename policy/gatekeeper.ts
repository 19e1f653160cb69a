// What stands for each constraint of Gatekeeper's library here: rules of the pack, controls at admission, or the reason why nothing does.

/** The library's state that the table is of; it has no releases, so this is the commit, with each template's own version below. */
export const library = {
  url: "https://github.com/open-policy-agent/gatekeeper-library",
  commit: "5c441fb6",
  date: "20 July 2026",
} as const;

/** What the API server or a webhook holds to, whoever applies an object. */
export const controls = {
  podSecurity: "Pod Security `restricted` of every namespace",
  imagePolicies: "the [policy controller](image-signing.md), in tenants' namespaces",
  quota: "each namespace's ResourceQuota",
  limitRange: "each namespace's LimitRange",
} as const;

/** A constraint template of the library. */
export interface Constraint {
  /** As Gatekeeper calls it in the cluster. */
  kind: string;
  /** Of the template, from its annotation. */
  version: string;
  /** Names of the rules that refuse what it refuses. */
  policies: readonly string[];
  admission?: readonly (keyof typeof controls)[];
  /** Where the two judge differently, or why nothing here does what it does. */
  note?: string;
}

const pods = { admission: ["podSecurity"] } as const;

/** By its folder in the library. */
export const constraints: Readonly<Record<string, Constraint>> = {
  "general/allowedrepos": {
    ...{ kind: "K8sAllowedRepos", version: "1.0.2", policies: ["image-registries"], admission: ["imagePolicies"] },
    note: "`docker.io/library` is on the list unless the setting `registries` says otherwise. A registry is its whole name or a path in it, not any text that begins so.",
  },
  "general/allowedreposv2": {
    ...{ kind: "K8sAllowedReposv2", version: "1.0.0", policies: ["image-registries"], admission: ["imagePolicies"] },
    note: "As above; `*` stands for one part of a name.",
  },
  "general/automount-serviceaccount-token": {
    kind: "K8sPSPAutomountServiceAccountTokenPod",
    ...{ version: "1.0.1", policies: ["service-account-token", "account-token-default"] },
    note: "A pod with a service account of its own may have its token.",
  },
  "general/block-endpoint-edit-default-role": {
    ...{ kind: "K8sBlockEndpointEditDefaultRole", version: "1.0.0", policies: ["rbac-endpoints"] },
    note: "Every role is judged, by the groups that have the resource; the library looks at one role's name. Kubernetes itself has given that role no such right since 1.22.",
  },
  "general/block-loadbalancer-services": {
    ...{ kind: "K8sBlockLoadBalancer", version: "1.0.0", policies: ["exposed-services"], admission: ["quota"] },
    note: "But for the gateway's.",
  },
  "general/block-nodeport-services": {
    ...{ kind: "K8sBlockNodePort", version: "1.0.0", policies: ["exposed-services"], admission: ["quota"] },
    note: "But for a local cluster's own ports.",
  },
  "general/block-wildcard-ingress": { kind: "K8sBlockWildcardIngress", version: "1.0.1", policies: ["ingress-hosts"] },
  "general/containerlimits": {
    ...{ kind: "K8sContainerLimits", version: "1.1.0", policies: ["resources"], admission: ["limitRange", "quota"] },
    note: "A limit for memory is required, one for cpu not: it slows a container that harms nobody. What a namespace takes together is the quota's.",
  },
  "general/containerrequests": {
    ...{ kind: "K8sContainerRequests", version: "1.0.1", policies: ["resources"], admission: ["limitRange"] },
    note: "There is no most that one container may ask for.",
  },
  "general/containerresourceratios": {
    ...{ kind: "K8sContainerRatios", version: "1.0.1", policies: [] },
    note: "Not judged: requests are what was measured and limits what a peak needs, and how far these are apart is the program's own. A LimitRange with `maxLimitRequestRatio` holds a namespace to a ratio.",
  },
  "general/containerresources": {
    ...{ kind: "K8sRequiredResources", version: "1.0.1", policies: ["resources"], admission: ["limitRange"] },
    note: "Requests for cpu and memory and a limit for memory; there is no choice.",
  },
  "general/disallowanonymous": {
    ...{ kind: "K8sDisallowAnonymous", version: "1.1.0", policies: ["rbac-named-subjects"] },
    note: "`system:authenticated` and all service accounts are refused, too. An exception is by the binding (`except`), not by the role.",
  },
  "general/disallowedrepos": {
    ...{ kind: "K8sDisallowedRepos", version: "1.0.0", policies: ["image-registries"] },
    note: "By what the list leaves out.",
  },
  "general/disallowedtags": {
    ...{ kind: "K8sDisallowedTags", version: "1.0.2", policies: ["image-pinned"], admission: ["imagePolicies"] },
    note: "The tags that move are listed, and a whole major version is one. An exception is by the object, not by the image.",
  },
  "general/disallowinteractive": { kind: "K8sDisallowInteractiveTTY", version: "1.0.0", policies: ["interactive"] },
  "general/ephemeralstoragelimit": {
    ...{ kind: "K8sContainerEphemeralStorageLimit", version: "1.0.2", policies: [], admission: ["limitRange"] },
    note: "The LimitRange gives every container that says nothing a limit of 2 GiB.",
  },
  "general/externalip": {
    ...{ kind: "K8sExternalIPs", version: "1.0.0", policies: ["external-ips"] },
    note: "No address is allowed, and no external name.",
  },
  "general/horizontalpodautoscaler": {
    ...{ kind: "K8sHorizontalPodAutoscaler", version: "1.0.1", policies: ["replica-limits", "autoscaler-targets"] },
  },
  "general/httpsonly": {
    ...{ kind: "K8sHttpsOnly", version: "1.0.2", policies: ["tls-routes"] },
    note: "TLS is never optional. The annotation `allow-http` is asked of an Ingress that GKE serves; other controllers don't read it. Gateways are judged, too.",
  },
  "general/imagedigests": {
    ...{ kind: "K8sImageDigests", version: "1.0.1", policies: ["image-pinned"], admission: ["imagePolicies"] },
    note: "With the setting `digests`. The policy controller writes the digest that it checked into the pod.",
  },
  "general/noupdateserviceaccount": {
    ...{ kind: "NoUpdateServiceAccount", version: "1.0.1", policies: [] },
    note: "Not judged: a program has no user who updates. [Rights](rbac.md) say who may change what makes pods; tenants' users may not.",
  },
  "general/poddisruptionbudget": {
    ...{ kind: "K8sPodDisruptionBudget", version: "1.0.4", policies: ["disruption-budgets"] },
    note: "A workload with several replicas must have a budget.",
  },
  "general/replicalimits": { kind: "K8sReplicaLimits", version: "1.0.2", policies: ["replica-limits"] },
  "general/requiredannotations": {
    ...{ kind: "K8sRequiredAnnotations", version: "1.0.1", policies: ["required-metadata"] },
    note: "With its setting. What the platform itself asks for has rules of its own, such as `backups`.",
  },
  "general/requiredlabels": {
    ...{ kind: "K8sRequiredLabels", version: "1.1.2", policies: ["required-metadata", "owner-labels", "cloud-labels"] },
    note: "With its setting; namespaces need owner and cost center without any.",
  },
  "general/requiredprobes": {
    ...{ kind: "K8sRequiredProbes", version: "1.0.1", policies: ["probes", "bare-pods"] },
    note: "Asked of what serves. A pod by itself may be a task that ends; `bare-pods` refuses it.",
  },
  "general/storageclass": {
    ...{ kind: "K8sStorageClass", version: "1.1.2", policies: ["volume-class"] },
    note: "A claim may leave the class to the cluster's default.",
  },
  "general/uniqueingresshost": { kind: "K8sUniqueIngressHost", version: "1.0.4", policies: ["unique-hosts"] },
  "general/uniqueserviceselector": {
    ...{ kind: "K8sUniqueServiceSelector", version: "1.0.2", policies: [] },
    note: "Not judged: two Services for the same pods are how a StatefulSet has names for single pods beside an address for all. `service-selectors` finds those for no pods.",
  },
  "general/verifydeprecatedapi": {
    ...{ kind: "VerifyDeprecatedAPI", version: "1.0.0", policies: ["deprecated-apis"] },
    note: "By what Kubernetes 1.35 no longer serves; the library's lists end with 1.29.",
  },
  "pod-security-policy/allow-privilege-escalation": {
    kind: "K8sPSPAllowPrivilegeEscalationContainer",
    ...{ version: "1.1.1", policies: ["privilege-escalation"], ...pods },
  },
  "pod-security-policy/apparmor": {
    ...{ kind: "K8sPSPAppArmor", version: "1.1.1", policies: ["security-modules"], ...pods },
    note: "A pod's profile is judged even where each container has one of its own.",
  },
  "pod-security-policy/capabilities": {
    ...{ kind: "K8sPSPCapabilities", version: "1.1.3", policies: ["capabilities"], ...pods },
    note: "As the library's parameters for the level restricted.",
  },
  "pod-security-policy/flexvolume-drivers": {
    ...{ kind: "K8sPSPFlexVolumes", version: "1.0.1", policies: ["volume-types"], ...pods },
    note: "No driver is allowed.",
  },
  "pod-security-policy/forbidden-sysctls": {
    ...{ kind: "K8sPSPForbiddenSysctls", version: "1.2.1", policies: ["kernel-settings"], ...pods },
    note: "Those that Kubernetes calls safe are allowed.",
  },
  "pod-security-policy/fsgroup": {
    ...{ kind: "K8sPSPFSGroup", version: "1.1.0", policies: [] },
    note: "Not judged: the group owns the pod's own volumes and reaches nothing of the node; Pod Security has no rule for it either.",
  },
  "pod-security-policy/host-filesystem": {
    ...{ kind: "K8sPSPHostFilesystem", version: "1.1.2", policies: ["volume-types", "volume-hosts"], ...pods },
    note: "No path is allowed; PersistentVolumes are judged, too.",
  },
  "pod-security-policy/host-namespaces": {
    ...{ kind: "K8sPSPHostNamespace", version: "1.1.1", policies: ["host-namespaces"], ...pods },
  },
  "pod-security-policy/host-network-ports": {
    kind: "K8sPSPHostNetworkingPorts",
    ...{ version: "1.1.5", policies: ["host-namespaces", "host-ports"], ...pods },
    note: "No port is allowed.",
  },
  "pod-security-policy/host-probes-lifecycle": {
    ...{ kind: "K8sPSPHostProbesLifecycle", version: "1.0.1", policies: ["probe-hosts"], ...pods },
  },
  "pod-security-policy/host-process": {
    ...{ kind: "K8sPSPHostProcess", version: "1.0.1", policies: ["security-modules"], ...pods },
  },
  "pod-security-policy/privileged-containers": {
    ...{ kind: "K8sPSPPrivilegedContainer", version: "1.1.3", policies: ["privileged"], ...pods },
  },
  "pod-security-policy/proc-mount": {
    ...{ kind: "K8sPSPProcMount", version: "1.1.3", policies: ["kernel-settings"], ...pods },
  },
  "pod-security-policy/read-only-root-filesystem": {
    ...{ kind: "K8sPSPReadOnlyRootFilesystem", version: "1.1.1", policies: ["read-only-root"] },
  },
  "pod-security-policy/seccomp": {
    ...{ kind: "K8sPSPSeccomp", version: "1.1.0", policies: ["seccomp"], ...pods },
    note: "By the field alone: Kubernetes no longer reads the annotations. A profile of the node is allowed.",
  },
  "pod-security-policy/seccompv2": { kind: "K8sPSPSeccompV2", version: "1.0.1", policies: ["seccomp"], ...pods },
  "pod-security-policy/selinux": {
    ...{ kind: "K8sPSPSELinuxV2", version: "1.0.4", policies: ["security-modules"], ...pods },
    note: "The types of containers are allowed; user and role are not.",
  },
  "pod-security-policy/users": {
    ...{ kind: "K8sPSPAllowedUsers", version: "1.0.3", policies: ["run-as-non-root"], ...pods },
    note: "Any user but root; ranges of users and groups are not judged.",
  },
  "pod-security-policy/volumes": {
    ...{ kind: "K8sPSPVolumeTypes", version: "1.0.3", policies: ["volume-types"], ...pods },
  },
};
