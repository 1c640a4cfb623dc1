-- Accept: refuse what is not newer or was killed; store the document, map its URL, remember the delivery,
-- keep the event payload, append the signal. All of it or nothing, in one round trip. (ADR-0002)
-- What is not to be seen yet, or no longer, is stored for the clock to open or close: due.lua. (ADR-0012)
--
-- KEYS 1 article  2 urls  3 delivery mark  4 payloads  5 urgent  6 articles  7 bulk  8 changed  9 seq  10 timeline
--      11 schedule  12 retractions  13 dead letters  14 aliases  15 previews  16 embargoed  17 embargoed-changed
-- ARGV see `_arguments` in articles.py; texts and numbers only, documents are opaque bytes.
local id, site, source, declared = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local scheme, number, time, digest = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local doc, event_id, now, received = ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local bulk, republish, note, traceparent = ARGV[13] == '1', ARGV[14] == '1', ARGV[15], ARGV[16]
local mark_s, payload_s = ARGV[17], ARGV[18]
local public_ms, expires_ms = tonumber(ARGV[19]), tonumber(ARGV[20])
local is_minor, modified_ms = ARGV[21] == '1', ARGV[22]
local lists, member, parent = ARGV[23], ARGV[24], ARGV[25]
local before_slug, after_slug = ARGV[26], ARGV[27]
local warnings = ARGV[28]
local first_wish, wishes = 30, tonumber(ARGV[29])
local first_correction = first_wish + wishes

-- Remember every list that the article was ever in, so that after a kill all of them can be looked at.
local function remember_lists()
  local before = redis.call('HGET', KEYS[1], 'lists') or ''
  local known, all = {}, before
  for name in string.gmatch(before, '%S+') do known[name] = true end
  for name in string.gmatch(lists, '%S+') do
    if not known[name] then all = all .. ' ' .. name end
  end
  if all ~= before then redis.call('HSET', KEYS[1], 'lists', all) end
end

-- No dead letter of a killed article may be replayed, or read.
local function drop_dead_letters(of)
  local from = '-'
  repeat
    local letters = redis.call('XRANGE', KEYS[13], from, '+', 'COUNT', 500)
    for _, letter in ipairs(letters) do
      for i = 1, #letter[2], 2 do
        if letter[2][i] == 'm:article_id' and letter[2][i + 1] == of then redis.call('XDEL', KEYS[13], letter[1]) end
      end
      from = '(' .. letter[1]
    end
  until #letters < 500
end

-- No draft of a killed article may be looked at any longer.
local function drop_previews(of)
  for _, preview in ipairs(redis.call('ZRANGE', of, 0, -1)) do redis.call('DEL', preview) end
  redis.call('DEL', of)
end

