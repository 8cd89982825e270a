import { aclCommand } from './acl/index.js';
import { appendCommand } from './append.js';
import { authCommand } from './auth.js';
import { bitcountCommand } from './bitcount.js';
import { bitfieldCommand } from './bitfield.js';
import { bitfieldRoCommand } from './bitfield_ro.js';
import { bitopCommand } from './bitop.js';
import { bitposCommand } from './bitpos.js';
import { clientCommand } from './client/index.js';
import { commandCommand } from './command/index.js';
import { CommandTable } from './command-table.js';
import { configCommand } from './config/index.js';
import { copyCommand } from './copy.js';
import { dbsizeCommand } from './dbsize.js';
import { decrCommand } from './decr.js';
import { decrbyCommand } from './decrby.js';
import { delCommand } from './del.js';
import { discardCommand } from './discard.js';
import { dumpCommand } from './dump/dump.js';
import { restoreCommand } from './dump/restore.js';
import { echoCommand } from './echo.js';
import { evalCommand } from './eval.js';
import { evalRoCommand } from './eval_ro.js';
import { evalshaCommand } from './evalsha.js';
import { evalshaRoCommand } from './evalsha_ro.js';
import { execCommand } from './exec.js';
import { existsCommand } from './exists.js';
import { expireCommand } from './expire.js';
import { expireatCommand } from './expireat.js';
import { expiretimeCommand } from './expiretime.js';
import { flushallCommand } from './flushall.js';
import { flushdbCommand } from './flushdb.js';
import { functionCommand } from './function/index.js';
import { getCommand } from './get.js';
import { getbitCommand } from './getbit.js';
import { getdelCommand } from './getdel.js';
import { getexCommand } from './getex.js';
import { getrangeCommand } from './getrange.js';
import { getsetCommand } from './getset.js';
import { hdelCommand } from './hash/hdel.js';
import { hexistsCommand } from './hash/hexists.js';
import { hgetCommand } from './hash/hget.js';
import { hgetallCommand } from './hash/hgetall.js';
import { hincrbyCommand } from './hash/hincrby.js';
import { hincrbyfloatCommand } from './hash/hincrbyfloat.js';
import { hkeysCommand } from './hash/hkeys.js';
import { hlenCommand } from './hash/hlen.js';
import { hmgetCommand } from './hash/hmget.js';
import { hmsetCommand } from './hash/hmset.js';
import { hrandfieldCommand } from './hash/hrandfield.js';
import { hscanCommand } from './hash/hscan.js';
import { hsetCommand } from './hash/hset.js';
import { hsetnxCommand } from './hash/hsetnx.js';
import { hstrlenCommand } from './hash/hstrlen.js';
import { hvalsCommand } from './hash/hvals.js';
import { helloCommand } from './hello.js';
import { incrCommand } from './incr.js';
import { incrbyCommand } from './incrby.js';
import { incrbyfloatCommand } from './incrbyfloat.js';
import { infoCommand } from './info/index.js';
import { keysCommand } from './keys.js';
import { latencyCommand } from './latency/index.js';
import { lcsCommand } from './lcs.js';
import { memoryCommand } from './memory/index.js';
import { mgetCommand } from './mget.js';
import { mnemeCommand } from './mneme.js';
import { monitorCommand } from './monitor.js';
import { moveCommand } from './move.js';
import { msetCommand } from './mset.js';
import { msetnxCommand } from './msetnx.js';
import { multiCommand } from './multi.js';
import { objectCommand } from './object/index.js';
import { persistCommand } from './persist.js';
import { pexpireCommand } from './pexpire.js';
import { pexpireatCommand } from './pexpireat.js';
import { pexpiretimeCommand } from './pexpiretime.js';
import { pingCommand } from './ping.js';
import { psetexCommand } from './psetex.js';
import { psubscribeCommand } from './psubscribe.js';
import { pttlCommand } from './pttl.js';
import { publishCommand } from './publish.js';
import { pubsubCommand } from './pubsub/index.js';
import { punsubscribeCommand } from './punsubscribe.js';
import { quitCommand } from './quit.js';
import { randomkeyCommand } from './randomkey.js';
import { renameCommand } from './rename.js';
import { renamenxCommand } from './renamenx.js';
import { resetCommand } from './reset.js';
import { roleCommand } from './role.js';
import { scanCommand } from './scan.js';
import { scriptCommand } from './script/index.js';
import { selectCommand } from './select.js';
import { saddCommand } from './set/sadd.js';
import { scardCommand } from './set/scard.js';
import { sdiffCommand } from './set/sdiff.js';
import { sdiffstoreCommand } from './set/sdiffstore.js';
import { sinterCommand } from './set/sinter.js';
import { sintercardCommand } from './set/sintercard.js';
import { sinterstoreCommand } from './set/sinterstore.js';
import { sismemberCommand } from './set/sismember.js';
import { smembersCommand } from './set/smembers.js';
import { smismemberCommand } from './set/smismember.js';
import { smoveCommand } from './set/smove.js';
import { spopCommand } from './set/spop.js';
import { srandmemberCommand } from './set/srandmember.js';
import { sremCommand } from './set/srem.js';
import { sscanCommand } from './set/sscan.js';
import { sunionCommand } from './set/sunion.js';
import { sunionstoreCommand } from './set/sunionstore.js';
import { setCommand } from './set.js';
import { setbitCommand } from './setbit.js';
import { setexCommand } from './setex.js';
import { setnxCommand } from './setnx.js';
import { setrangeCommand } from './setrange.js';
import { slowlogCommand } from './slowlog/index.js';
import { zaddCommand } from './sorted-set/zadd.js';
import { zcardCommand } from './sorted-set/zcard.js';
import { zcountCommand } from './sorted-set/zcount.js';
import { zdiffCommand } from './sorted-set/zdiff.js';
import { zdiffstoreCommand } from './sorted-set/zdiffstore.js';
import { zincrbyCommand } from './sorted-set/zincrby.js';
import { zinterCommand } from './sorted-set/zinter.js';
import { zintercardCommand } from './sorted-set/zintercard.js';
import { zinterstoreCommand } from './sorted-set/zinterstore.js';
import { zlexcountCommand } from './sorted-set/zlexcount.js';
import { zmpopCommand } from './sorted-set/zmpop.js';
import { zmscoreCommand } from './sorted-set/zmscore.js';
import { zpopmaxCommand } from './sorted-set/zpopmax.js';
import { zpopminCommand } from './sorted-set/zpopmin.js';
import { zrandmemberCommand } from './sorted-set/zrandmember.js';
import { zrangeCommand } from './sorted-set/zrange.js';
import { zrangebylexCommand } from './sorted-set/zrangebylex.js';
import { zrangebyscoreCommand } from './sorted-set/zrangebyscore.js';
import { zrangestoreCommand } from './sorted-set/zrangestore.js';
import { zrankCommand } from './sorted-set/zrank.js';
import { zremCommand } from './sorted-set/zrem.js';
import { zremrangebylexCommand } from './sorted-set/zremrangebylex.js';
import { zremrangebyrankCommand } from './sorted-set/zremrangebyrank.js';
import { zremrangebyscoreCommand } from './sorted-set/zremrangebyscore.js';
import { zrevrangeCommand } from './sorted-set/zrevrange.js';
import { zrevrangebylexCommand } from './sorted-set/zrevrangebylex.js';
import { zrevrangebyscoreCommand } from './sorted-set/zrevrangebyscore.js';
import { zrevrankCommand } from './sorted-set/zrevrank.js';
import { zscanCommand } from './sorted-set/zscan.js';
import { zscoreCommand } from './sorted-set/zscore.js';
import { zunionCommand } from './sorted-set/zunion.js';
import { zunionstoreCommand } from './sorted-set/zunionstore.js';
import { sortCommand } from './sorting/sort.js';
import { sortRoCommand } from './sorting/sort_ro.js';
import { spublishCommand } from './spublish.js';
import { ssubscribeCommand } from './ssubscribe.js';
import { strlenCommand } from './strlen.js';
import { subscribeCommand } from './subscribe.js';
import { substrCommand } from './substr.js';
import { sunsubscribeCommand } from './sunsubscribe.js';
import { swapdbCommand } from './swapdb.js';
import { timeCommand } from './time.js';
import { touchCommand } from './touch.js';
import { ttlCommand } from './ttl.js';
import { typeCommand } from './type.js';
import { unlinkCommand } from './unlink.js';
import { unsubscribeCommand } from './unsubscribe.js';
import { unwatchCommand } from './unwatch.js';
import { waitCommand } from './wait.js';
import { watchCommand } from './watch.js';

