-- Settle: a file that was due is done, unless a list in it changed meanwhile; then it is due again, even when another
-- writer settled it in between: what we put may lie over what that one put.
-- KEYS 1 due  2 versions
-- ARGV 1 member  2 when it is due again if a list has moved, ms  3 when it is due all the same, ms, or ''
--      4… list, its version before it was read, and so on
-- Returns whether a list has moved.
for i = 4, #ARGV, 2 do
  if (redis.call('HGET', KEYS[2], ARGV[i]) or '0') ~= ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
    return 1
  end
end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 0
