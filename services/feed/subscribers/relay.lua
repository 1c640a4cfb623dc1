-- Relay: on the syndication Redis, append events to one stream, or take killed texts out of all, and move the cursor.
-- All of it or nothing, so that the stream has every event, in order, and none twice, wherever a process or a server
-- dies. (ADR-0028)
--
-- KEYS 1 relayed  2 the out stream  3 fanout  then two for each event: copies, killed
-- ARGV 1 whose cursor  2 the cursor as it is, or empty  3 as it will be  4 entries that the stream keeps about  5 kept_s
--      then for each event: its sequence · '1' = a kill · its id in the stream, or empty = append nothing · '1' = it
--      carries text that a kill takes back · how many words · the words: fields and values of the entry
-- Returns 'done'; 'cursor' when that is not where it was; 'newsroom' when this server is the newsroom's own.
if redis.call('EXISTS', KEYS[3]) == 1 then return 'newsroom' end
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 'cursor' end
local keep, kept_s = ARGV[4], tonumber(ARGV[5])
local at, key = 6, 4
while at <= #ARGV do
  local seq, kill, id, is_text, count = unpack(ARGV, at, at + 4)
  local copies, killed = KEYS[key], KEYS[key + 1]
  local words_at = at + 5
  at, key = words_at + tonumber(count), key + 2
  if kill == '1' then
    for _, copy in ipairs(redis.call('LRANGE', copies, 0, -1)) do  -- the streams named there are of this shard
      local stream, entry, told = string.match(copy, '^(%S+) (%S+) (%d+)$')
      if tonumber(told) <= tonumber(seq) then redis.call('XDEL', stream, entry) end
    end
    if tonumber(redis.call('GET', killed) or 0) < tonumber(seq) then redis.call('SET', killed, seq, 'EX', kept_s) end
  end
  -- A text may have been read just before its article was killed: what is older than the kill comes too late.
  if id ~= '' and not (is_text == '1' and tonumber(seq) <= tonumber(redis.call('GET', killed) or 0)) then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, id, unpack(ARGV, words_at, at - 1))
    if is_text == '1' then
      redis.call('RPUSH', copies, KEYS[2] .. ' ' .. id .. ' ' .. seq)
      redis.call('EXPIRE', copies, kept_s)
    end
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'done'
