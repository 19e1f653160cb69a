// Random passwords and tokens by generations: the one in use, and beside it the one before while a rotation runs.
import type * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { type DataProtection, dataOptions } from "../data/protection.ts";
import { firstGeneration, generationName, type Rotation } from "./generation.ts";

/** A value with its generation. */
export interface Version {
  generation: number;
  value: pulumi.Output<string>;
}

/** A value in all its generations that are good. */
export interface Credential {
  /** What clients are given. */
  current: Version;
  /** What servers take besides. */
  previous?: Version;
}

export interface CredentialArgs {
  /** Letters and digits. */
  length: number;
  /** Default: the first generation alone. */
  rotation?: Rotation;
  /** Of the generation in use. Default `delete`. */
  protection?: DataProtection;
}

/** Registers a random value for each generation that is good: another generation is another resource, and so another value. */
export function randomCredential(
  name: string,
  { length, rotation = firstGeneration, protection }: CredentialArgs,
  options: pulumi.CustomResourceOptions = {},
): Credential {
  const version = (generation: number, more: pulumi.CustomResourceOptions = {}): Version => ({
    generation,
    value: new RandomPassword(generationName(name, generation), { length, special: false }, { ...options, ...more })
      .result,
  });
  const { generation, keepPrevious } = rotation;
  // The deployer deletes the one before at the rotation's end, and deletes nothing that is protected.
  const current = version(generation, dataOptions(protection));
  return keepPrevious ? { current, previous: version(generation - 1) } : { current };
}

/** The generations that are good, the one in use first. */
export function versions({ current, previous }: Credential): Version[] {
  return previous ? [current, previous] : [current];
}

/** The same generations of another value that is made of this one. */
export function mapCredential(
  { current, previous }: Credential,
  make: (value: pulumi.Output<string>) => pulumi.Output<string>,
): Credential {
  const mapped = ({ generation, value }: Version) => ({ generation, value: make(value) });
  return { current: mapped(current), ...(previous ? { previous: mapped(previous) } : {}) };
}