/** Every command of a node's port. */
export const COMMANDS = new CommandTable([
  aclCommand,
  appendCommand,
  authCommand,
  bitcountCommand,
  bitfieldCommand,
  bitfieldRoCommand,
  bitopCommand,
  bitposCommand,
  clientCommand,
  commandCommand,
  configCommand,
  copyCommand,
  dbsizeCommand,
  decrCommand,
  decrbyCommand,
  delCommand,
  discardCommand,
  dumpCommand,
  echoCommand,
  evalCommand,
  evalRoCommand,
  evalshaCommand,
  evalshaRoCommand,
  execCommand,
  existsCommand,
  expireCommand,
  expireatCommand,
  expiretimeCommand,
  flushallCommand,
  flushdbCommand,
  functionCommand,
  getCommand,
  getbitCommand,
  getdelCommand,
  getexCommand,
  getrangeCommand,
  getsetCommand,
  hdelCommand,
  helloCommand,
  hexistsCommand,
  hgetCommand,
  hgetallCommand,
  hlenCommand,
  hmsetCommand,
  hsetCommand,
  hincrbyCommand,
  hincrbyfloatCommand,
  hkeysCommand,
  hmgetCommand,
  hrandfieldCommand,
  hscanCommand,
  hsetnxCommand,
  hstrlenCommand,
  hvalsCommand,
  incrCommand,
  incrbyCommand,
  incrbyfloatCommand,
  infoCommand,
  keysCommand,
  latencyCommand,
  lcsCommand,
  memoryCommand,
  mgetCommand,
  mnemeCommand,
  monitorCommand,
  moveCommand,
  msetCommand,
  msetnxCommand,
  multiCommand,
  objectCommand,
  persistCommand,
  pexpireCommand,
  pexpireatCommand,
  pexpiretimeCommand,
  pingCommand,
  psetexCommand,
  psubscribeCommand,
  pttlCommand,
  publishCommand,
  pubsubCommand,
  punsubscribeCommand,
  quitCommand,
  randomkeyCommand,
  renameCommand,
  renamenxCommand,
  resetCommand,
  restoreCommand,
  roleCommand,
  saddCommand,
  scanCommand,
  scardCommand,
  scriptCommand,
  sdiffCommand,
  sdiffstoreCommand,
  selectCommand,
  setCommand,
  setbitCommand,
  setexCommand,
  setnxCommand,
  setrangeCommand,
  sinterCommand,
  sintercardCommand,
  sinterstoreCommand,
  sismemberCommand,
  slowlogCommand,
  smembersCommand,
  smismemberCommand,
  smoveCommand,
  sortCommand,
  sortRoCommand,
  spopCommand,
  spublishCommand,
  srandmemberCommand,
  sremCommand,
  sscanCommand,
  ssubscribeCommand,
  strlenCommand,
  subscribeCommand,
  substrCommand,
  sunionCommand,
  sunionstoreCommand,
  sunsubscribeCommand,
  swapdbCommand,
  timeCommand,
  touchCommand,
  ttlCommand,
  typeCommand,
  unlinkCommand,
  unsubscribeCommand,
  unwatchCommand,
  waitCommand,
  watchCommand,
  zaddCommand,
  zcardCommand,
  zcountCommand,
  zdiffCommand,
  zdiffstoreCommand,
  zincrbyCommand,
  zinterCommand,
  zintercardCommand,
  zinterstoreCommand,
  zlexcountCommand,
  zmpopCommand,
  zmscoreCommand,
  zpopmaxCommand,
  zpopminCommand,
  zrandmemberCommand,
  zrangeCommand,
  zrangebylexCommand,
  zrangebyscoreCommand,
  zrangestoreCommand,
  zrankCommand,
  zremCommand,
  zremrangebylexCommand,
  zremrangebyrankCommand,
  zremrangebyscoreCommand,
  zrevrangeCommand,
  zrevrangebylexCommand,
  zrevrangebyscoreCommand,
  zrevrankCommand,
  zscanCommand,
  zscoreCommand,
  zunionCommand,
  zunionstoreCommand,
]);
