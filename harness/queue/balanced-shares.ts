/**
 * Shares of work that take about the same time, known before it begins.
 *
 * The longest piece goes first, to whom has least to do (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: at most
 * a third longer than the best that is possible). A piece that is not known takes as long as the known ones do on average.
 */

/**
 * @param durations of each piece, in any unit; null: not known
 * @returns which of `count` shares each is in, from 0; the same whoever asks
 */
export function balancedShares(durations: readonly (number | null)[], count: number): number[] {
  const known = durations.filter((duration) => duration !== null);
  const usual = known.length === 0 ? 1 : known.reduce((sum, duration) => sum + duration, 0) / known.length;
  const pieces = durations.map((duration, piece) => ({ piece, duration: duration ?? usual }));
  const loads = Array.from({ length: count }, () => 0);
  const owners = durations.map(() => 0);
  for (const { piece, duration } of pieces.sort((a, b) => b.duration - a.duration || a.piece - b.piece)) {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest]! += duration;
    owners[piece] = lightest;
  }
  return owners;
}
