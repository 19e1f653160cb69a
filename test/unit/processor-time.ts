// How much work something is, whatever else the machine does meanwhile.

/** Milliseconds of processor time that this process has used since the returned function was made, at each call of it. */
export function processorTime(): () => number {
  const began = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  };
}