local function key_of(mine, article) return string.sub(mine, 1, -#id - 1) .. article end  -- as keys.py makes them

-- Tell of an article that nobody outside sees yet, or ever saw: only those hear it who are trusted with that. (ADR-0027)
local function tell_the_trusted(stream, of, verb, seq, event, opens_ms)
  redis.call('ZADD', KEYS[17], seq, of)
  redis.call('XADD', stream, '*', 'v', '1', 'article_id', of, 'site', site, 'verb', verb, 'seq', seq,
    'received_ms', received, 'accepted_ms', now, 'traceparent', traceparent, 'event_id', event, 'public_ms', opens_ms,
    'is_secret', '1')
end
local function was_seen(of)  -- `seen`: by another address; `unseen`: it was unpublished before it ever was public
  local told = redis.call('HMGET', key_of(KEYS[1], of), 'seen', 'unseen')
  return told[1] or redis.call('ZSCORE', KEYS[8], of) and not told[2]
end

-- 0. which article is it? Items of a CMS that take each other's place are one article: that of the first of them that
-- was seen. A younger item may come before its elder, even before the link between two of its elders. (ADR-0014)
local function home_of(item)
  local home = redis.call('HGET', KEYS[14], item)
  while home and home ~= item do
    item = home
    home = redis.call('HGET', KEYS[14], item)
  end
  return item
end
local function is_known(article) return redis.call('HEXISTS', key_of(KEYS[1], article), 'state') == 1 end

local home, elder = home_of(member), ''
if parent ~= '' and parent ~= member then
  elder = home_of(parent)
  if home == member and elder ~= home and not is_known(home) then home = elder end
end
if home ~= id then return {'elsewhere', '', '', '', '0', home} end
if home ~= member then redis.call('HSET', KEYS[14], member, home) end

-- Two articles turn out to be one: this one takes over the elder's addresses, and whatever cannot be forgotten.
local is_merged, is_condemned = false, false
local function take_over(other)
  local key = key_of(KEYS[1], other)
  local b = redis.call('HMGET', key, 'state', 'paths', 'member', 'replaced', 'site', 'note', 'lists')
  local here = redis.call('HMGET', KEYS[1], 'paths', 'replaced', 'lists')
  if was_seen(other) then redis.call('HSET', KEYS[1], 'seen', '1') end
  for path in string.gmatch(b[2] or '', '[^\n]+') do redis.call('HSET', KEYS[2], path, id) end
  local kept = {}
  for _, one in ipairs({b[2] or '', here[1] or ''}) do
    if one ~= '' then kept[#kept + 1] = one end
  end
  redis.call('HSET', KEYS[1], 'paths', table.concat(kept, '\n'), 'lists', (here[3] or '') .. (b[7] or ''),
    'replaced', (here[2] or '') .. (b[4] or '') .. ' ' .. (b[3] or other))
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 11) == 'correction:' and b[1] ~= 'killed' then
      redis.call('HSETNX', KEYS[1], field, redis.call('HGET', key, field))
    end
    redis.call('HDEL', key, field)
  end
  local seq = redis.call('INCR', KEYS[9])
  redis.call('HSET', key, 'state', 'unpublished', 'seq', seq, 'site', site, 'source', source)
  redis.call('ZREM', KEYS[11], other)
  redis.call('ZREM', KEYS[12], other)
  redis.call('DEL', key_of(KEYS[4], other))
  drop_previews(key_of(KEYS[15], other))
  drop_dead_letters(other)
  redis.call('XADD', key_of(KEYS[10], other), '*', 'what', 'merged', 'seq', seq, 'at_ms', now, 'into', id)
  redis.call('EXPIRE', key_of(KEYS[10], other), payload_s)
  if b[1] == 'public' then
    redis.call('ZADD', KEYS[8], seq, other)
    redis.call('XADD', KEYS[6], '*', 'v', '1', 'article_id', other, 'site', site, 'verb', 'unpublished', 'seq', seq,
      'received_ms', received, 'accepted_ms', now, 'traceparent', traceparent, 'event_id', '')
  elseif b[1] == 'scheduled' then
    tell_the_trusted(KEYS[16], other, 'unpublished', seq, '', '0')
  elseif b[1] == 'killed' then
    is_condemned, declared, note, doc = true, 'killed', b[6] or '', ''  -- what comes after a kill is refused, in whatever order it came
  end
  is_merged = true
end
if elder ~= '' and elder ~= home then
  if is_known(elder) then take_over(elder) end
  redis.call('HSET', KEYS[14], elder, home)
end

-- 1. the same delivery again: the same answer again
if KEYS[3] ~= KEYS[1] then
  local seen = redis.call('GET', KEYS[3])
  if seen then
    local a = redis.call('HMGET', KEYS[1], 'path', 'seq', 'number')
    return {'duplicate', '', seen, a[1] or '', a[2] or '0', a[3] or '0'}
  end
end

local a = redis.call('HMGET', KEYS[1], 'state', 'scheme', 'number', 'time_ms', 'digest', 'path', 'paths', 'seq',
  'member', 'replaced', 'public_ms')
local state, path, paths = a[1] or '', a[6] or '', a[7] or ''
local current, replaced = a[9] or id, a[10] or ''

local function is_replaced(item) return string.find(replaced .. ' ', ' ' .. item .. ' ', 1, true) ~= nil end
if parent ~= '' and parent ~= member and not is_replaced(parent)
  and not (is_replaced(member) and parent == current) then  -- in a circle of items the first link counts
  replaced = replaced .. ' ' .. parent
  redis.call('HSET', KEYS[1], 'replaced', replaced)
end

-- Newer is: an item that took another's place; of one item a greater number of the same scheme, else a later time, else a greater digest (contracts/revision.py).
local function order()
  if state == '' or not a[2] then return 1 end
  if is_replaced(member) then return -1 end
  if current ~= member and is_replaced(current) then return 1 end
  if current == member and scheme == a[2] and scheme ~= 'none' and number ~= a[3] then
    return tonumber(number) > tonumber(a[3]) and 1 or -1
  end
  if time ~= a[4] then return tonumber(time) > tonumber(a[4]) and 1 or -1 end
  if digest == a[5] then return 0 end
  return digest > a[5] and 1 or -1
end

-- 2. a path of its own: the first wish that no other article has or ever had
local given, is_new_path = '', is_merged
-- Where a CMS has no slugs, they are made of headlines: what differs by its slug only stays where it is. Of what
-- nobody has seen yet the last headline counts: the first is often a working title.
local function is_address_to_keep()
  if before_slug == '' or path == '' or state == 'scheduled' or redis.call('HGET', KEYS[2], path) ~= id then return false end
  local slug = string.sub(path, #before_slug + 1, -#after_slug - 1)
  return before_slug .. slug .. after_slug == path and slug ~= '' and not string.find(slug, '/', 1, true)
end
if wishes > 0 and is_address_to_keep() then
  given, wishes = path, 0
end
for i = first_wish, first_wish + wishes - 1 do
  local owner = redis.call('HGET', KEYS[2], ARGV[i])
  if not owner or owner == id then
    given = ARGV[i]
    if not owner then
      redis.call('HSET', KEYS[2], given, id)
      is_new_path = true
      paths = paths == '' and given or (paths .. '\n' .. given)
    end
    break
  end
end

-- 3. corrections only grow, even from a stale delivery
local corrected = false
for i = first_correction, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then corrected = true end
end

-- A minor edit shows the date of the last edit that was not, and so of the latest one ever seen, in whatever order.
local is_dated_anew = false
if state ~= 'killed' and modified_ms ~= '0' then
  local dates = redis.call('HMGET', KEYS[1], 'modified_ms', 'minor')
  if tonumber(modified_ms) > tonumber(dates[1] or '0') then
    redis.call('HSET', KEYS[1], 'modified_ms', modified_ms)
    is_dated_anew = dates[2] == '1'
  end
end

-- 4. judge. What a delivery makes of its article, if it wins: public, or not yet, or no longer
local is_withdrawal = declared == 'unpublished' or declared == 'killed'
local becomes = 'public'
if is_withdrawal then becomes = declared
elseif expires_ms > 0 and expires_ms <= tonumber(now) then becomes = 'expired'
elseif public_ms > tonumber(now) then becomes = 'scheduled' end

local newer = order()
local outcome, verb = 'accepted', declared
if declared == 'killed' then
  if state == 'killed' and newer <= 0 then outcome = 'killed' end
elseif state == 'killed' and (is_withdrawal or not republish or newer <= 0) then
  outcome = 'killed'
elseif newer == 0 then
  outcome = 'duplicate'
elseif newer < 0 then
  outcome = 'stale'
elseif declared == 'unpublished' then
  if state == 'unpublished' then outcome = 'unchanged' end
elseif becomes ~= 'public' then
  outcome, verb = becomes, 'unpublished'  -- which it is, for whoever saw it
elseif state == 'public' then
  if digest == a[5] and given == path and not corrected then outcome = 'unchanged' end
  if given ~= path then verb = 'moved' elseif declared == 'published' then verb = 'updated' end
  if declared == 'corrected' then verb = 'corrected' end
else
  verb = 'published'
end

local taken = outcome ~= 'killed' and outcome ~= 'duplicate' and outcome ~= 'stale'
-- Nobody outside has ever seen it, and nobody does now: then nobody outside hears of it either.
if state == '' and declared == 'unpublished' then redis.call('HSET', KEYS[1], 'unseen', '1')
elseif (state == 'unpublished' or state == 'killed') and becomes == 'public' then redis.call('HDEL', KEYS[1], 'unseen') end
local is_unseen = state ~= '' and state ~= 'public' and not (becomes == 'public' and outcome == 'accepted') and not was_seen(id)
local is_as_before = state == 'scheduled' and digest == a[5] and given == path and a[11] == ARGV[19]
if outcome == 'killed' and corrected then  -- a tombstone keeps no words
  for i = first_correction, #ARGV, 2 do redis.call('HDEL', KEYS[1], ARGV[i]) end
  corrected = false
end

if outcome == 'killed' and becomes == 'scheduled' and is_new_path and not is_merged then  -- it takes no address after its end
  redis.call('HDEL', KEYS[2], given)
  is_new_path = false
end

-- 5. remember the delivery, whatever became of it
if KEYS[3] ~= KEYS[1] then redis.call('SET', KEYS[3], event_id, 'EX', mark_s) end
if is_new_path then redis.call('HSET', KEYS[1], 'paths', paths) end
if not taken and not corrected and not is_new_path and not is_dated_anew then
  return {outcome, '', event_id, path, a[8] or '0', a[3] or number}
end

-- 6. store
local seq = redis.call('INCR', KEYS[9])
if taken then
  redis.call('HSET', KEYS[1], 'scheme', scheme, 'number', number, 'time_ms', time, 'digest', digest)
  if member ~= id or a[9] then redis.call('HSET', KEYS[1], 'member', member) end
  redis.call('HDEL', KEYS[1], 'note', 'withdrawn_ms', 'public_ms', 'expires_ms', 'event_id', 'minor')
  redis.call('ZREM', KEYS[11], id)
  if state == 'killed' then redis.call('ZREM', KEYS[12], id) end
  if is_withdrawal or becomes == 'expired' then
    local withdrawn_ms = is_withdrawal and time or ARGV[20]
    redis.call('HSET', KEYS[1], 'state', is_withdrawal and declared or 'unpublished', 'note', note,
      'withdrawn_ms', withdrawn_ms)
    redis.call('HDEL', KEYS[1], 'doc')
    if given ~= '' then
      path = given
      redis.call('HSET', KEYS[1], 'path', path)
    end
    if is_unseen and is_withdrawal and state == 'scheduled' then  -- its address answers as if it had never been one
      for one in string.gmatch(paths, '[^\n]+') do redis.call('HDEL', KEYS[2], one) end
      redis.call('HDEL', KEYS[1], 'path', 'paths')
      path = ''
    end
    if declared == 'killed' then
      redis.call('DEL', KEYS[4])
      drop_previews(KEYS[15])
      redis.call('HDEL', KEYS[1], 'modified_ms', 'resurface_ms')
      redis.call('ZADD', KEYS[12], received, id)
      drop_dead_letters(id)
      for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
        if string.sub(field, 1, 11) == 'correction:' then redis.call('HDEL', KEYS[1], field) end
      end
    end
  else
    path = given
    redis.call('HSET', KEYS[1], 'state', becomes, 'doc', doc, 'path', path)
    remember_lists()
    if expires_ms > 0 then redis.call('HSET', KEYS[1], 'expires_ms', ARGV[20]) end
    if is_minor then redis.call('HSET', KEYS[1], 'minor', '1') end
    if becomes == 'scheduled' then
      redis.call('HSET', KEYS[1], 'public_ms', ARGV[19], 'event_id', event_id)
      redis.call('ZADD', KEYS[11], ARGV[19], id)
    elseif expires_ms > 0 then
      redis.call('ZADD', KEYS[11], ARGV[20], id)
    end
    if outcome == 'accepted' then
      redis.call('HSET', KEYS[4], event_id, verb .. '\n' .. path .. '\n' .. now .. '\n' .. doc)
      redis.call('EXPIRE', KEYS[4], payload_s)
    end
  end
elseif corrected and state == 'public' then
  verb = 'corrected'
elseif state == 'unpublished' or state == 'killed' then
  verb = state
else
  verb = 'updated'
end
redis.call('HSET', KEYS[1], 'seq', seq, 'site', site, 'source', source)

-- 7. tell everybody what there is to see: kills overtake, imports and mere confirmations wait. Of what nobody could
-- see, and nobody can see now, nobody is told
local function embargo(text, seq, opens_ms)
  local event = event_id .. '-embargoed'  -- the event at its second has the id without this
  redis.call('HSET', KEYS[4], event, 'embargoed\n' .. path .. '\n' .. now .. '\n' .. text)
  redis.call('EXPIRE', KEYS[4], payload_s)
  tell_the_trusted(KEYS[16], id, 'embargoed', seq, event, opens_ms)
end
local is_secret = state ~= 'public' and (outcome == 'scheduled' or outcome == 'expired'
  or (state == 'scheduled' and declared ~= 'killed' and (becomes ~= 'public' or not taken))
  or (is_unseen and verb ~= 'killed'))
if is_secret then
  verb = ''
  if state == 'scheduled' and not taken and corrected then  -- by a stale delivery: what waits says so, too
    embargo(redis.call('HGET', KEYS[1], 'doc'), seq, a[11])
  elseif taken and state == 'scheduled' and becomes ~= 'scheduled' then
    tell_the_trusted(KEYS[16], id, 'unpublished', seq, event_id, '0')
  end
elseif is_unseen then
  tell_the_trusted(KEYS[5], id, verb, seq, event_id, '0')  -- a kill
else
  redis.call('ZADD', KEYS[8], seq, id)
  if state ~= 'public' and state ~= '' then redis.call('ZREM', KEYS[17], id) end
  local lane = KEYS[6]
  if declared == 'killed' or state == 'killed' then lane = KEYS[5]
  elseif bulk or outcome == 'unchanged' then lane = KEYS[7] end
  redis.call('XADD', lane, '*', 'v', '1', 'article_id', id, 'site', site, 'verb', verb, 'seq', seq,
    'received_ms', received, 'accepted_ms', now, 'traceparent', traceparent,
    'event_id', outcome == 'accepted' and event_id or '')  -- nothing happened, or a stale delivery corrected: no payload
end
if taken and becomes == 'scheduled' and (corrected or not is_as_before) then embargo(doc, seq, ARGV[19]) end
redis.call('XADD', KEYS[10], 'MAXLEN', '~', '100', '*', 'what', outcome, 'verb', verb, 'seq', seq,
  'received_ms', received, 'at_ms', now, 'source', source, 'trace', traceparent, 'warnings', warnings)
redis.call('EXPIRE', KEYS[10], payload_s)
return {is_condemned and 'killed' or outcome, verb, event_id, path, tostring(seq), number}
