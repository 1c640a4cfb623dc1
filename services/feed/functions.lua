-- What place.lua, over.lua, draw.lua and swap.lua share; `index.py` puts it in front of each.
-- `prefix` is what the keys of all lists of the site start with: the same hash tag, so the same node.

-- The mixed box: how many articles, and how many of the newest are left out while there are enough others.
local MIXED_SIZE, MIXED_SKIPS = 12, 10
local TIMELINE_KEPT_S = 30 * 86400  -- as shared/runtime/timeline.py has it
local MIXED_KEPT_S = 32 * 86400  -- how long a day's draw is remembered, for `rebuild --as-of`

-- Read a record: `seq month over`, then one line `list score` each (memberships.py).
local function read_record(text)
  local seq, month, over = string.match(text, '^(%S+) (%S+) (%S+)')
  local scores = {}
  for name, score in string.gmatch(text, '\n(%S+) (%S+)') do scores[name] = score end
  return tonumber(seq), month, over, scores
end

-- The list that readers know whose articles a set has: itself, or what a set of resurfaced ones belongs to (lists.py).
local function shown_in(name) return string.match(name, '^resurfaced:(.+)$') or name end

-- Whether a score waits for its time: an article stands among the resurfaced ones only from then on.
local function waits(name, score, now_ms) return shown_in(name) ~= name and tonumber(score) > tonumber(now_ms) end

-- Count a change of these lists and say so, in one entry; returns their names as they stand there.
local function announce(versions, stream, site, names, months, id, received_ms, traceparent, is_urgent)
  table.sort(names)
  for _, name in ipairs(names) do redis.call('HINCRBY', versions, name, 1) end
  local lists = table.concat(names, ' ')
  redis.call('XADD', stream, '*', 'v', '1', 'site', site, 'lists', lists, 'months', months,
    'article_id', id, 'received_ms', received_ms, 'traceparent', traceparent, 'urgent', is_urgent and '1' or '0')
  return lists
end

-- Fill the open places of `mixed` with articles of earlier days: at random, but the same ones for the same seed and
-- the same list. They are found by rank, so a large archive costs no more than a small one.
local function fill_mixed(prefix, seed, midnight_ms)
  local mixed, recent = prefix .. 'mixed', prefix .. 'recent'
  local total = redis.call('ZCARD', recent)
  local newest = redis.call('ZCOUNT', recent, midnight_ms, '+inf') + MIXED_SKIPS
  local skipped = math.max(0, math.min(newest, total - MIXED_SIZE))
  local pool = total - skipped
  local filled = redis.call('ZCARD', mixed)
  local before = filled
  local on_top = redis.call('ZCOUNT', prefix .. 'resurfaced:recent', midnight_ms, '+inf')  -- as new as today's
  while filled < MIXED_SIZE and pool > 0 do
    local start = tonumber(string.sub(redis.sha1hex(seed .. ':' .. filled), 1, 13), 16) % pool  -- 52 bits: exact
    local is_found = false
    for step = 0, math.min(pool, MIXED_SIZE + on_top) - 1 do  -- fewer than that are taken, so one of these is free
      local rank = skipped + (start + step) % pool
      local found = redis.call('ZREVRANGE', recent, rank, rank, 'WITHSCORES')
      local resurfaced_ms = on_top > 0 and redis.call('ZSCORE', prefix .. 'resurfaced:recent', found[1])
      local is_on_top = resurfaced_ms and tonumber(resurfaced_ms) >= tonumber(midnight_ms)
      if not is_on_top and not redis.call('ZSCORE', mixed, found[1]) then
        redis.call('ZADD', mixed, found[2], found[1])
        is_found = true
        break
      end
    end
    if not is_found then break end
    filled = filled + 1
  end
  return filled ~= before
end

-- Remember today's draw under its date.
local function keep_mixed(prefix, day)
  local kept = prefix .. 'mixed:' .. day
  if redis.call('EXISTS', prefix .. 'mixed') == 0 then
    redis.call('DEL', kept)
  else
    redis.call('COPY', prefix .. 'mixed', kept, 'REPLACE')
    redis.call('EXPIRE', kept, MIXED_KEPT_S)
  end
end

-- Take an article out of the mixed box, and make up for it at once.
local function leave_mixed(prefix, id, site, day, midnight_ms)
  redis.call('ZREM', prefix .. 'mixed', id)
  fill_mixed(prefix, site .. ':' .. day, midnight_ms)
end
