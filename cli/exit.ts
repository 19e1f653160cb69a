// Exit codes, which scripts and CI go by.

export const EXIT = {
  /** The request was refused, or no answer came. */
  refused: 1,
  /** The arguments are wrong. */
  usage: 2,
  /** `--wait`: the workload has failed. */
  failed: 3,
  /** `--wait`: the workload was denied. */
  denied: 4,
  /** `--wait`: the time ran out first. */
  timeout: 5,
  /** `doctor`: something is wrong. */
  unhealthy: 6,
} as const;

/** Ends the command with an exit code; what is to say has been said. */
export class Ended extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}
