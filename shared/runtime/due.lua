-- Due: what the clock does to articles. Publish what was scheduled, unpublish what expires; the overdue first.
-- It takes from the schedule, changes the article and tells everybody in one step, so that each happens once however
-- many workers ask, and none is lost when one dies. accept.lua fills the schedule, and clears it. (ADR-0012)
--
-- KEYS 1 schedule  2 articles  3 changed  4 seq  5 prefix of articles  6 prefix of payloads  7 prefix of timelines
--      8 embargoed  9 embargoed-changed
-- ARGV 1 now_ms  2 how many at most  3 payload_s
-- Returns when the next is due (empty = nothing is), then what, id and the time it was due, for each, flat.
local now, most, payload_s = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local done = {}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, most)
for i = 1, #found, 2 do
  local id = found[i]
  local article = KEYS[5] .. id
  local a = redis.call('HMGET', article, 'state', 'public_ms', 'expires_ms', 'event_id', 'path', 'site', 'doc')
  local state, public_ms, expires_ms = a[1], tonumber(a[2] or ''), tonumber(a[3] or '')
  local is_over = expires_ms ~= nil and expires_ms <= now
  local what, due_ms = '', nil
  if state == 'scheduled' and public_ms and public_ms <= now and not is_over then
    what, due_ms = 'published', public_ms
  elseif is_over and (state == 'public' or state == 'scheduled') then
    what, due_ms = 'expired', expires_ms
  end
  redis.call('ZREM', KEYS[1], id)

  if what ~= '' then
    local seq = redis.call('INCR', KEYS[4])
    if what == 'published' then
      redis.call('HSET', article, 'state', 'public', 'seq', seq)
      redis.call('HDEL', article, 'public_ms', 'event_id')
      redis.call('HSET', KEYS[6] .. id, a[4], 'published\n' .. a[5] .. '\n' .. ARGV[1] .. '\n' .. a[7])
      redis.call('EXPIRE', KEYS[6] .. id, payload_s)
      if expires_ms then redis.call('ZADD', KEYS[1], expires_ms, id) end
    else
      redis.call('HSET', article, 'state', 'unpublished', 'withdrawn_ms', expires_ms, 'note', '', 'seq', seq)
      redis.call('HDEL', article, 'doc', 'public_ms', 'expires_ms', 'event_id')
    end
    -- What nobody could see before (it expired while every worker was down) nobody is told of, but those who are
    -- trusted with what is embargoed. (ADR-0027)
    if what == 'published' or state == 'public' then
      redis.call('ZADD', KEYS[3], seq, id)
      redis.call('XADD', KEYS[2], '*', 'v', '1', 'article_id', id, 'site', a[6],
        'verb', what == 'published' and 'published' or 'unpublished', 'seq', seq,
        'received_ms', string.format('%.0f', due_ms), 'accepted_ms', ARGV[1], 'traceparent', '',
        'event_id', what == 'published' and a[4] or '')
      redis.call('ZREM', KEYS[9], id)
    else
      redis.call('ZADD', KEYS[9], seq, id)
      redis.call('XADD', KEYS[8], '*', 'v', '1', 'article_id', id, 'site', a[6], 'verb', 'unpublished', 'seq', seq,
        'received_ms', string.format('%.0f', due_ms), 'accepted_ms', ARGV[1], 'traceparent', '', 'event_id', '',
        'public_ms', '0', 'is_secret', '1')
    end
    redis.call('XADD', KEYS[7] .. id, 'MAXLEN', '~', '100', '*', 'what', what == 'published' and 'opened' or 'expired',
      'seq', seq, 'received_ms', string.format('%.0f', due_ms), 'at_ms', ARGV[1])
    redis.call('EXPIRE', KEYS[7] .. id, payload_s)
    done[#done + 1] = what
    done[#done + 1] = id
    done[#done + 1] = string.format('%.0f', due_ms)
  end
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
table.insert(done, 1, next[2] or '')
return done
