import { container } from '../subcommand.js';
import { clientGetnameCommand } from './getname.js';
import { clientIdCommand } from './id.js';
import { clientInfoCommand } from './info.js';
import { clientListCommand } from './list.js';
import { clientNoEvictCommand } from './no-evict.js';
import { clientNoTouchCommand } from './no-touch.js';
import { clientSetinfoCommand } from './setinfo.js';
import { clientSetnameCommand } from './setname.js';

export const clientCommand = container('client', [
  clientGetnameCommand,
  clientIdCommand,
  clientInfoCommand,
  clientListCommand,
  clientNoEvictCommand,
  clientNoTouchCommand,
  clientSetinfoCommand,
  clientSetnameCommand,
]);
