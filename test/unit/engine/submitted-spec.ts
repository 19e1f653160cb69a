// The status that the engine gives to a spec at its submission.
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Library, Workflow } from "../../../embedded/engine/core/types.ts";
import { workflow } from "./simulated-cluster.ts";

export const image = { image: "i" };
export const at = new Date("2026-01-01T00:00:00Z");

/** The parts of a spec come from people: they may be anything. */
export const status = (spec: object, library?: Library) =>
  advance(workflow(spec as Workflow["spec"]), [], at, library).status;

export const main = (template: object, more: object = {}) => ({
  entrypoint: "main",
  templates: [
    { name: "main", ...template },
    { name: "p", container: image },
  ],
  ...more,
});

export const task = (fields: object) =>
  main({
    dag: {
      tasks: [
        { name: "a", template: "p" },
        { name: "b", template: "p", ...fields },
      ],
    },
  });
