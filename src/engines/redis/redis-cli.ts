import { quoteWord } from '../../hints/advice.js';
import type { RedisTarget } from './target.js';

/** A command for an operator to paste, to this server. Where there are several servers, it says of none. */
export function redisCli({ kind, host, port, socketPath, tls }: RedisTarget, ...words: readonly string[]): string {
  const way = kind !== 'single' ? [] : socketPath === '' ? ['-h', host, '-p', String(port)] : ['-s', socketPath];
  const line = [
    'redis-cli',
    ...way.map((word) => (word.startsWith('-') ? word : quoteWord(word))),
    ...(tls ? ['--tls'] : []),
  ];
  return [...line, ...words.map(quoteWord)].join(' ');
}
