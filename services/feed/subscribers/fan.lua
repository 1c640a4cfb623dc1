-- Fan: append events to the streams of everybody whom they concern, and move the cursor. All of it or nothing, so that
-- every stream has every event, in order, and none twice, wherever a process dies. (ADR-0016)
--
-- KEYS 1 fanout  2 subscribers-state  then three for each event: article, payloads, received  then the out streams
-- ARGV 1 cursor as it is  2 cursor as it will be  3 the subscribers' version  4 entries that a stream keeps about
--      5 payload_s  6 how many events  then for each event: event id if it is public, else empty · payload to be kept
--      yet, or empty · bitmap of who will have received it · which streams, space-separated numbers · how many words ·
--      the words: fields and values of the entry
-- Returns 'done', or what has changed since the caller looked: 'cursor', 'subscribers'.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'cursor' end
if (redis.call('HGET', KEYS[2], 'version') or '0') ~= ARGV[3] then return 'subscribers' end
local keep, payload_s, events = ARGV[4], ARGV[5], tonumber(ARGV[6])
local before_streams = 2 + 3 * events

local at = 7
for i = 1, events do
  local event_id, made, bitmap, streams, words = unpack(ARGV, at, at + 4)
  local article, payloads, received = unpack(KEYS, 3 * i, 3 * i + 2)
  if made ~= '' and redis.call('HGET', article, 'state') == 'public' then
    redis.call('HSET', payloads, event_id, made)
    redis.call('EXPIRE', payloads, payload_s)
  end
  -- a kill may have come since the caller looked: then there is nothing to be told of any more
  if event_id == '' or redis.call('HEXISTS', payloads, event_id) == 1 then
    local entry = {unpack(ARGV, at + 5, at + 4 + words)}
    for stream in string.gmatch(streams, '%d+') do
      redis.call('XADD', KEYS[before_streams + tonumber(stream)], 'MAXLEN', '~', keep, '*', unpack(entry))
    end
    if bitmap ~= '' then redis.call('SET', received, bitmap) end
  end
  at = at + 5 + tonumber(words)
end
redis.call('SET', KEYS[1], ARGV[2])
return 'done'
