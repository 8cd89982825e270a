import { appendCommand } from './append.js';
import { authCommand } from './auth.js';
import { clientCommand } from './client/index.js';
import { commandCommand } from './command/index.js';
import { CommandTable } from './command-table.js';
import { configCommand } from './config/index.js';
import { dbsizeCommand } from './dbsize.js';
import { decrCommand } from './decr.js';
import { decrbyCommand } from './decrby.js';
import { delCommand } from './del.js';
import { discardCommand } from './discard.js';
import { echoCommand } from './echo.js';
import { execCommand } from './exec.js';
import { existsCommand } from './exists.js';
import { expireCommand } from './expire.js';
import { expireatCommand } from './expireat.js';
import { expiretimeCommand } from './expiretime.js';
import { flushallCommand } from './flushall.js';
import { flushdbCommand } from './flushdb.js';
import { getCommand } from './get.js';
import { getdelCommand } from './getdel.js';
import { getexCommand } from './getex.js';
import { getsetCommand } from './getset.js';
import { helloCommand } from './hello.js';
import { incrCommand } from './incr.js';
import { incrbyCommand } from './incrby.js';
import { infoCommand } from './info.js';
import { keysCommand } from './keys.js';
import { mgetCommand } from './mget.js';
import { mnemeCommand } from './mneme.js';
import { msetCommand } from './mset.js';
import { msetnxCommand } from './msetnx.js';
import { multiCommand } from './multi.js';
import { persistCommand } from './persist.js';
import { pexpireCommand } from './pexpire.js';
import { pexpireatCommand } from './pexpireat.js';
import { pexpiretimeCommand } from './pexpiretime.js';
import { pingCommand } from './ping.js';
import { psetexCommand } from './psetex.js';
import { pttlCommand } from './pttl.js';
import { quitCommand } from './quit.js';
import { randomkeyCommand } from './randomkey.js';
import { resetCommand } from './reset.js';
import { scanCommand } from './scan.js';
import { selectCommand } from './select.js';
import { setCommand } from './set.js';
import { setexCommand } from './setex.js';
import { setnxCommand } from './setnx.js';
import { strlenCommand } from './strlen.js';
import { timeCommand } from './time.js';
import { touchCommand } from './touch.js';
import { ttlCommand } from './ttl.js';
import { typeCommand } from './type.js';
import { unlinkCommand } from './unlink.js';
import { unwatchCommand } from './unwatch.js';
import { waitCommand } from './wait.js';
import { watchCommand } from './watch.js';

/** Every command of a node's port. */
export const COMMANDS = new CommandTable([
  appendCommand,
  authCommand,
  clientCommand,
  commandCommand,
  configCommand,
  dbsizeCommand,
  decrCommand,
  decrbyCommand,
  delCommand,
  discardCommand,
  echoCommand,
  execCommand,
  existsCommand,
  expireCommand,
  expireatCommand,
  expiretimeCommand,
  flushallCommand,
  flushdbCommand,
  getCommand,
  getdelCommand,
  getexCommand,
  getsetCommand,
  helloCommand,
  incrCommand,
  incrbyCommand,
  infoCommand,
  keysCommand,
  mgetCommand,
  mnemeCommand,
  msetCommand,
  msetnxCommand,
  multiCommand,
  persistCommand,
  pexpireCommand,
  pexpireatCommand,
  pexpiretimeCommand,
  pingCommand,
  psetexCommand,
  pttlCommand,
  quitCommand,
  randomkeyCommand,
  resetCommand,
  scanCommand,
  selectCommand,
  setCommand,
  setexCommand,
  setnxCommand,
  strlenCommand,
  timeCommand,
  touchCommand,
  ttlCommand,
  typeCommand,
  unlinkCommand,
  unwatchCommand,
  waitCommand,
  watchCommand,
]);
