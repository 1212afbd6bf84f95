"""The limiter's steps inside Redis. Each is atomic and uses Redis's own clock, so that machines agree on "now".

A call is granted when it is its turn at this very moment, and when fewer than the rate were on their way in the last
second. One that was granted counts as on its way until its process says that it was sent, and a second from then:
whatever held it up in between, the server never sees two bunched. Times are milliseconds.
"""

# Who comes a hair late (a share of the interval between two turns) may come as much earlier the next time.
SLACK_SHARE = 0.06
# How much later than another a call may still travel once it was sent.
TRAVEL_MS = 15
# A process that never says so has died: longer than connecting may take.
UNSENT_MS = 15_000
# Asked again this soon while the second is full: whoever fills it may say at any moment when it was sent.
FULL_MS = 15
SLOWEST_SHARE = 1 / 6
RECOVERY_SHARE = 1 / 12
FAILURES = 5

_NOW = "local t = redis.call('TIME') local now = t[1] * 1000 + t[2] / 1000\n"
# KEYS[slow], ARGV[rate]: after a 429 the pace is halved, and after each clean minute gets a twelfth back.
_RATE = f"""
local function pace(key, wanted)
  local slow = redis.call('HMGET', key, 'rate', 'at')
  if not slow[1] then return wanted end
  local clean = math.max(0, math.floor((now - slow[2]) / 60000))
  return math.min(wanted, slow[1] + clean * wanted * {RECOVERY_SHARE})
end
"""

# KEYS: next turn, silence of the host, block of the site, slow pace, breaker, count of this ten seconds, calls on their
# way by the time they stop to count. ARGV: rate, name of the call. Answers {microseconds to wait, why, whether success
# should be told}.
ASK = f"""{_NOW}{_RATE}
local function left(untilms) return math.ceil((untilms - now) * 1000) end
local blocked = tonumber(redis.call('HGET', KEYS[3], 'until') or '0')
if blocked > now then return {{left(blocked), 'blocked', 0}} end
local silent = tonumber(redis.call('GET', KEYS[2]) or '0')
if silent > now then return {{left(silent), 'silent', 0}} end
local breaker = redis.call('HMGET', KEYS[5], 'until', 'fails')
local open = tonumber(breaker[1] or '0')
if open > now then return {{left(open), 'open', 0}} end
local following = tonumber(redis.call('GET', KEYS[1]) or '0')
if following > now then return {{left(following), 'pace', 0}} end
local rate = pace(KEYS[4], tonumber(ARGV[1]))
redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now)
local over = redis.call('ZCARD', KEYS[7]) - math.max(1, math.floor(rate + 0.001))
if over >= 0 then
  local ends = redis.call('ZRANGE', KEYS[7], over, over, 'WITHSCORES')[2]
  return {{left(math.min(ends, now + {FULL_MS})), 'pace', 0}}
end
local interval = 1000 / rate
local turn = string.format('%.3f', math.max(following, now - interval * {SLACK_SHARE}) + interval)
redis.call('SET', KEYS[1], turn, 'PX', math.ceil(interval) + 60000)
redis.call('ZADD', KEYS[7], now + {UNSENT_MS}, ARGV[2])
redis.call('PEXPIRE', KEYS[7], {2 * UNSENT_MS})
redis.call('INCR', KEYS[6])
redis.call('EXPIRE', KEYS[6], 60)
if blocked > 0 then redis.call('HSET', KEYS[3], 'until', now + 60000) end
if open > 0 then redis.call('HSET', KEYS[5], 'until', now + 60000) end
return {{0, '', (blocked > 0 or breaker[2]) and 1 or 0}}
"""

# KEYS: calls on their way. ARGV: name of the call, rate. From now on it counts for a second more.
SENT = f"""{_NOW}
local ends = now + math.max(1000, 1000 / tonumber(ARGV[2])) + {TRAVEL_MS}
return redis.call('ZADD', KEYS[1], 'XX', 'CH', ends, ARGV[1])
"""

# KEYS: silence, slow pace, strikes. ARGV: silence asked for, rate. From the third 429 in 15 minutes the rest grows.
SILENCE = f"""{_NOW}{_RATE}
local strikes = redis.call('INCR', KEYS[3])
redis.call('EXPIRE', KEYS[3], 900)
local rest = tonumber(ARGV[1])
if strikes >= 3 then rest = math.max(rest, math.min(300000, 60000 * 2 ^ math.min(strikes - 3, 10))) end
local untilms = math.max(now + rest, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', untilms), 'PX', math.ceil(untilms - now) + 1000)
local rate = tonumber(ARGV[2])
local slower = math.max(rate * {SLOWEST_SHARE}, pace(KEYS[2], rate) / 2)
redis.call('HSET', KEYS[2], 'rate', string.format('%.4f', slower), 'at', string.format('%.0f', untilms))
redis.call('EXPIRE', KEYS[2], 7200)
return math.ceil(untilms - now)
"""

# KEYS: block. Fifteen minutes, then an hour for each probe that is refused. Calls under way count once.
BLOCK = f"""{_NOW}
local untilms = tonumber(redis.call('HGET', KEYS[1], 'until') or '0')
if untilms <= now + 60000 then
  local first = redis.call('HINCRBY', KEYS[1], 'count', 1) == 1
  untilms = now + (first and 900000 or 3600000)
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', untilms))
end
redis.call('EXPIRE', KEYS[1], 86400)
return math.ceil(untilms - now)
"""

# KEYS: breaker. Open after FAILURES in a row: 30 seconds, doubled up to five minutes; then one call tries.
FAILED = f"""{_NOW}
local fails = redis.call('HINCRBY', KEYS[1], 'fails', 1)
redis.call('EXPIRE', KEYS[1], 3600)
if fails < {FAILURES} then return 0 end
local rest = math.min(300000, 30000 * 2 ^ math.min(fails - {FAILURES}, 10))
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + rest))
return rest
"""

# KEYS: slow pace. ARGV: rate. Answers the rate in force, as text.
IN_FORCE = f"""{_NOW}{_RATE}
return string.format('%.2f', pace(KEYS[1], tonumber(ARGV[1])))
"""
