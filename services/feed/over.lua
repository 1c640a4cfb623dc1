-- Over: take events that have ended out of `events`, count and announce it.
--
-- KEYS 1 indexed  2 versions  3 due  4 stream `lists`  5 prefix of lists
-- ARGV 1 site  2 now_ms
-- Returns id and the time it was due, for each, flat.
local indexed, versions, due, stream, prefix = unpack(KEYS)
local site, now_ms = ARGV[1], ARGV[2]
local ended = {}
local found = redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'WITHSCORES')
for i = 1, #found, 2 do
  local id = string.match(found[i], '^event:(.+)$')
  if id then
    local record = redis.call('HGET', indexed, id)
    if record then
      record = string.gsub(record, '\nevents %S+', '')
      redis.call('HSET', indexed, id, (string.gsub(record, '^(%S+ %S+) %S+', '%1 -')))
    end
    redis.call('ZREM', prefix .. 'events', id)
    redis.call('ZREM', due, found[i])
    ended[#ended + 1] = id
    ended[#ended + 1] = found[i + 1]
  end
end
if #ended > 0 then announce(versions, stream, site, {'events'}, '', '', now_ms, '') end
return ended
