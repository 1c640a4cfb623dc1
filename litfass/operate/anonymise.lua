-- Anonymise: put back what the caller cleaned, if nothing came meanwhile, and have everything made again from it.
-- KEYS 1 article  2 payloads  3 dead  4 articles  5 changed  6 seq  7 timeline  8 embargoed
--      9 embargoed-changed  10 copies  11 … previews of it and of its items
-- ARGV 1 id  2 the sequence that was read  3 site  4 now_ms  5 payload_s
--      6 how many fields of the article, then field, value each; how many payloads, then event id, payload each;
--      then each dead letter's id, how many words, field and value each
if redis.call('HGET', KEYS[1], 'seq') ~= ARGV[2] then return 0 end
local at = 6
local function put(key)
  local count = tonumber(ARGV[at])
  for i = at + 1, at + 2 * count, 2 do
    if redis.call('HEXISTS', key, ARGV[i]) == 1 then redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
  end
  at = at + 2 * count + 1
end
put(KEYS[1])
put(KEYS[2])
while ARGV[at] do
  local count = tonumber(ARGV[at + 1])
  if redis.call('XDEL', KEYS[3], ARGV[at]) == 1 then
    redis.call('XADD', KEYS[3], '*', unpack(ARGV, at + 2, at + 1 + count))
  end
  at = at + 2 + count
end
for _, copy in ipairs(redis.call('LRANGE', KEYS[10], 0, -1)) do  -- the streams named there are of this shard
  local stream, entry = string.match(copy, '^(.*) (%S+)$')
  redis.call('XDEL', stream, entry)
end
redis.call('DEL', KEYS[10])
for i = 11, #KEYS do  -- a draft may have the name as well; the next preview is made from what the CMS has by then
  for _, preview in ipairs(redis.call('ZRANGE', KEYS[i], 0, -1)) do redis.call('DEL', preview) end
  redis.call('DEL', KEYS[i])
end
local a = redis.call('HMGET', KEYS[1], 'state', 'path', 'doc', 'public_ms', 'seen', 'unseen')
local state = a[1]
local seq = redis.call('INCR', KEYS[6])
redis.call('HSET', KEYS[1], 'seq', seq)
local event_id = ''
if state == 'public' then  -- partners have the name too: they get the article anew
  event_id = string.sub(redis.sha1hex(ARGV[1] .. ' anonymised ' .. seq), 1, 32)
  redis.call('HSET', KEYS[2], event_id, 'updated\n' .. a[2] .. '\n' .. ARGV[4] .. '\n' .. a[3])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
elseif state == 'scheduled' then  -- and so have those who are trusted with it (ADR-0027)
  event_id = string.sub(redis.sha1hex(ARGV[1] .. ' anonymised ' .. seq), 1, 32)
  redis.call('HSET', KEYS[2], event_id, 'embargoed\n' .. a[2] .. '\n' .. ARGV[4] .. '\n' .. a[3])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
  redis.call('ZADD', KEYS[9], seq, ARGV[1])
  redis.call('XADD', KEYS[8], '*', 'v', '1', 'article_id', ARGV[1], 'site', ARGV[3], 'verb', 'embargoed', 'seq', seq,
    'received_ms', ARGV[4], 'accepted_ms', ARGV[4], 'traceparent', '', 'event_id', event_id, 'public_ms', a[4],
    'is_secret', '1')
end
if state ~= 'scheduled' and (a[5] or redis.call('ZSCORE', KEYS[5], ARGV[1]) and not a[6]) then
  redis.call('ZADD', KEYS[5], seq, ARGV[1])
  redis.call('XADD', KEYS[4], '*', 'v', '1', 'article_id', ARGV[1], 'site', ARGV[3],
    'verb', state == 'public' and 'updated' or state, 'seq', seq, 'received_ms', ARGV[4], 'accepted_ms', ARGV[4],
    'traceparent', '', 'event_id', event_id)
end
redis.call('XADD', KEYS[7], 'MAXLEN', '~', '100', '*', 'what', 'anonymised', 'seq', seq, 'at_ms', ARGV[4])
return seq
