-- Queue: put what is new in an endpoint's stream into its queue, and hand out what is due. Kills come first.
-- What is handed out is due again after the lease: who died with it has not delivered it.
--
-- KEYS 1 out stream  2 queue  3 endpoint
-- ARGV 1 now_ms  2 how many at most  3 lease_ms
-- Returns when the next is due (empty = nothing waits), the endpoint's failures in a row and since when, then for each
-- of those that are due: id, the number of this attempt, fields and values.
local out, queue, endpoint = unpack(KEYS)
local now, most, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local FILLED_AT_ONCE = 500

local cursor = redis.call('HGET', endpoint, 'cursor') or '0-0'
for _, row in ipairs(redis.call('XRANGE', out, '(' .. cursor, '+', 'COUNT', FILLED_AT_ONCE)) do
  cursor = row[1]
  local verb = ''
  for i = 1, #row[2], 2 do
    if row[2][i] == 'verb' then verb = row[2][i + 1] end
  end
  -- In the order of the stream, also within a millisecond; a double still holds 1/4096 of one.
  local ms, n = string.match(cursor, '^(%d+)-(%d+)$')
  local came = math.min(now, tonumber(ms)) - 1 + (tonumber(n) % 4096) / 4096
  redis.call('ZADD', queue, 'NX', verb == 'killed' and 0 or came, cursor)
end
redis.call('HSET', endpoint, 'cursor', cursor)

local state = redis.call('HMGET', endpoint, 'failures', 'failing_since')
if tonumber(state[1] or 0) > 0 then most = 1 end  -- one is enough to see whether it is back
local found = {}
local rests_until = tonumber(redis.call('HGET', endpoint, 'rests_until') or 0)
if rests_until <= now then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'LIMIT', 0, most)) do
    local row = redis.call('XRANGE', out, id, id)[1]
    if row then
      redis.call('ZADD', queue, now + lease, id)
      found[#found + 1] = {id, redis.call('HINCRBY', endpoint, 'attempt:' .. id, 1), row[2]}
    else  -- trimmed
      redis.call('ZREM', queue, id)
      redis.call('HDEL', endpoint, 'attempt:' .. id)
    end
  end
end
local next = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')[2]
if next and tonumber(next) < rests_until then next = rests_until end
return {next and string.format('%.0f', next) or '', state[1] or '0', state[2] or '0', found}
