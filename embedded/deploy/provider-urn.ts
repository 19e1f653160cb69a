// How a resource names its provider.

/** URN of `urn::id`; "" for the default provider. */
export const urnOfProvider = (provider: string): string => provider.split("::").slice(0, -1).join("::");
