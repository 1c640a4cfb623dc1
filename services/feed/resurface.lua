-- Resurface: an operator puts an article on top of its lists, at some moment, or takes that back; everything is made again
-- from the document, which says so from then on. (ADR-0031)
--
-- KEYS 1 article  2 articles  3 changed  4 seq  5 timeline
-- ARGV 1 id  2 site  3 now_ms  4 resurface_ms ('' = no more)  5 keep_s
-- Returns the state that it has; only a public or a scheduled article was changed.
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'public' and state ~= 'scheduled' then return state or 'unknown' end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'resurface_ms', ARGV[4])
elseif redis.call('HDEL', KEYS[1], 'resurface_ms') == 0 then
  return 'not_resurfaced'
end
local seq = redis.call('INCR', KEYS[4])
redis.call('HSET', KEYS[1], 'seq', seq)
if state == 'public' then
  redis.call('ZADD', KEYS[3], seq, ARGV[1])
  redis.call('XADD', KEYS[2], '*', 'v', '1', 'article_id', ARGV[1], 'site', ARGV[2], 'verb', 'updated', 'seq', seq,
    'received_ms', ARGV[3], 'accepted_ms', ARGV[3], 'traceparent', '', 'event_id', '')
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', '100', '*', 'what', 'resurfaced', 'seq', seq, 'at_ms', ARGV[3])
redis.call('EXPIRE', KEYS[5], ARGV[5])
return state
