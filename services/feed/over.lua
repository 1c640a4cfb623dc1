-- Over: take events that have ended out of `events`, and news that is no longer breaking out of `breaking`; count and
-- announce it.
--
-- KEYS 1 indexed  2 versions  3 due  4 stream `lists`  5 prefix of lists
-- ARGV 1 site  2 now_ms
-- Returns list, id and the time it was due, for each, flat.
local indexed, versions, due, stream, prefix = unpack(KEYS)
local site, now_ms = ARGV[1], ARGV[2]
local LEAVES = {event = 'events', breaking = 'breaking'}
local ended, changed, is_changed = {}, {}, {}
local found = redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'WITHSCORES')
for i = 1, #found, 2 do
  local kind, id = string.match(found[i], '^(%l+):(.+)$')
  local name = LEAVES[kind]
  if name then
    local record = redis.call('HGET', indexed, id)
    if record then
      record = string.gsub(record, '\n' .. name .. ' %S+', '')
      if kind == 'event' then record = string.gsub(record, '^(%S+ %S+) %S+', '%1 -') end
      redis.call('HSET', indexed, id, record)
    end
    redis.call('ZREM', prefix .. name, id)
    redis.call('ZREM', due, found[i])
    ended[#ended + 1] = name
    ended[#ended + 1] = id
    ended[#ended + 1] = found[i + 1]
    if not is_changed[name] then
      is_changed[name] = true
      changed[#changed + 1] = name
    end
  end
end
if #changed > 0 then announce(versions, stream, site, changed, '', '', now_ms, '') end
return ended
