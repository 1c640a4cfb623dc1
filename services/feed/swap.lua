-- Swap: lists that were built anew take the place of the old ones, all at once; whoever reads sees the one or the other.
-- Articles that were placed anew while the others were built are newer in the old lists, and are taken over from there.
--
-- KEYS 1 indexed  2 teasers  3 versions  4 due  5 stream `lists`  6 prefix of lists  7 changed
--      8 new indexed  9 new teasers  10 new due  11 prefix of new lists
-- ARGV 1 site  2 now_ms  3 sequence at which the building began  4… names of the new lists
local indexed, teasers, versions, due, stream, prefix, changed = unpack(KEYS, 1, 7)
local new_indexed, new_teasers, new_due, new_prefix = unpack(KEYS, 8, 11)
local site, now_ms, since = ARGV[1], ARGV[2], ARGV[3]
local NAMES_AN_ENTRY = 100

local built = {}
for i = 4, #ARGV do built[ARGV[i]] = true end

-- 1. take over what was placed meanwhile
for _, id in ipairs(redis.call('ZRANGEBYSCORE', changed, '(' .. since, '+inf')) do
  local record = redis.call('HGET', indexed, id)
  if record then
    local seq, _, over, scores = read_record(record)
    local new_seq, new_scores, _ = 0, {}, nil
    local new_record = redis.call('HGET', new_indexed, id)
    if new_record then new_seq, _, _, new_scores = read_record(new_record) end
    if seq > new_seq then
      for name in pairs(new_scores) do redis.call('ZREM', new_prefix .. name, id) end
      for name, score in pairs(scores) do
        if not waits(name, score, now_ms) then redis.call('ZADD', new_prefix .. name, score, id) end
        built[shown_in(name)] = true
      end
      redis.call('HSET', new_indexed, id, record)
      local teaser = redis.call('HGET', teasers, id)
      if teaser then redis.call('HSET', new_teasers, id, teaser) else redis.call('HDEL', new_teasers, id) end
      redis.call('ZREM', new_due, 'event:' .. id)
      if over ~= '-' then redis.call('ZADD', new_due, over, 'event:' .. id) end
      redis.call('ZREM', new_due, 'breaking:' .. id)
      redis.call('ZREM', new_due, 'resurface:' .. id)
      local resurfaces = scores['resurfaced:recent']
      if resurfaces and waits('resurfaced:recent', resurfaces, now_ms) then
        redis.call('ZADD', new_due, resurfaces, 'resurface:' .. id)
      end
      if scores['breaking'] then redis.call('ZADD', new_due, scores['breaking'], 'breaking:' .. id) end
    end
  end
end
local waiting = redis.call('ZRANGE', due, 0, -1, 'WITHSCORES')
for i = 1, #waiting, 2 do  -- files, and until when the mixed box holds
  local kind = string.match(waiting[i], '^%l+')
  if kind ~= 'event' and kind ~= 'breaking' and kind ~= 'resurface' then redis.call('ZADD', new_due, waiting[i + 1], waiting[i]) end
end

-- 2. swap
local function replace(old, new)
  redis.call('UNLINK', old)
  if redis.call('EXISTS', new) == 1 then redis.call('RENAME', new, old) end
end
for _, name in ipairs(redis.call('HKEYS', versions)) do
  if name ~= 'mixed' then built[name] = true end
end
for name in pairs(built) do
  replace(prefix .. name, new_prefix .. name)
  replace(prefix .. 'resurfaced:' .. name, new_prefix .. 'resurfaced:' .. name)
end
replace(indexed, new_indexed)
replace(teasers, new_teasers)
replace(due, new_due)

-- 3. tell everybody
local names = {}
for name in pairs(built) do
  names[#names + 1] = name
  if #names == NAMES_AN_ENTRY then
    announce(versions, stream, site, names, '', '', now_ms, '')
    names = {}
  end
end
if #names > 0 then announce(versions, stream, site, names, '', '', now_ms, '') end
