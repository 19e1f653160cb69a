// Reads a program's settings from environment variables, and gathers what is wrong with them.

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"];

/** The settings in an environment. An empty variable counts as absent; a wrong one is a sentence in `errors`, and its value is of no use. */
export class EnvironmentReader {
  readonly errors: string[] = [];
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  integer(name: string, byDefault: number, min: number, max: number): number {
    const text = this.#env[name] || String(byDefault);
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      this.errors.push(`${name} must be a whole number from ${min} to ${max}, got "${text}"`);
    return value;
  }

  /** `LOG_LEVEL`, by default info. */
  logLevel(): string {
    const level = this.#env.LOG_LEVEL || "info";
    if (!LOG_LEVELS.includes(level))
      this.errors.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}, got "${level}"`);
    return level;
  }
}
