// Addresses of the page Start: a tenant's catalogue, a template's form, the form of a workload that is run again.
import { PAGES } from "../../contract.ts";

export const startAddress = (tenant: string, template?: string): string =>
  `${PAGES.start}?${new URLSearchParams({ tenant, ...(template ? { template } : {}) })}`;

export const againAddress = (tenant: string, name: string): string =>
  `${PAGES.start}?${new URLSearchParams({ tenant, again: name })}`;
