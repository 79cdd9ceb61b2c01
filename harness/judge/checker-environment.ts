/** What a one-shot checker finds in its environment, wherever it runs; names are API. */
export function checkerEnvironment(
  { directory, acks }: { directory: string; acks: readonly string[] },
  stateFile: string,
): Record<string, string> {
  return {
    PLUGPULL_STATE: stateFile,
    PLUGPULL_DIR: directory,
    PLUGPULL_ACKS: String(acks.length),
    PLUGPULL_LAST_ACK: acks.at(-1) ?? '',
  };
}
