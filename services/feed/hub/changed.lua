-- Changed: the feed is another one than was delivered last: everybody who wants it is due, once.
-- KEYS 1 topics  2 subscriptions of the topic  3 queue  4 attempts
-- ARGV 1 path  2 digest before  3 digest now  4 now_ms  5 what members of the queue start with
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
local callbacks = redis.call('HKEYS', KEYS[2])
for _, callback in ipairs(callbacks) do
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[5] .. callback)
  redis.call('HDEL', KEYS[4], ARGV[5] .. callback)
end
if #callbacks == 0 then redis.call('HDEL', KEYS[1], ARGV[1]) end
return #callbacks
