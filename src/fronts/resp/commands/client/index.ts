import { container } from '../subcommand.js';
import { clientGetnameCommand } from './getname.js';
import { clientGetredirCommand } from './getredir.js';
import { clientIdCommand } from './id.js';
import { clientInfoCommand } from './info.js';
import { clientKillCommand } from './kill.js';
import { clientListCommand } from './list.js';
import { clientNoEvictCommand } from './no-evict.js';
import { clientNoTouchCommand } from './no-touch.js';
import { clientPauseCommand } from './pause.js';
import { clientReplyCommand } from './reply.js';
import { clientSetinfoCommand } from './setinfo.js';
import { clientSetnameCommand } from './setname.js';
import { clientTrackinginfoCommand } from './trackinginfo.js';
import { clientUnblockCommand } from './unblock.js';
import { clientUnpauseCommand } from './unpause.js';

export const clientCommand = container('client', [
  clientGetnameCommand,
  clientGetredirCommand,
  clientIdCommand,
  clientInfoCommand,
  clientKillCommand,
  clientListCommand,
  clientNoEvictCommand,
  clientNoTouchCommand,
  clientPauseCommand,
  clientReplyCommand,
  clientSetinfoCommand,
  clientSetnameCommand,
  clientTrackinginfoCommand,
  clientUnblockCommand,
  clientUnpauseCommand,
]);
