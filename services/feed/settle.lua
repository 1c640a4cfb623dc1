-- Settle: a file that was due is done, unless its list changed meanwhile; then it is due again, even when another
-- writer settled it in between: what we put may lie over what that one put.
-- KEYS 1 due  2 versions
-- ARGV 1 member  2 list  3 the list's version before it was read  4 now_ms  5 when it is due all the same, or ''
if (redis.call('HGET', KEYS[2], ARGV[2]) or '0') == ARGV[3] then
  if ARGV[5] == '' then return redis.call('ZREM', KEYS[1], ARGV[1]) end
  return redis.call('ZADD', KEYS[1], ARGV[5], ARGV[1])
end
redis.call('ZADD', KEYS[1], 'NX', ARGV[4], ARGV[1])
return 0
