// What a process of this machine takes, looked at from outside.
import { readFileSync } from "node:fs";
import { statOf } from "../../../embedded/node/host.ts";

/** MiB of resident memory, now and at most. */
export interface Memory {
  now: number;
  peak: number;
}

/** The memory that a process holds and has held. Throws where there is no such process. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

/** Processor seconds that a process has used, of its own and the kernel's work for it. Throws where there is no such process. */
export function cpuOf(pid: number): number {
  // utime and stime, in the kernel's hundredths of a second.
  const [user, system] = statOf(pid).slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}
