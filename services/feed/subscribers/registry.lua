-- Registry: put a subscriber in its place, change or take it away, and count the change, so that every fan-out knows
-- of it with the next event.
--
-- KEYS 1 subscribers  2 subscribers-state  3 seq  4 out stream  5 queue  6 endpoint  7 deliveries
-- ARGV 1 name  2 what is there now (empty = nothing)  3 what shall be there (empty = nothing)
-- Returns 1; 0 when something else is there.
local there = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if there ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], 'since:' .. ARGV[1])
  redis.call('UNLINK', KEYS[4], KEYS[5], KEYS[6], KEYS[7])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('HSETNX', KEYS[2], 'since:' .. ARGV[1], redis.call('GET', KEYS[3]) or '0')
end
redis.call('HINCRBY', KEYS[2], 'version', 1)
return 1
