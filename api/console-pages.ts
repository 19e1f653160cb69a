// Pages of the console that others link to, as paths of its own address.

export const CONSOLE_PAGES = {
  /** Everything that waits or runs. */
  list: "/",
  /** Every gate that waits for the visitor, over all their tenants. */
  inbox: "/inbox",
  workload: (namespace: string, name: string): string =>
    `/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
  /** Where a person answers at its gate, with the evidence. */
  gate: (namespace: string, name: string): string =>
    `/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/gate`,
} as const;

/** The address of a page of the console that answers at this URL. */
export const consolePage = (consoleUrl: string, path: string): string => `${consoleUrl.replace(/\/+$/, "")}${path}`;
