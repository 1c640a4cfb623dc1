-- Fan: append events to the streams of everybody whom they concern, and move the cursor. All of it or nothing, so that
-- every stream has every event, in order, and none twice, wherever a process dies. (ADR-0016)
--
-- KEYS 1 fanout  2 subscribers-state  then four for each event: article, payloads, received, copies
--      then the out streams
-- ARGV 1 cursor as it is  2 cursor as it will be  3 the subscribers' version  4 payload_s  5 how many events
--      then for each event: event id if it is public, else empty · payload to be kept yet, or empty · bitmap of who will
--      have received it · '1' = a kill · how many words · the words: fields and values of the entry · how many kinds
--      of entry, and for each: the event's text, or empty · entries that such a stream keeps about · which streams,
--      space-separated numbers
-- Returns 'done', or what has changed since the caller looked: 'cursor', 'subscribers'.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'cursor' end
if (redis.call('HGET', KEYS[2], 'version') or '0') ~= ARGV[3] then return 'subscribers' end
local payload_s, events = tonumber(ARGV[4]), tonumber(ARGV[5])
local before_streams = 2 + 4 * events

local at = 6
local function take(count)
  at = at + count
  return unpack(ARGV, at - count, at - 1)
end

for i = 1, events do
  local event_id, made, bitmap, kill, words = take(5)
  local entry = {take(tonumber(words))}
  local article, payloads, received, copies = unpack(KEYS, 4 * i - 1, 4 * i + 2)
  if made ~= '' and redis.call('HGET', article, 'state') == 'public' then
    redis.call('HSET', payloads, event_id, made)
    redis.call('EXPIRE', payloads, payload_s)
  end
  if kill == '1' then  -- the streams named there are of this shard
    for _, copy in ipairs(redis.call('LRANGE', copies, 0, -1)) do
      local stream, id = string.match(copy, '^(.*) (%S+)$')
      redis.call('XDEL', stream, id)
    end
    redis.call('DEL', copies)
  end
  -- A kill may have come since the caller looked: then there is nothing to be told of any more.
  local is_told = event_id == '' or redis.call('HEXISTS', payloads, event_id) == 1
  if is_told then redis.call('SET', received, bitmap) end
  for _ = 1, tonumber((take(1))) do
    local text, keep, streams = take(3)
    if is_told then
      local whole = {unpack(entry)}
      if text ~= '' then
        whole[#whole + 1] = 'event'
        whole[#whole + 1] = text
      end
      for stream in string.gmatch(streams, '%d+') do
        local key = KEYS[before_streams + tonumber(stream)]
        local id = redis.call('XADD', key, 'MAXLEN', '~', keep, '*', unpack(whole))
        if text ~= '' and event_id ~= '' then
          redis.call('RPUSH', copies, key .. ' ' .. id)
          redis.call('EXPIRE', copies, payload_s + 86400)  -- longer than such an entry is kept
        end
      end
    end
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return 'done'
