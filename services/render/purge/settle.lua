-- Settle: what was told is done, unless it changed once more meanwhile; the rest is due again.
-- KEYS 1 purges of the cache     ARGV 1 until when it was leased, ms  2 when it is due again, ms; 0: it is done  3… members
for i = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[1] then
    if ARGV[2] == '0' then
      redis.call('ZREM', KEYS[1], ARGV[i])
    else
      redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
    end
  end
end
return 0
