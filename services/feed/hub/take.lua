-- Take: hand out what is due; it is due again when the lease is over.
-- KEYS 1 queue  2 attempts     ARGV 1 now_ms  2 how many at most  3 lease_ms
-- Returns member and the number of this attempt, for each, flat.
local found = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[3], member)
  found[#found + 1] = member
  found[#found + 1] = redis.call('HINCRBY', KEYS[2], member, 1)
end
return found
