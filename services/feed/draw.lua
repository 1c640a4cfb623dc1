-- Draw: at local midnight the mixed box gets other articles. Whoever asks first draws; the next is told so.
-- `due` says until when the box in `mixed` holds, so two processes never draw twice and a slow clock never goes back.
--
-- KEYS 1 teasers  2 versions  3 due  4 stream `lists`  5 prefix of lists
-- ARGV 1 site  2 now_ms  3 day  4 midnight_ms  5 day_end_ms  6 '1' = also back to an earlier day (rebuild --as-of)
-- Returns 1 when the box changed.
local teasers, versions, due, stream, prefix = unpack(KEYS)
local site, now_ms, day, midnight_ms, day_end_ms, may_go_back = unpack(ARGV)
local mixed = prefix .. 'mixed'
local holds_until = redis.call('ZSCORE', due, 'mixed')
if holds_until and tonumber(holds_until) > tonumber(day_end_ms) and may_go_back ~= '1' then return 0 end

local before = table.concat(redis.call('ZRANGE', mixed, 0, -1), ' ')
if holds_until ~= day_end_ms or may_go_back == '1' then
  redis.call('DEL', mixed)
  if redis.call('COPY', prefix .. 'mixed:' .. day, mixed) == 1 then redis.call('PERSIST', mixed) end  -- drawn before
  for _, id in ipairs(redis.call('ZRANGE', mixed, 0, -1)) do
    if redis.call('HEXISTS', teasers, id) == 0 then redis.call('ZREM', mixed, id) end
  end
end
fill_mixed(prefix, site .. ':' .. day, midnight_ms)
if redis.call('EXISTS', mixed) == 1 then redis.call('ZADD', due, day_end_ms, 'mixed') end  -- else: when there are articles

if table.concat(redis.call('ZRANGE', mixed, 0, -1), ' ') == before then
  if redis.call('EXISTS', prefix .. 'mixed:' .. day) == 0 then keep_mixed(prefix, day) end
  return 0
end
keep_mixed(prefix, day)
announce(versions, stream, site, {'mixed'}, '', '', now_ms, '')
return 1
