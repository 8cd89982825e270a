/**
 * Coroutines for scripts, in Lua: a part of the sandbox. A hook is of one coroutine alone, so each is given the one that ends a script after its
 * time, and loses it when it is done.
 */
export const COROUTINES = String.raw`
-- ---- coroutines

local create, resume, status = coroutine.create, coroutine.resume, coroutine.status
local threads = setmetatable({}, { __mode = 'k' })

local function create_watched(f, name)
  local is_done, thread = pcall(create, f)
  if not is_done then error('bad argument #1 to \'' .. name .. '\' (Lua function expected)', 3) end
  threads[thread] = true
  sethook(thread, watch, '', STEPS)
  return thread
end

local function resumed(thread, ...)
  if status(thread) == 'dead' then
    threads[thread] = nil
    sethook(thread)
  end
  go_on()
  return ...
end

local function passed_on(is_done, ...)
  if is_done then return ... end
  error((...), 3)
end

local coroutines = { running = coroutine.running, status = status, yield = coroutine.yield }

function coroutines.create(f)
  local thread = create_watched(f, 'create')
  return thread
end

function coroutines.resume(thread, ...)
  if type(thread) ~= 'thread' then error('bad argument #1 to \'resume\' (coroutine expected)', 2) end
  return resumed(thread, resume(thread, ...))
end

function coroutines.wrap(f)
  local thread = create_watched(f, 'wrap')
  return function(...) return passed_on(resumed(thread, resume(thread, ...))) end
end

-- Those that a script has left alone.
local function forget_coroutines()
  for thread in next, threads do
    threads[thread] = nil
    sethook(thread)
  end
end
`;
