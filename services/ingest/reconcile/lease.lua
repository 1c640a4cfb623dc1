-- One worker at a time, and not before it is time: take, keep or give back the right to reconcile a source.
--
-- KEYS 1 lease  2 state     ARGV 1 take | keep | give  2 token  3 now_ms  4 ttl_ms  5 scope  6 due_ms  7 retry_ms
-- take: 1 when nobody holds it, this scope was last done before due_ms, and nobody asked for patience.
-- give: notes that the scope was done at now_ms, or, with retry_ms > 0, that nobody should try before then.
local what, token, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local holder = redis.call('GET', KEYS[1])
if what == 'take' then
  if holder then return 0 end
  local a = redis.call('HMGET', KEYS[2], 'done:' .. ARGV[5], 'retry:' .. ARGV[5])
  if a[1] and tonumber(a[1]) >= tonumber(ARGV[6]) then return 0 end
  if a[2] and tonumber(a[2]) > now and ARGV[7] ~= 'now' then return 0 end
  redis.call('SET', KEYS[1], token, 'PX', ARGV[4])
  return 1
end
if holder ~= token then return 0 end
if what == 'keep' then return redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
redis.call('DEL', KEYS[1])
if tonumber(ARGV[7]) > 0 then redis.call('HSET', KEYS[2], 'retry:' .. ARGV[5], ARGV[7])
elseif tonumber(ARGV[6]) > 0 then
  redis.call('HSET', KEYS[2], 'done:' .. ARGV[5], now)
  redis.call('HDEL', KEYS[2], 'retry:' .. ARGV[5])
end
return 1
