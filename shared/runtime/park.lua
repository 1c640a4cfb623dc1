-- Park: write the dead letter and acknowledge the message, both or neither.
-- KEYS 1 stream  2 dead     ARGV 1 group  2 id  3 reason  4 detail  5 at_ms  6 attempts  7… the message's own fields
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'stream', KEYS[1], 'group', ARGV[1], 'id', ARGV[2], 'reason', ARGV[3],
  'detail', ARGV[4], 'at_ms', ARGV[5], 'attempts', ARGV[6], unpack(ARGV, 7))
return 1
