-- Take: hand out what a cache has to be told; who took it and does not settle it loses it when the lease is over.
-- KEYS 1 purges of the cache     ARGV 1 now_ms  2 how many at most  3 until when it is leased, ms
-- Returns the members, and last when the next one is due (empty: there is none).
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[3], member) end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
due[#due + 1] = first[2] or ''
return due
