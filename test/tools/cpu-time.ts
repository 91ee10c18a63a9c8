/**
 * Milliseconds of the processor that `work` takes in this process. For work that must stay linear: unlike the time on
 * the clock it does not grow when the machine is busy with something else.
 */
export function cpuMilliseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
