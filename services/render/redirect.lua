-- Redirect: keep where addresses of the old site lead; never one that an article has, or had.
--
-- KEYS 1 redirects  2 urls
-- ARGV old, the article's address that it could be, new; for each
-- Returns for each: 'article', 'new', 'changed' or 'unchanged'.
local answers = {}
for i = 1, #ARGV, 3 do
  local old, page, new = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local before = redis.call('HGET', KEYS[1], old)
  if redis.call('HEXISTS', KEYS[2], page) == 1 then
    answers[#answers + 1] = 'article'
  elseif before == new then
    answers[#answers + 1] = 'unchanged'
  else
    redis.call('HSET', KEYS[1], old, new)
    answers[#answers + 1] = before and 'changed' or 'new'
  end
end
return answers
