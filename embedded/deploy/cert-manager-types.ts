// Which types of resources are cert-manager's.
const prefix = "kubernetes:cert-manager.io/";

/** Whether a resource is one of cert-manager's. */
export const isCertManager = (type: string): boolean => type.startsWith(prefix);
