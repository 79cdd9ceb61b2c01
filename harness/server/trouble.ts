/** How a server goes wrong on a recovered directory. */
export type Trouble = 'does not start' | 'never gets ready' | 'crashes';

/** How the attending program says so, to whoever judges; a checker's own exit code is none of these. */
export const troubleCodes: Readonly<Record<Trouble, number>> = {
  'does not start': 241,
  'never gets ready': 242,
  crashes: 243,
};

export function troubleOf(exitCode: number): Trouble | null {
  const found = Object.entries(troubleCodes).find(([, code]) => code === exitCode);
  return found ? (found[0] as Trouble) : null;
}

/** How a server went wrong, in words for a finding: what, and nothing that differs from one time to the next. */
export class ServerTrouble extends Error {
  constructor(
    message: string,
    readonly trouble: Trouble,
  ) {
    super(message);
  }
}
