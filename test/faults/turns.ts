/** One thing at a time happens to a part, in the order in which they were asked for: a restart takes longer than was drawn. */
export class Turns {
  private readonly lasts = new Map<string, Promise<void>>();

  /** Resolves once all of the parts are free. Returns what frees them. */
  async take(parts: readonly string[]): Promise<() => void> {
    const before = parts.map((part) => this.lasts.get(part));
    let free: () => void = () => {};
    const mine = new Promise<void>((resolve) => {
      free = resolve;
    });
    for (const part of parts) this.lasts.set(part, mine);
    await Promise.all(before);
    return free;
  }
}
