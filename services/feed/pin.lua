-- Pin: set or take away pins, and show those whose time it is: in `pinned:<list>`, counted and announced like any change.
-- Called with no change by the timers, so that pins begin and end by themselves. (ADR-0019)
--
-- A line of an article's pins: `list score from_ms until_ms`; '-' = from now on, or until it is taken away.
--
-- KEYS 1 pins  2 versions  3 stream `lists`  4 prefix of lists  5 article, for `set`
-- ARGV 1 site  2 now_ms  3 'set', 'remove' or 'look'  4 id  5 list ('' = all)  6 score  7 from_ms  8 until_ms
-- Returns outcome; for 'look' also when something changes next, and the latest moment that changed something now ('').
local pins, versions, stream, prefix, article = unpack(KEYS)
local site, now_ms, what, id, list, score, from_ms, until_ms = unpack(ARGV)
local KEPT_MS = 32 * 86400 * 1000  -- what is over is kept as long as the draws of the mixed box: `rebuild --as-of`
local AT_MOST = 500  -- articles with pins

local function lines_of(text)
  local lines = {}
  for line in string.gmatch(text or '', '[^\n]+') do lines[#lines + 1] = line end
  return lines
end
local function keep(whose, lines)
  if #lines == 0 then redis.call('HDEL', pins, whose) else redis.call('HSET', pins, whose, table.concat(lines, '\n')) end
end

local touched = {}  -- lists that may change

-- 1. what an editor wants
if what ~= 'look' then
  local before = redis.call('HGET', pins, id)
  local kept = {}
  for _, line in ipairs(lines_of(before)) do
    local name = string.match(line, '^%S+')
    touched[name] = true
    if list ~= '' and name ~= list then kept[#kept + 1] = line end
  end
  if what == 'set' then
    local state = redis.call('HGET', article, 'state')
    if state ~= 'public' and state ~= 'scheduled' then return {state or 'unknown', '', ''} end
    if not before and redis.call('HLEN', pins) >= AT_MOST then return {'too_many', '', ''} end
    kept[#kept + 1] = table.concat({list, score, from_ms, until_ms}, ' ')
    local known = redis.call('HGET', article, 'lists') or ''  -- where to look for it once it is killed
    if list ~= 'breaking' and not string.find(' ' .. known .. ' ', ' ' .. list .. ' ', 1, true) then
      redis.call('HSET', article, 'lists', known .. ' ' .. list)
    end
  elseif not before or #kept == #lines_of(before) then
    return {'unknown', '', ''}
  end
  keep(id, kept)
end

-- 2. whose time it is
local shown, latest, next_ms = {}, {}, nil
local all = redis.call('HGETALL', pins)
for i = 1, #all, 2 do
  local lines, kept = lines_of(all[i + 1]), {}
  for _, line in ipairs(lines) do
    local name, its_score, from, til = string.match(line, '^(%S+) (%S+) (%S+) (%S+)$')
    touched[name] = true
    shown[name] = shown[name] or {}
    local has_begun = from == '-' or tonumber(from) <= tonumber(now_ms)
    local is_over = til ~= '-' and tonumber(til) <= tonumber(now_ms)
    if has_begun and not is_over then shown[name][all[i]] = its_score end
    for _, bound in ipairs({from, til}) do
      local moment = tonumber(bound)
      if not moment then  -- '-'
      elseif moment <= tonumber(now_ms) then
        latest[name] = math.max(latest[name] or 0, moment)
      elseif not next_ms or moment < next_ms then
        next_ms = moment
      end
    end
    if not is_over or tonumber(til) + KEPT_MS > tonumber(now_ms) then kept[#kept + 1] = line end
  end
  if #kept < #lines then keep(all[i], kept) end
end

-- 3. show them, and tell everybody
local changed, late = {}, nil
for name in pairs(touched) do
  local here, wanted = prefix .. 'pinned:' .. name, shown[name] or {}
  local is_other, seen = false, {}
  local found = redis.call('ZRANGE', here, 0, -1, 'WITHSCORES')
  for i = 1, #found, 2 do
    seen[found[i]] = true
    if not wanted[found[i]] or tonumber(wanted[found[i]]) ~= tonumber(found[i + 1]) then is_other = true end
  end
  for whose in pairs(wanted) do is_other = is_other or not seen[whose] end
  if is_other then
    redis.call('DEL', here)
    for whose, its_score in pairs(wanted) do redis.call('ZADD', here, its_score, whose) end
    changed[#changed + 1] = name
    if latest[name] then late = math.max(late or 0, latest[name]) end
  end
end
if #changed > 0 then announce(versions, stream, site, changed, '', '', now_ms, '') end
local function text(moment) return moment and string.format('%.0f', moment) or '' end
return {#changed > 0 and 'changed' or 'unchanged', text(next_ms), text(late)}
