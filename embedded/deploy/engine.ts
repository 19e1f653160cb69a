// Types of a program's run: the program, its options, and the engine that answers its requests.
import type { StackConfig } from "./config/config.ts";
import type { Registration } from "./registration.ts";
import type { Properties } from "./values.ts";

/** The result of a registration. */
export interface Registered {
  /** "" where it isn't known yet. */
  id: string;
  outputs: Properties;
  /** The resource, or a dependency of it, could not be made: the program goes on with what doesn't need it. */
  failed?: boolean;
}

/** The engine's side of a run. */
export interface Engine {
  register(registration: Registration): Promise<Registered>;
  read(request: {
    urn: string;
    type: string;
    name: string;
    id: string;
    provider: string;
    inputs: Properties;
  }): Promise<Properties>;
  /** Outputs of a component or of the stack. */
  outputs(urn: string, outputs: Properties): void;
  log(severity: "info" | "warning" | "error", message: string, urn: string): void;
}

/** A program and the stack it runs for. */
export interface Program {
  /** Folder of Pulumi.yaml. */
  directory: string;
  /** Its `main`, relative to the folder. */
  main: string;
  /** Arguments for node, before the program. */
  nodeArgs?: string[];
  project: string;
  stack: string;
  config: StackConfig;
}

/** How a program is run. */
export interface RunProgramOptions {
  /** Whether the program is told that it is a preview, so that outputs may be unknown. */
  dryRun: boolean;
  /** Ends it early. */
  signal?: AbortSignal;
  /** Whether registrations say where the program constructs them, which takes a fifth longer. */
  positions?: boolean;
}
