/** When how many writes were acknowledged. Times are milliseconds. */
export class Trace {
  private readonly entries: { readonly at: number; readonly count: number }[] = [];

  add(count: number, at = Date.now()): void {
    this.entries.push({ at, count });
  }

  private between(from: number, to: number) {
    return this.entries.filter(({ at }) => at >= from && at <= to);
  }

  total(from: number, to: number): number {
    return this.between(from, to).reduce((sum, { count }) => sum + count, 0);
  }

  perSecond(from: number, to: number): number {
    return this.total(from, to) / ((to - from) / 1000);
  }

  /** The longest time without an acknowledgement, in seconds, the ends of the interval counted in. */
  longestGap(from: number, to: number): number {
    let longest = 0;
    let last = from;
    for (const at of [...this.between(from, to).map((entry) => entry.at), to]) {
      longest = Math.max(longest, at - last);
      last = at;
    }
    return longest / 1000;
  }
}
