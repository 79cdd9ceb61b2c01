/** Byte ranges, merged as they come. */
export class ByteRanges {
  private ranges: { from: number; to: number }[] = [];

  add(from: number, to: number): void {
    let low = from;
    let high = to;
    const apart: { from: number; to: number }[] = [];
    for (const range of this.ranges) {
      if (range.to < low || range.from > high) apart.push(range);
      else {
        low = Math.min(low, range.from);
        high = Math.max(high, range.to);
      }
    }
    apart.push({ from: low, to: high });
    this.ranges = apart;
  }

  covers(from: number, to: number): boolean {
    return this.ranges.some((range) => range.from <= from && range.to >= to);
  }
}
