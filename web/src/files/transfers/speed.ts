// What was moved over the last seconds: long enough to be calm, short enough to notice a change.
const span = 8_000;

/** How fast something moves, from samples of how far it is. */
export class Speed {
  #samples: [number, number][] = [];

  add(now: number, amount: number): void {
    this.#samples.push([now, amount]);
    while (this.#samples.length > 2 && now - this.#samples[0]![0] > span) this.#samples.shift();
  }

  reset(): void { this.#samples = []; }

  /** In a second; 0 while it is not known. */
  perSecond(now: number): number {
    const first = this.#samples[0];
    const last = this.#samples[this.#samples.length - 1];
    if (!first || !last || first === last) return 0;
    // A standstill counts: the time since the last sample is time in which nothing moved.
    const elapsed = Math.max(last[0], now) - first[0];
    return elapsed > 0 ? Math.max(0, (last[1] - first[1]) / elapsed * 1000) : 0;
  }
}

/** Seconds until `left` more are moved; undefined while nobody can know. */
export const secondsLeft = (left: number, perSecond: number): number | undefined => left <= 0 ? 0 : perSecond > 0 ? left / perSecond : undefined;
