// Recognizes the resource types of cert-manager.
const prefix = "kubernetes:cert-manager.io/";

/** Whether a resource is one of cert-manager's. */
export const isCertManager = (type: string): boolean => type.startsWith(prefix);
