-- One step in Redis. KEYS: the book. ARGV: the request, the prefix of the wake-ups' channels, and
-- the milliseconds for which the book is kept.

-- Before Redis 7 a script that has read the clock may write only so.
if redis.replicate_commands then redis.replicate_commands() end

-- Empty where the user may not ask.
local function run_id()
  local told = redis.pcall('INFO', 'server')
  return type(told) == 'string' and string.match(told, 'run_id:(%w+)') or ''
end

local time = redis.call('TIME')
local clock = {
  now = tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000), run = run_id(), forgets = true,
}
local kept = redis.call('GET', KEYS[1])
local book, reply, woken = step(kept and cjson.decode(kept), cjson.decode(ARGV[1]), clock)
if book then redis.call('SET', KEYS[1], cjson.encode(book), 'PX', ARGV[3]) end
for _, name in ipairs(woken) do
  redis.call('PUBLISH', ARGV[2] .. name, '')
end
return cjson.encode(reply)
