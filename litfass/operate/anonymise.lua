-- Anonymise: put back what the caller cleaned, if nothing came meanwhile, and have everything made again from it.
-- KEYS 1 article  2 payloads  3 dead  4 articles  5 changed  6 seq  7 timeline
-- ARGV 1 id  2 the sequence that was read  3 site  4 now_ms  5 how many fields of the article, then field, value each;
--      how many payloads, then event id, payload each; then each dead letter's id, how many words, field and value each
if redis.call('HGET', KEYS[1], 'seq') ~= ARGV[2] then return 0 end
local at = 5
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
local state = redis.call('HGET', KEYS[1], 'state')
local seq = redis.call('INCR', KEYS[6])
redis.call('HSET', KEYS[1], 'seq', seq)
if state ~= 'scheduled' then
  redis.call('ZADD', KEYS[5], seq, ARGV[1])
  redis.call('XADD', KEYS[4], '*', 'v', '1', 'article_id', ARGV[1], 'site', ARGV[3],
    'verb', state == 'public' and 'updated' or state, 'seq', seq, 'received_ms', ARGV[4], 'accepted_ms', ARGV[4],
    'traceparent', '')
end
redis.call('XADD', KEYS[7], 'MAXLEN', '~', '100', '*', 'what', 'anonymised', 'seq', seq, 'at_ms', ARGV[4])
return seq
