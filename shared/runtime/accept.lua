-- Accept: refuse what is not newer or was killed; store the document, map its URL, remember the delivery,
-- keep the event payload, append the signal. All of it or nothing, in one round trip. (ADR-0002)
--
-- KEYS 1 article  2 urls  3 delivery mark  4 payloads  5 urgent  6 articles  7 bulk  8 changed  9 seq  10 timeline
-- ARGV see `_arguments` in articles.py; texts and numbers only, documents are opaque bytes.
local id, site, source, declared = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local scheme, number, time, digest = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local doc, event_id, now, received = ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local bulk, republish, note, traceparent = ARGV[13] == '1', ARGV[14] == '1', ARGV[15], ARGV[16]
local mark_s, payload_s, wishes = ARGV[17], ARGV[18], tonumber(ARGV[19])
local first_correction = 20 + wishes

-- 1. the same delivery again: the same answer again
if KEYS[3] ~= KEYS[1] then
  local seen = redis.call('GET', KEYS[3])
  if seen then
    local a = redis.call('HMGET', KEYS[1], 'path', 'seq', 'number')
    return {'duplicate', '', seen, a[1] or '', a[2] or '0', a[3] or '0'}
  end
end

local a = redis.call('HMGET', KEYS[1], 'state', 'scheme', 'number', 'time_ms', 'digest', 'path', 'paths', 'seq')
local state, path, paths = a[1] or '', a[6] or '', a[7] or ''

-- Newer is: a greater number of the same scheme, else a later time, else a greater digest (contracts/revision.py).
local function order()
  if state == '' or not a[2] then return 1 end
  if scheme == a[2] and scheme ~= 'none' and number ~= a[3] then
    return tonumber(number) > tonumber(a[3]) and 1 or -1
  end
  if time ~= a[4] then return tonumber(time) > tonumber(a[4]) and 1 or -1 end
  if digest == a[5] then return 0 end
  return digest > a[5] and 1 or -1
end

-- 2. a path of its own: the first wish that no other article has or ever had
local given, is_new_path = '', false
for i = 20, 19 + wishes do
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

-- 4. judge
local is_withdrawal = declared == 'unpublished' or declared == 'killed'
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
elseif state == 'public' then
  if digest == a[5] and given == path and not corrected then outcome = 'unchanged' end
  if given ~= path then verb = 'moved' elseif declared == 'published' then verb = 'updated' end
  if declared == 'corrected' then verb = 'corrected' end
else
  verb = 'published'
end

local taken = outcome == 'accepted' or outcome == 'unchanged'
if outcome == 'killed' and corrected then  -- a tombstone keeps no words
  for i = first_correction, #ARGV, 2 do redis.call('HDEL', KEYS[1], ARGV[i]) end
  corrected = false
end

-- 5. remember the delivery, whatever became of it
if KEYS[3] ~= KEYS[1] then redis.call('SET', KEYS[3], event_id, 'EX', mark_s) end
if is_new_path then redis.call('HSET', KEYS[1], 'paths', paths) end
if not taken and not corrected and not is_new_path then
  return {outcome, '', event_id, path, a[8] or '0', a[3] or number}
end

-- 6. store
local seq = redis.call('INCR', KEYS[9])
if taken then
  redis.call('HSET', KEYS[1], 'scheme', scheme, 'number', number, 'time_ms', time, 'digest', digest)
  if is_withdrawal then
    redis.call('HSET', KEYS[1], 'state', declared, 'note', note, 'withdrawn_ms', time)
    redis.call('HDEL', KEYS[1], 'doc')
    if declared == 'killed' then
      redis.call('DEL', KEYS[4])
      for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
        if string.sub(field, 1, 11) == 'correction:' then redis.call('HDEL', KEYS[1], field) end
      end
    end
  else
    path = given
    redis.call('HSET', KEYS[1], 'state', 'public', 'doc', doc, 'path', path)
    redis.call('HDEL', KEYS[1], 'note', 'withdrawn_ms')
    if outcome == 'accepted' then
      redis.call('HSET', KEYS[4], event_id, verb .. '\n' .. path .. '\n' .. now .. '\n' .. doc)
      redis.call('EXPIRE', KEYS[4], payload_s)
    end
  end
elseif corrected and state == 'public' then
  verb = 'corrected'
else
  verb = state == '' and 'updated' or (state == 'public' and 'updated' or state)
end
redis.call('HSET', KEYS[1], 'seq', seq, 'site', site, 'source', source)
redis.call('ZADD', KEYS[8], seq, id)

-- 7. tell everybody: kills overtake, imports and mere confirmations wait
local lane = KEYS[6]
if declared == 'killed' or state == 'killed' then lane = KEYS[5]
elseif bulk or outcome == 'unchanged' then lane = KEYS[7] end
redis.call('XADD', lane, '*', 'v', '1', 'article_id', id, 'site', site, 'verb', verb, 'seq', seq,
  'received_ms', received, 'accepted_ms', now, 'traceparent', traceparent)
redis.call('XADD', KEYS[10], 'MAXLEN', '~', '100', '*', 'what', outcome, 'verb', verb, 'seq', seq,
  'received_ms', received, 'at_ms', now, 'source', source, 'trace', traceparent)
redis.call('EXPIRE', KEYS[10], payload_s)
return {outcome, verb, event_id, path, tostring(seq), number}
