// Reads a resource's reference to its provider.

/** The URN in a provider reference `urn::id`; "" for the default provider. */
export const urnOfProvider = (provider: string): string => provider.split("::").slice(0, -1).join("::");
