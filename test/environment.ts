// Runs before each file of tests whose worker goes on to another file: what one sets of the process' environment goes with it.
import { afterAll } from "vitest";

const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
