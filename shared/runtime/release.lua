-- Release: lift a kill. The tombstone becomes that of an unpublished article, and any delivery is newer than it.
-- KEYS 1 article  2 urgent  3 changed  4 seq  5 timeline  6 retractions     ARGV 1 id  2 site  3 now_ms
if redis.call('HGET', KEYS[1], 'state') ~= 'killed' then return 0 end
local seq = redis.call('INCR', KEYS[4])
redis.call('HDEL', KEYS[1], 'scheme', 'number', 'time_ms', 'digest')
redis.call('HSET', KEYS[1], 'state', 'unpublished', 'note', '', 'seq', seq)
redis.call('ZREM', KEYS[6], ARGV[1])
-- Of what nobody outside has ever seen nobody there hears. (ADR-0027)
local told = redis.call('HMGET', KEYS[1], 'seen', 'unseen')
if told[1] or redis.call('ZSCORE', KEYS[3], ARGV[1]) and not told[2] then
  redis.call('ZADD', KEYS[3], seq, ARGV[1])
  redis.call('XADD', KEYS[2], '*', 'v', '1', 'article_id', ARGV[1], 'site', ARGV[2], 'verb', 'unpublished', 'seq', seq,
    'received_ms', ARGV[3], 'accepted_ms', ARGV[3], 'traceparent', '')
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', '100', '*', 'what', 'released', 'verb', 'unpublished', 'seq', seq, 'at_ms', ARGV[3])
return seq
