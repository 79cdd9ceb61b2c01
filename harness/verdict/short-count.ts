/** A big number as a person reads it: 1234, 6.6e4, 2.25e15. */
export function shortCount(count: bigint): string {
  const digits = count.toString();
  if (digits.length <= 5) return digits;
  return `${digits[0]}.${digits.slice(1, 3)}e${digits.length - 1}`;
}
