/**
 * Read-only scripts. They see every key at one moment, and take a batch of keys in one command: a tenth of the cost of
 * TYPE, GET or DUMP, and PEXPIRETIME for each key. A missing key gives null.
 */
function script(ofString: string, ofOther: string): string {
  return `local found = {}
for i, key in ipairs(KEYS) do
  local name = redis.call('TYPE', key).ok
  if name == 'none' then
    found[i] = false
  elseif name == 'string' then
    found[i] = {name, ${ofString}, redis.call('PEXPIRETIME', key)}
  else
    found[i] = {name, ${ofOther}, redis.call('PEXPIRETIME', key)}
  end
end
return found`;
}

/** For each key: its type, digest (see State) and expiry. */
export const LOOK = script("redis.sha1hex(redis.call('GET', key))", "string.sub(redis.call('DUMP', key), -8)");

/** For each key: its type, its bytes (of other types than strings, its DUMP) and expiry. */
export const READ = script("redis.call('GET', key)", "redis.call('DUMP', key)");
