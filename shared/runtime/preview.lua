-- Keep a draft for a look. Not of a killed article: in the same step that a kill drops them (accept.lua).
-- KEYS 1 preview  2 article  3 its previews  [4 another article that it would belong to  5 that one's previews]
-- ARGV 1 document  2 now_ms  3 ends_ms  4 how many of one article  5 '1' = a later publish may lift a kill
for i = 2, #KEYS, 2 do
  if redis.call('HGET', KEYS[i], 'state') == 'killed' and ARGV[5] ~= '1' then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3] - ARGV[2])
for i = 3, #KEYS, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[2])
  redis.call('ZADD', KEYS[i], ARGV[3], KEYS[1])
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[i], 0, -1 - ARGV[4])) do
    redis.call('DEL', oldest)
    redis.call('ZREM', KEYS[i], oldest)
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[3] - ARGV[2])
end
return 1
