-- Read a window of a list in its order: "down" is newest first, "up" is soonest first; ties follow the ids.
--
-- KEYS 1 list  2 teasers
-- ARGV 1 'down' or 'up'  2 limit  3 from_ms or ''  4 until_ms or ''  5 after: score or ''  6 after: id  7 '1' = with teasers
-- Returns id, score (, teaser) for each article, flat; a teaser that is missing is ''.
local list, down, limit = KEYS[1], ARGV[1] == 'down', tonumber(ARGV[2])
local from, til, after_score, after_id = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local CHUNK = 1000  -- unpack() holds no more than about 8,000

local function count(low, high) return redis.call('ZCOUNT', list, low, high) end
local function range(first, last, ...) return redis.call(down and 'ZREVRANGE' or 'ZRANGE', list, first, last, ...) end

-- Ranks [first, stop) of the window.
local first, stop = 0, redis.call('ZCARD', list)
if down then
  if til ~= '' then first = count(til, '+inf') end
  if from ~= '' then stop = count(from, '+inf') end
else
  if from ~= '' then first = count('-inf', '(' .. from) end
  if til ~= '' then stop = count('-inf', '(' .. til) end
end

-- Go on after an article that need not be there any more: behind all better scores, then among its equals by id.
if after_score ~= '' then
  local low = down and count('(' .. after_score, '+inf') or count('-inf', '(' .. after_score)
  local high = low + count(after_score, after_score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local id = range(middle, middle)[1]
    local is_behind = down and id < after_id or not down and id > after_id
    if is_behind then high = middle else low = middle + 1 end
  end
  first = math.max(first, low)
end

stop = math.min(stop, first + limit)
if first >= stop then return {} end
local found = range(first, stop - 1, 'WITHSCORES')
if ARGV[7] ~= '1' then return found end

local answer = {}
for start = 1, #found, 2 * CHUNK do
  local ids = {}
  for i = start, math.min(#found, start + 2 * CHUNK - 1), 2 do ids[#ids + 1] = found[i] end
  for n, teaser in ipairs(redis.call('HMGET', KEYS[2], unpack(ids))) do
    answer[#answer + 1] = ids[n]
    answer[#answer + 1] = found[start + 2 * n - 1]
    answer[#answer + 1] = teaser or ''
  end
end
return answer
