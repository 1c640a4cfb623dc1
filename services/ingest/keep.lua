-- Keep one rejected delivery, and let the oldest go until all of its kind fit. (rejected.py)
--
-- KEYS 1 index: hash id -> bytes   2 record: hash m, b, whose name ends with the id
-- ARGV 1 id  2 what is known of it  3 body or ''  4 seconds to keep  5 the smallest id that is young enough
--      6 most records  7 most bytes
-- Ids sort by time. The records that are let go carry the same hash tag, so they live beside their index.
local id, meta, body, keep_s = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local prefix = string.sub(KEYS[2], 1, #KEYS[2] - #id)
redis.call('HSET', KEYS[2], 'm', meta)
if body ~= '' then redis.call('HSET', KEYS[2], 'b', body) end
redis.call('EXPIRE', KEYS[2], keep_s)
redis.call('HSET', KEYS[1], id, #meta + #body)
redis.call('EXPIRE', KEYS[1], keep_s)

local ids, sizes, bytes, rows = {}, {}, 0, redis.call('HGETALL', KEYS[1])
for i = 1, #rows, 2 do
  ids[#ids + 1] = rows[i]
  sizes[rows[i]] = tonumber(rows[i + 1])
  bytes = bytes + sizes[rows[i]]
end
table.sort(ids)
for i, old in ipairs(ids) do
  local left = #ids - i + 1
  if old >= ARGV[5] and left <= tonumber(ARGV[6]) and bytes <= tonumber(ARGV[7]) then break end
  redis.call('DEL', prefix .. old)
  redis.call('HDEL', KEYS[1], old)
  bytes = bytes - sizes[old]
end
return #ids
