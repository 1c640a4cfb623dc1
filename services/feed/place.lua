-- Place: put one version of an article into its lists, take it out of the others, count and announce what changed.
-- All of it or nothing: there is no moment between the index and its announcement.
--
-- KEYS 1 indexed  2 teasers  3 versions  4 due  5 stream `lists`  6 timeline  7 prefix of lists  8 pins
--      9 cancelled  10 gone  11 indexnow
-- ARGV 1 `site now_ms day midnight_ms day_end_ms`  2 id  3 record  4 teaser  5 received_ms  6 traceparent  7 state
--      8 the paths it ever had, the present one first, when search engines are to be told; else ''
-- Returns outcome, lists and months (space-separated).
local indexed, teasers, versions, due, stream, timeline, prefix, pins, cancelled, gone, indexnow = unpack(KEYS)
local context, id, record, teaser, received_ms, traceparent, state, paths = unpack(ARGV)
local site, now_ms, day, midnight_ms, day_end_ms = string.match(context, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
local NONE = '-'
local GONE_MS, NOTICED_MS = 30 * 86400 * 1000, 86400 * 1000  -- as gone.py has them
local INDEXNOW_MS = 10 * 1000  -- changes of so long are told together, and the pages are written by then
local NEWS_MS = 48 * 3600 * 1000  -- as formats/news_sitemap.py has it

-- Forget that an article was withdrawn; `told` is what was remembered of it.
local function forget_gone(gone, id, told)
  for name in string.gmatch(told, '\n(%S+)') do redis.call('ZREM', gone .. ':' .. name, id) end
  redis.call('ZREM', gone .. ':recent', id)
  redis.call('HDEL', gone, id)
end

-- 1. only what is newer
local seq, month, over, scores = read_record(record)
local old = redis.call('HGET', indexed, id)
local old_month, old_over, old_scores = NONE, NONE, {}
if old then
  local old_seq
  old_seq, old_month, old_over, old_scores = read_record(old)
  if old_seq >= seq then return {'skipped', '', ''} end
end
redis.call('HSET', indexed, id, record)  -- a tombstone keeps its seq, so that a late worker cannot bring it back

-- 2. in and out; *changed* is membership, order, or anything that a teaser shows
local is_public = teaser ~= ''
local old_teaser = redis.call('HGET', teasers, id) or ''
local is_new_teaser = old_teaser ~= teaser
local changed, is_changed = {}, {}
local function touch(name)
  name = shown_in(name)
  if not is_changed[name] then changed[#changed + 1] = name end
  is_changed[name] = true
end
for name, score in pairs(scores) do
  local is_moved = old_scores[name] ~= score
  if not waits(name, score, now_ms) then
    local is_new = (is_moved or shown_in(name) ~= name) and redis.call('ZADD', prefix .. name, score, id) == 1
    if is_new or is_moved or is_new_teaser then touch(name) end
  elseif redis.call('ZREM', prefix .. name, id) == 1 then
    touch(name)
  end
end
for name in pairs(old_scores) do
  if not scores[name] and (redis.call('ZREM', prefix .. name, id) == 1 or shown_in(name) == name) then touch(name) end
end
if is_public then redis.call('HSET', teasers, id, teaser) else redis.call('HDEL', teasers, id) end

-- 3. what feeds tell those who have it: taken back, then perhaps killed, or public again
local told = redis.call('HGET', gone, id)
if told and is_public then
  forget_gone(gone, id, told)
elseif not is_public and (old_scores['recent'] or told and state == 'killed' and not string.find(told, ' killed')) then
  local published_ms, names = old_scores['recent'], {}
  if published_ms then
    for name in pairs(old_scores) do
      if name ~= 'breaking' and shown_in(name) == name then names[#names + 1] = name end  -- they have no feeds
    end
  else
    published_ms = string.match(told, '^%S+')
    for name in string.gmatch(told, '\n(%S+)') do names[#names + 1] = name end
  end
  local told_in = {}
  for _, name in ipairs(names) do
    -- The name of an empty tag or author may be all that is left of the article: its feed goes, and so does this.
    local goes_when_empty = string.find(name, '^tag:') or string.find(name, '^author:')
    if not goes_when_empty or redis.call('EXISTS', prefix .. name) == 1 then
      redis.call('ZADD', gone .. ':' .. name, now_ms, id)
      if state == 'killed' then redis.call('ZADD', due, now_ms + NOTICED_MS, 'notice:' .. name) end
      if not old_scores['recent'] then changed[#changed + 1] = name end
      told_in[#told_in + 1] = name
    else
      redis.call('DEL', gone .. ':' .. name)
    end
  end
  table.sort(told_in)
  redis.call('HSET', gone, id, published_ms .. ' ' .. state .. '\n' .. table.concat(told_in, '\n'))
  local forgotten = redis.call('ZRANGEBYSCORE', gone .. ':recent', '-inf', now_ms - GONE_MS, 'LIMIT', 0, 100)
  for _, old_id in ipairs(forgotten) do
    forget_gone(gone, old_id, redis.call('HGET', gone, old_id) or '')
  end
end

-- 4. the mixed box: only what goes, or stands on top again, changes who is in it, and is made up for at once
local resurfaces = scores['resurfaced:recent']
local is_on_top = resurfaces and not waits('resurfaced:recent', resurfaces, now_ms)
  and tonumber(resurfaces) >= tonumber(midnight_ms)
if redis.call('ZSCORE', prefix .. 'mixed', id) then
  if is_public and not is_on_top then
    redis.call('ZADD', prefix .. 'mixed', scores['recent'], id)
  else
    leave_mixed(prefix, id, site, day, midnight_ms)
  end
  if not is_public or is_on_top or is_new_teaser or old_scores['recent'] ~= scores['recent'] then changed[#changed + 1] = 'mixed' end
  if redis.call('ZSCORE', due, 'mixed') == day_end_ms then keep_mixed(prefix, day) end
end

-- 4. where it is pinned, which may be a list that it is not in; a kill takes its pins for good
local pinned = redis.call('HGET', pins, id)
for name in string.gmatch(pinned or '', '(%S+)[^\n]*') do
  local here = prefix .. 'pinned:' .. name
  if is_new_teaser and not scores[name] and not old_scores[name] and redis.call('ZSCORE', here, id) then
    changed[#changed + 1] = name
  end
  if state == 'killed' then redis.call('ZREM', here, id) end
end
if pinned and state == 'killed' then redis.call('HDEL', pins, id) end

-- 5. what the clock has to do
if over ~= NONE then
  redis.call('ZADD', due, over, 'event:' .. id)
elseif old_over ~= NONE then
  redis.call('ZREM', due, 'event:' .. id)
end
if scores['breaking'] then
  redis.call('ZADD', due, scores['breaking'], 'breaking:' .. id)
elseif old_scores['breaking'] then
  redis.call('ZREM', due, 'breaking:' .. id)
end
if resurfaces and waits('resurfaced:recent', resurfaces, now_ms) then
  redis.call('ZADD', due, resurfaces, 'resurface:' .. id)
elseif old_scores['resurfaced:recent'] then
  redis.call('ZREM', due, 'resurface:' .. id)
end
-- Calendars that readers subscribed to have copies: one that was coming, and is not any more, is called off in them.
if over ~= NONE then
  redis.call('HDEL', cancelled, id)
elseif old_over ~= NONE and old_scores['events'] and tonumber(old_over) > tonumber(now_ms) then
  local known = redis.call('HGETALL', cancelled)
  for i = 1, #known, 2 do
    local until_ms = string.match(known[i + 1], '^%S+ (%S+)')
    if tonumber(until_ms) <= tonumber(now_ms) then redis.call('HDEL', cancelled, known[i]) end
  end
  redis.call('HSET', cancelled, id, table.concat({old_scores['events'], old_over, now_ms}, ' '))
end
if #changed == 0 then return {'unchanged', '', ''} end
local months = {}
for _, one in ipairs(old_month == month and {month} or {old_month, month}) do
  if one ~= NONE then
    months[#months + 1] = one
    redis.call('ZADD', due, 'NX', now_ms, 'sitemap:' .. one)
  end
end
months = table.concat(months, ' ')
local newest_ms = math.max(tonumber(scores['recent'] or 0), tonumber(old_scores['recent'] or 0))
if newest_ms > now_ms - NEWS_MS then redis.call('ZADD', due, 'LT', now_ms, 'news:sitemap') end

-- 6. tell everybody; search engines of the page, and of all former ones when it moved or went, but not of one that
-- only stands on top of lists again
local here = string.match(paths, '^%S+')
local has_moved = old_teaser ~= '' and here and not string.find(old_teaser, '"path":"' .. here .. '"', 1, true)
for path in string.gmatch(paths, '%S+') do
  if path == here and is_new_teaser or has_moved or not is_public then
    redis.call('ZADD', indexnow, 'LT', now_ms + INDEXNOW_MS, path)
  end
end
local lists = announce(versions, stream, site, changed, months, id, received_ms, traceparent, state == 'killed')
redis.call('XADD', timeline, 'MAXLEN', '~', '100', '*', 'what', is_public and 'listed' or 'unlisted', 'seq', seq,
  'lists', lists, 'received_ms', received_ms, 'at_ms', now_ms, 'trace', traceparent)
redis.call('EXPIRE', timeline, TIMELINE_KEPT_S)
return {is_public and 'listed' or 'unlisted', lists, months}
