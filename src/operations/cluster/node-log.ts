import { withClient } from '../../admin/client/client.js';
import { OperatorError } from '../../core/model/errors.js';
import { advice, quoteWord } from '../../hints/advice.js';

/**
 * Where a node that runs writes its log, on its own machine.
 * @throws OperatorError `not-reachable`; `refused` where it goes into no file
 */
export async function logFileOfNode(address: string): Promise<string> {
  const { self } = await withClient(address, (client) => client.call('STATUS', {})).catch(withoutNode);
  if (self.logFile !== undefined && self.logFile !== null) return self.logFile;
  throw new OperatorError(
    'refused',
    `the log of ${self.name} goes into no file: it was not started with --detach`,
    advice(
      `mneme events --follow --node ${quoteWord(address)}`,
      `Whoever started it has the log: of a systemd unit, journalctl _PID=${self.pid}.`,
    ),
  );
}

// ---

/** Why it ended is in its log. */
function withoutNode(error: unknown): never {
  if (!(error instanceof OperatorError) || error.code !== 'not-reachable') throw error;
  const hint = 'Of a node that does not run: mneme node log --dir PATH, with its data directory.';
  throw new OperatorError('not-reachable', error.message, hint, { cause: error });
}
