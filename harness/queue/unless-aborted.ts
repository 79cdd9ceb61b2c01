/** Waits no longer for a Redis that is away once the user ends it all: null then, whatever becomes of the action. */
export async function unlessAborted<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T | null> {
  if (signal.aborted) return null;
  let stop = (): void => {};
  const aborted = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    signal.addEventListener('abort', stop, { once: true });
  });
  const acting = action();
  acting.catch(() => {});
  try {
    return await Promise.race([acting, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
