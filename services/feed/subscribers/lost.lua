-- Lost: a lane was cut before the fan-out had read it: say so in every stream, once. Readers catch up from `changed`.
-- KEYS 1 fanout-lost  then the out streams
-- ARGV 1 what is there: `seq count`, the sequence before the first lost signal and how many were lost at most
--      2 entries that a stream keeps about
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local seq, count = string.match(ARGV[1], '^(%d+) (%d+)$')
for i = 2, #KEYS do
  redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[2], '*', 'v', '1', 'gap', seq, 'lost', count)
end
redis.call('DEL', KEYS[1])
return 1
