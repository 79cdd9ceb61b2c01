/** Adds what an action took to the milliseconds kept under a name. */
export async function timed<T>(
  timing: Record<string, number>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    timing[name] = Math.round(performance.now() - started);
  }
}
