/** What every builder is told beside what to build. */
export interface BuildOptions {
  signal?: AbortSignal | undefined;
  /** Told what is being done, as `what: how far`; the part before the colon changes with each step. */
  onStep?: ((step: string) => void) | undefined;
  /** Asks the archive for newer packages even when there is an image. */
  refresh?: boolean | undefined;
  mirror?: Mirror | undefined;
}

/** Where Debian packages come from. */
export interface Mirror {
  debian: string;
  security: string;
}

export const debianMirror: Mirror = {
  debian: 'http://deb.debian.org/debian',
  security: 'http://deb.debian.org/debian-security',
};
