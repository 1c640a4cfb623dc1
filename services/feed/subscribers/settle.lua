-- Settle: an attempt is over. The delivery leaves the queue or waits for the next one, the endpoint's state follows,
-- and the log has one entry more.
--
-- KEYS 1 queue  2 endpoint  3 log  4 receipts of the article
-- ARGV 1 id  2 outcome  3 failures in a row, if it is one  4 when again (failed)  5 until when the endpoint rests, or 0
--      6 now_ms  7 what the receipts get under the subscriber's name, or empty  8 name  9… the log entry
local queue, endpoint, log, receipts = unpack(KEYS)
local id, outcome, failures, again, rests_until, now, receipt, name = unpack(ARGV, 1, 8)
if outcome == 'failed' then
  redis.call('ZADD', queue, 'XX', again, id)
elseif outcome ~= 'gone' then  -- who is gone may be asked back, and then gets what waits
  redis.call('ZREM', queue, id)
  redis.call('HDEL', endpoint, 'attempt:' .. id)
end
if outcome == 'delivered' then
  redis.call('HDEL', endpoint, 'failures', 'failing_since', 'rests_until')
elseif outcome ~= 'withdrawn' then
  redis.call('HSETNX', endpoint, 'failing_since', now)
  redis.call('HSET', endpoint, 'failures', failures, 'rests_until', rests_until)
end
if receipt ~= '' then redis.call('HSET', receipts, name, receipt) end
redis.call('XADD', log, 'MAXLEN', '~', '10000', '*', unpack(ARGV, 9))
