import { container } from '../subcommand.js';
import { pubsubChannelsCommand } from './channels.js';
import { pubsubNumpatCommand } from './numpat.js';
import { pubsubNumsubCommand } from './numsub.js';
import { pubsubShardchannelsCommand } from './shardchannels.js';
import { pubsubShardnumsubCommand } from './shardnumsub.js';

export const pubsubCommand = container('pubsub', [
  pubsubChannelsCommand,
  pubsubNumpatCommand,
  pubsubNumsubCommand,
  pubsubShardchannelsCommand,
  pubsubShardnumsubCommand,
]);
