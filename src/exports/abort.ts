/** Does `work` unless the signal is aborted, and waits for it until then. */
export async function whileWanted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let forget = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    forget = () => signal.removeEventListener('abort', onAbort);
  });
  const doing = work();
  // Nobody may be there any more to hear how it ended.
  doing.catch(() => {});
  return Promise.race([doing, aborted]).finally(forget);
}
