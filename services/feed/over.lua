-- Over: take events that have ended out of `events`, and news that is no longer breaking out of `breaking`; put what
-- resurfaces on top of its lists; count and announce it.
--
-- KEYS 1 indexed  2 versions  3 due  4 stream `lists`  5 prefix of lists
-- ARGV 1 site  2 now_ms  3 day  4 midnight_ms  5 day_end_ms
-- Returns list (`events`, `breaking`, or `resurfaced`), id and the time it was due, for each, flat.
local indexed, versions, due, stream, prefix = unpack(KEYS)
local site, now_ms, day, midnight_ms, day_end_ms = unpack(ARGV)
local LEAVES = {event = 'events', breaking = 'breaking'}
local ended, changed, is_changed = {}, {}, {}
local found = redis.call('ZRANGEBYSCORE', due, '-inf', now_ms, 'WITHSCORES')
local function touch(name)
  if not is_changed[name] then changed[#changed + 1] = name end
  is_changed[name] = true
end

-- Its record has said so since it was placed; from now on the sets do, too. Nothing stands on a page twice.
local function resurface(id)
  local _, _, _, scores = read_record(redis.call('HGET', indexed, id) or '0 - -')
  for name, score in pairs(scores) do
    if shown_in(name) ~= name and not waits(name, score, now_ms) then
      redis.call('ZADD', prefix .. name, score, id)
      touch(shown_in(name))
    end
  end
  local score = redis.call('ZSCORE', prefix .. 'resurfaced:recent', id)
  if score and tonumber(score) >= tonumber(midnight_ms) and redis.call('ZSCORE', prefix .. 'mixed', id) then
    leave_mixed(prefix, id, site, day, midnight_ms)
    if redis.call('ZSCORE', due, 'mixed') == day_end_ms then keep_mixed(prefix, day) end
    touch('mixed')
  end
end

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
    touch(name)
  elseif kind == 'resurface' then
    resurface(id)
  end
  if name or kind == 'resurface' then
    redis.call('ZREM', due, found[i])
    ended[#ended + 1] = name or 'resurfaced'
    ended[#ended + 1] = id
    ended[#ended + 1] = found[i + 1]
  end
end
if #changed > 0 then announce(versions, stream, site, changed, '', '', now_ms, '') end
return ended
