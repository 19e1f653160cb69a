// Shapes that several sections of the config share.
export const cidr = "^(\\d{1,3}\\.){3}\\d{1,3}/\\d{1,2}$";

/** A DNS label, as Kubernetes names things. */
export const dnsLabel = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";

/** Unknown fields are errors. */
export const closed = { additionalProperties: false } as const;
