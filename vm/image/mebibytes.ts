/** A size as people read it, with its unit: `0.3 MiB`, `61 MiB`. */
export function mebibytes(bytes: number): string {
  const mib = bytes / 2 ** 20;
  return `${mib < 10 ? mib.toFixed(1) : Math.round(mib)} MiB`;
}
