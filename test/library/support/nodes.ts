import { afterEach } from '@jest/globals';
import { type MnemeNode, type OpenNodeOptions, openNode } from '../../../src/exports/index.js';

export const FREE_PORT = '127.0.0.1:0';

/** Opens nodes that are closed after each test, whatever becomes of it. */
export function openedNodes(): <V = string>(options?: Partial<OpenNodeOptions<V>>) => Promise<MnemeNode<V>> {
  const opened: MnemeNode<never>[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((node) => node.close()));
  });
  return async <V = string>(options: Partial<OpenNodeOptions<V>> = {}) => {
    const place = options.dir === undefined ? { memoryOnly: true } : {};
    const node = await openNode<V>({ name: 'a', listen: FREE_PORT, ...place, ...options });
    opened.push(node as unknown as MnemeNode<never>);
    return node;
  };
}

export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (performance.now() > endMs) throw new Error(`it did not come to it that ${what}`);
}
