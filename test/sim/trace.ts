/** Everything that happened, as a hash; and as text where asked for. Two runs of a seed give one trace. */
export class Trace {
  readonly lines: string[] = [];
  private state = 0x811c9dc5;

  constructor(private readonly keeps: boolean) {}

  note(line: string): void {
    let hash = this.state;
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
    this.state = hash ^ (hash >>> 15);
    if (this.keeps) this.lines.push(line);
  }

  get hash(): string {
    return (this.state >>> 0).toString(16).padStart(8, '0');
  }
}
