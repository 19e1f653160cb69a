// Looks into the platform's objects.
import { objects, type Registered } from "./program.ts";

export const find = (all: readonly Registered[], kind: string, name: string) =>
  objects(all, kind).find(({ metadata }) => metadata?.name === name);
