-- The book of a shared budget in Lua: the same machine as rules/book, file by file, which says why.
-- A property test feeds both the same requests and compares every field.
--
-- All numbers are whole and below 1e14, beyond which cjson writes them inexactly. Rows are arrays,
-- whose places are named here. An empty array is written as an object.

local LONG_AGO = -1000000000000
local FOREIGN = 2
local URGENT, NORMAL, BACKGROUND = 0, 1, 2
local LINES = 6
local ONE = 1000
local SCHEMA = 2
local EVERYONE = "*"

local SET = {requests = 1, per = 2, size = 3, burst = 4, reserve = 5, settled = 6, grace = 7}
local TOKEN = {number = 1, key = 2, line = 3, granted = 4, expires = 5, serial = 6}
local BACK = {at = 1, lane = 2, number = 3, key = 4}
local SLOT = {expires = 1, number = 2}
local MOVING = {subject = 1, expires = 2}
local QUEUE = {count = 1, since = 2, stamp = 3}
local SESSION = {
  name = 1, label = 2, key = 3, seen = 4, serial = 5, fact = 6, due = 7, used = 8, lines = 9,
}
local PAST = {epoch = 1, version = 2, booked = 3}
local LESSON = {
  narrowed = 1, burst = 2, ceiling = 3, run = 4, last_grant = 5, last_counted = 6, last_step = 7,
  quiet_since = 8, last_given_up = 9, streak = 10, episodes = 11, settled = 12, ready = 13,
  closed = 14,
}
-- Of a request.
local CLAIM = {line = 1, count = 2, age = 3}
local ENDED = {number = 1, ending = 2, age = 3, subject = 4}
local FACT = {number = 1, kind = 2, age = 3, granted_age = 4, duration = 5}
local VOUCHER = {now = 1, least = 2, most = 3, provisional = 4}
local HELD = {number = 1, line = 2, age = 3, has_ended = 4, gave_up = 5, subject = 6}
local LEARNED = {narrowed = 1, burst = 2, settled = 3, streak = 4, closed_for = 5}

local max, min, floor = math.max, math.min, math.floor

local function div(a, b) return floor(a / b) end
local function ceil_div(a, b) return -floor(-a / b) end
local function lane_of(line) return div(line, 2) end
local function has_slot(line) return line % 2 == 1 end

local function find(rows, place, value)
  for index, row in ipairs(rows) do
    if row[place] == value then return row, index end
  end
  return nil
end

local function keep(rows, wanted)
  local kept = {}
  for _, row in ipairs(rows) do
    if wanted(row) then kept[#kept + 1] = row end
  end
  return kept
end

-- Behind those that are equal, as Python's insort does.
local function insert_sorted(rows, row, place)
  local index = #rows
  while index > 0 and rows[index][place] > row[place] do index = index - 1 end
  table.insert(rows, index + 1, row)
end

-- state

local function turn(book) return book.settings[SET.per] + ceil_div(book.settings[SET.per], 1000) end

local function allowed(book)
  return max(1, div(book.settings[SET.requests] * book.lessons[LESSON.narrowed], 1000))
end

local function interval(book) return ceil_div(book.settings[SET.per], allowed(book)) end
local function reserve(book) return min(book.settings[SET.reserve], allowed(book) - 1) end

local function polls_share(book)
  return max(1, min(div(allowed(book), 10), allowed(book) - reserve(book) - 1))
end

local function busy_slots(book)
  local busy = 0
  for _, token in ipairs(book.tokens) do
    if has_slot(token[TOKEN.line]) then busy = busy + 1 end
  end
  return busy
end

local function new_queue() return {0, 0, 0} end

-- clock

local JITTER, DOUBT = 250, 1000

local function is_valid(book, request)
  local past = find(book.past, PAST.epoch, request.epoch)
  local is_known = request.epoch == 0 or request.epoch == book.epoch
    or (past and past[PAST.booked] ~= FOREIGN)
  return is_known and request.version >= book.corrected
end

local function told_time(book, clock, request)
  local now, voucher = max(book.last, clock.now - book.shift), request.voucher
  if voucher == 0 then return now end
  local valid = is_valid(book, request)
  local since = valid and voucher[VOUCHER.now] or book.last
  if now <= since + voucher[VOUCHER.most] + JITTER then return now end
  return valid and max(book.last, since + voucher[VOUCHER.least]) or book.last
end

local function is_doubtful(book, now, request)
  local voucher = request.voucher
  local can_vouch = voucher ~= 0 and voucher[VOUCHER.provisional] == 0
  if can_vouch and is_valid(book, request) then return false end
  if now - book.last <= DOUBT or request.doubted_for >= DOUBT then return false end
  if #book.tokens + #book.returns + #book.slots + book.unknown_until == 0 then return false end
  for _, session in ipairs(book.sessions) do
    if session[SESSION.name] ~= request.session then return true end
  end
  return false
end

-- accounts

local LONGEST_MOTION, REMEMBERED = 600000, 4
local STILL_COUNTS, LONG = 7, 40
local REFUNDED, ANSWERED = 0, 1

local function return_credit(book, at, line, number, key)
  insert_sorted(book.returns, {at, lane_of(line), number, key}, BACK.at)
end

local function hold_slot(book, expires, number)
  insert_sorted(book.slots, {expires, number}, SLOT.expires)
end

local function remove_token(book, token)
  local _, index = find(book.tokens, TOKEN.number, token[TOKEN.number])
  table.remove(book.tokens, index)
end

local function give_up(book, token, at)
  local lessons, grace = book.lessons, book.settings[SET.grace]
  remove_token(book, token)
  lessons[LESSON.last_given_up] = max(lessons[LESSON.last_given_up], at)
  return_credit(
    book, at + grace + turn(book), token[TOKEN.line], token[TOKEN.number], token[TOKEN.key])
  if has_slot(token[TOKEN.line]) then hold_slot(book, at + grace, token[TOKEN.number]) end
end

local function expire(book, now)
  local over = keep(book.tokens, function(each) return each[TOKEN.expires] <= now end)
  for _, token in ipairs(over) do give_up(book, token, token[TOKEN.expires]) end
  book.returns = keep(book.returns, function(each) return each[BACK.at] > now end)
  book.slots = keep(book.slots, function(each) return each[SLOT.expires] > now end)
  book.moving = keep(book.moving, function(each) return each[MOVING.expires] > now end)
  book.released = keep(book.released, function(each) return each[MOVING.expires] > now end)
  if book.unknown_until <= now then
    book.unknown_credits, book.unknown_slots, book.unknown_until = 0, 0, 0
  end
end

local function forget_use(book, now)
  local per = book.settings[SET.per]
  for _ = 1, min(div(now, per) - div(book.last, per), LONG) do
    for _, session in ipairs(book.sessions) do
      session[SESSION.used] = div(session[SESSION.used] * STILL_COUNTS, 10)
    end
  end
end

local function pods_at_rest(book, subjects)
  local resting = {}
  for _, subject in ipairs(subjects) do resting[subject] = true end
  local function moves(each) return not resting[each[MOVING.subject]] end
  book.moving = keep(book.moving, moves)
  book.released = keep(book.released, moves)
end

local function keep_moving(book, subject, expires)
  pods_at_rest(book, {subject})
  insert_sorted(book.moving, {subject, expires}, MOVING.expires)
end

local function keep_released(book)
  for _, each in ipairs(book.released) do insert_sorted(book.moving, each, MOVING.expires) end
  book.released = {}
end

local function answer(book, token, received, subject)
  remove_token(book, token)
  return_credit(
    book, received + turn(book), token[TOKEN.line], token[TOKEN.number], token[TOKEN.key])
  if not has_slot(token[TOKEN.line]) or subject == "" then return end
  local expires = received + LONGEST_MOTION
  if book.lessons[LESSON.settled] == 1 then
    keep_moving(book, subject, expires)
    return
  end
  pods_at_rest(book, {subject})
  insert_sorted(book.released, {subject, expires}, MOVING.expires)
  while #book.released > REMEMBERED * book.settings[SET.size] do table.remove(book.released, 1) end
end

local function correct(book, ended, now)
  local late, index = find(book.returns, BACK.number, ended[ENDED.number])
  if not late or (ended[ENDED.ending] ~= REFUNDED and ended[ENDED.ending] ~= ANSWERED) then
    return
  end
  table.remove(book.returns, index)
  book.slots = keep(book.slots, function(each)
    return each[SLOT.number] ~= ended[ENDED.number]
  end)
  local back = now - ended[ENDED.age] + turn(book)
  if ended[ENDED.ending] == ANSWERED and back > now then
    return_credit(
      book, min(late[BACK.at], back), late[BACK.lane] * 2, late[BACK.number], late[BACK.key])
  end
end

local function end_grant(book, ended, now)
  local token = find(book.tokens, TOKEN.number, ended[ENDED.number])
  if not token then return correct(book, ended, now) end
  local received = max(token[TOKEN.granted], now - ended[ENDED.age])
  if ended[ENDED.ending] == REFUNDED then
    remove_token(book, token)
  elseif ended[ENDED.ending] == ANSWERED then
    answer(book, token, received, ended[ENDED.subject])
  else
    give_up(book, token, received)
  end
end

-- loss

local WITNESSES, MOST_PAST = 1000, 4

local function new_lessons(settings)
  return {
    1000, settings[SET.burst], settings[SET.requests], 0, LONG_AGO, LONG_AGO, LONG_AGO, LONG_AGO,
    LONG_AGO, 0, 0, settings[SET.settled], 0, 0,
  }
end

local function new_book(clock, request)
  return {
    settings = request.settings, founder = request.label, epoch = request.dice, run = clock.run,
    shift = clock.now, number = request.dice, schema = SCHEMA, version = 0, last = 0, corrected = 0,
    witnesses_until = clock.forgets and WITNESSES or 0,
    unknown_credits = 0, unknown_slots = 0, unknown_until = 0,
    lease = 0, stamp = 0, key = 0, loan = 0, passed = {0, 0, 0, 0, 0, 0},
    lessons = new_lessons(request.settings), past = {}, tokens = {}, returns = {}, slots = {},
    moving = {}, released = {}, sessions = {},
  }
end

local function add_past(book, epoch, version, booked)
  table.insert(book.past, {epoch, version, booked})
  while #book.past > MOST_PAST do table.remove(book.past, 1) end
end

local function begin_epoch(book, request, booked)
  add_past(book, book.epoch, book.version, booked)
  book.epoch = request.dice
  book.number = book.number + request.dice
end

local function is_proof(book, request)
  if request.epoch == 0 then return false end
  if request.epoch == book.epoch then
    if request.version <= book.version then return false end
    begin_epoch(book, request, 1)
    return true
  end
  local known = find(book.past, PAST.epoch, request.epoch)
  if not known then
    add_past(book, request.epoch, request.version, FOREIGN)
    return true
  end
  if known[PAST.booked] ~= 0 or request.version <= known[PAST.version] then return false end
  known[PAST.booked] = 1
  return true
end

local function expect_unknown(book, request, now)
  local used = #book.slots + #book.moving + busy_slots(book)
  book.unknown_credits = max(0, allowed(book) - #book.tokens - #book.returns)
  book.unknown_slots = max(0, book.settings[SET.size] - used)
  book.unknown_until = now + max(book.lease, request.lease) + book.settings[SET.grace] + turn(book)
end

local function note_loss(book, clock, request, now)
  if clock.run ~= "" and clock.run ~= book.run then
    begin_epoch(book, request, 0)
    book.run = clock.run
    if clock.forgets then book.witnesses_until = now + WITNESSES end
  end
  if is_proof(book, request) then expect_unknown(book, request, now) end
  return now < book.witnesses_until
end

local function must_tell(book, request)
  return request.epoch ~= 0 and request.epoch ~= book.epoch and request.held == 0
end

local function make_known(book, credit, slot)
  if credit then book.unknown_credits = max(0, book.unknown_credits - 1) end
  if slot then book.unknown_slots = max(0, book.unknown_slots - 1) end
end

local function take_over_one(book, session, held, request, now)
  local before, slotted = now - held[HELD.age], has_slot(held[HELD.line])
  local number, line, key = held[HELD.number], held[HELD.line], session[SESSION.key]
  if held[HELD.has_ended] == 0 then
    table.insert(
      book.tokens, {number, key, line, before, before + request.lease, request.serial})
    make_known(book, true, slotted)
    return
  end
  local gave_up = held[HELD.gave_up] == 1
  local received = gave_up and before + book.settings[SET.grace] or before
  local back = received + turn(book)
  if back > now then return_credit(book, back, line, number, key) end
  local keeps_slot = slotted and gave_up and received > now
  if keeps_slot then hold_slot(book, received, number) end
  make_known(book, back > now, keeps_slot)
  if slotted and held[HELD.subject] ~= "" and book.lessons[LESSON.settled] == 1 then
    keep_moving(book, held[HELD.subject], before + LONGEST_MOTION)
  end
end

local function relearn(lessons, told, now)
  lessons[LESSON.narrowed] = min(lessons[LESSON.narrowed], told[LEARNED.narrowed])
  local burst = told[LEARNED.burst]
  if burst ~= 0 then
    local own = lessons[LESSON.burst]
    lessons[LESSON.burst] = min(own ~= 0 and own or burst, burst)
    lessons[LESSON.episodes] = max(1, lessons[LESSON.episodes])
  end
  if told[LEARNED.settled] == 1 then lessons[LESSON.settled] = 1 end
  if lessons[LESSON.narrowed] < 1000 or lessons[LESSON.burst] ~= 0 then
    lessons[LESSON.quiet_since] = now
  end
  if told[LEARNED.closed_for] ~= 0 then
    lessons[LESSON.closed] = max(lessons[LESSON.closed], now + told[LEARNED.closed_for])
  end
  lessons[LESSON.streak] = max(lessons[LESSON.streak], told[LEARNED.streak])
end

local function take_over(book, session, request, now)
  if request.held ~= 0 then
    for _, held in ipairs(request.held) do
      local number = held[HELD.number]
      if not find(book.tokens, TOKEN.number, number)
        and not find(book.returns, BACK.number, number) then
        take_over_one(book, session, held, request, now)
      end
    end
  end
  if request.learned ~= 0 then relearn(book.lessons, request.learned, now) end
end

-- lessons

local BURST_STEP, NARROWING, NARROWEST, RECOVERY, WHOLE = 4, 700, 200, 50, 1000

local function begin_empty(book, now)
  local lessons = book.lessons
  if lessons[LESSON.burst] ~= 0 then
    lessons[LESSON.ready] = max(
      lessons[LESSON.ready], now + lessons[LESSON.burst] * interval(book))
  end
end

local function note_grant(book, now)
  local lessons = book.lessons
  local even = ceil_div(book.settings[SET.per], book.settings[SET.requests])
  local is_close = now - lessons[LESSON.last_grant] < even
  lessons[LESSON.run] = is_close and lessons[LESSON.run] + 1 or 1
  lessons[LESSON.last_grant] = now
  if lessons[LESSON.burst] ~= 0 then
    lessons[LESSON.ready] = max(lessons[LESSON.ready], now) + interval(book)
  end
end

local function refused(book, now, sent_at)
  local lessons = book.lessons
  lessons[LESSON.quiet_since] = now
  if sent_at <= lessons[LESSON.last_step] then return false end
  lessons[LESSON.last_step] = now
  lessons[LESSON.episodes] = lessons[LESSON.episodes] + 1
  local burst = lessons[LESSON.burst]
  if burst ~= 1 then
    local seen = burst ~= 0 and burst or lessons[LESSON.run]
    lessons[LESSON.ceiling] = min(lessons[LESSON.ceiling], max(1, seen - 1))
    lessons[LESSON.burst] = max(1, div(seen, BURST_STEP))
  else
    lessons[LESSON.narrowed] = max(NARROWEST, div(lessons[LESSON.narrowed] * NARROWING, WHOLE))
  end
  begin_empty(book, now)
  return true
end

local function crowded(book, now)
  local lessons = book.lessons
  local is_explained = now - lessons[LESSON.last_given_up] < book.settings[SET.per]
  if is_explained or lessons[LESSON.settled] == 1 then return false end
  lessons[LESSON.settled] = 1
  keep_released(book)
  return true
end

local function accepted(book, now)
  local lessons = book.lessons
  lessons[LESSON.streak] = 0
  local burst, narrowed = lessons[LESSON.burst], lessons[LESSON.narrowed]
  if now - lessons[LESSON.quiet_since] < book.settings[SET.per]
    or (burst == 0 and narrowed == WHOLE) then
    return false
  end
  lessons[LESSON.quiet_since] = now
  lessons[LESSON.narrowed] = min(WHOLE, narrowed + RECOVERY)
  if burst ~= 0 and lessons[LESSON.episodes] > 0 then
    lessons[LESSON.burst] = min(lessons[LESSON.ceiling], burst + 1)
  end
  if burst == lessons[LESSON.burst] and narrowed == lessons[LESSON.narrowed] then return false end
  begin_empty(book, now)
  return true
end

local function learn_one(book, fact, now)
  local lessons, kind = book.lessons, fact[FACT.kind]
  local expires = now - fact[FACT.age] + fact[FACT.duration]
  if kind == "close" then
    lessons[LESSON.closed] = max(lessons[LESSON.closed], expires)
    return false, false
  end
  if kind == "withhold" then
    hold_slot(book, expires, 0)
    return false, false
  end
  local sent_at, changed = now - fact[FACT.granted_age], false
  if kind == "refused" then
    changed = refused(book, now, sent_at)
  else
    changed = crowded(book, now)
  end
  if sent_at <= lessons[LESSON.last_counted] then return false, changed end
  lessons[LESSON.streak], lessons[LESSON.last_counted] = lessons[LESSON.streak] + 1, now
  return true, changed
end

local function learn(book, session, request, now)
  local is_news, changed = false, false
  for _, fact in ipairs(request.facts) do
    if fact[FACT.number] > session[SESSION.fact] then
      session[SESSION.fact] = fact[FACT.number]
      local news, change = learn_one(book, fact, now)
      is_news, changed = is_news or news, changed or change
    end
  end
  if request.succeeded == 1 then changed = accepted(book, now) or changed end
  return is_news, changed
end

-- desk

local PATIENCE, EXCHANGES, AGED_TURN, AHEAD = 500, 16, 10, 2000
local LEND_NOTHING, LEND_POLLS, LEND_ALL = 0, 1, 2

local function is_silent(session, now)
  return session[SESSION.due] > 0 and session[SESSION.due] < now - PATIENCE
end

local function place_of(key, lane) return key * 3 + lane end

local function count_up(counts, place, number)
  counts[place] = (counts[place] or 0) + number
end

local function add_claimants(desk, session, held)
  local key = session[SESSION.key]
  for line = 0, LINES - 1 do
    local queue, place = session[SESSION.lines][line + 1], place_of(key, lane_of(line))
    if queue[QUEUE.count] > 0 then
      local claimant = {
        session = session, key = key, line = line, count = queue[QUEUE.count],
        since = queue[QUEUE.since], stamp = queue[QUEUE.stamp], held = held[place] or 0,
      }
      table.insert(desk.lines[line], claimant)
      desk.of[place] = desk.of[place] or {}
      table.insert(desk.of[place], claimant)
      count_up(desk.waiting, lane_of(line), claimant.count)
    end
  end
end

local function new_desk(book, now)
  local desk, held = {
    book = book, now = now, taken = #book.tokens, polls = 0, busy = busy_slots(book),
    stamp = book.stamp, ready = book.lessons[LESSON.ready], loan = book.loan, passed = {},
    on_wire = {}, used = {}, lines = {}, of = {}, back = 0, waiting = {[0] = 0, 0, 0},
  }, {}
  for _, token in ipairs(book.tokens) do
    local key, lane = token[TOKEN.key], lane_of(token[TOKEN.line])
    if lane == BACKGROUND then desk.polls = desk.polls + 1 end
    count_up(desk.on_wire, key, 1)
    count_up(held, place_of(key, lane), 1)
  end
  for _, each in ipairs(book.returns) do
    if each[BACK.lane] == BACKGROUND then desk.polls = desk.polls + 1 end
    count_up(held, place_of(each[BACK.key], each[BACK.lane]), 1)
  end
  for line = 0, LINES - 1 do
    desk.passed[line + 1], desk.lines[line] = book.passed[line + 1], {}
  end
  for _, session in ipairs(book.sessions) do
    desk.used[session[SESSION.key]] = session[SESSION.used]
    if not is_silent(session, now) then add_claimants(desk, session, held) end
  end
  return desk
end

local function move_on(desk, instant)
  local returns = desk.book.returns
  desk.now = instant
  while desk.back < #returns and returns[desk.back + 1][BACK.at] <= instant do
    desk.back = desk.back + 1
    local back = returns[desk.back]
    if back[BACK.lane] == BACKGROUND then desk.polls = desk.polls - 1 end
    for _, each in ipairs(desk.of[place_of(back[BACK.key], back[BACK.lane])] or {}) do
      each.held = each.held - 1
    end
  end
end

local function credits(desk)
  local book = desk.book
  local unknown = desk.now < book.unknown_until and book.unknown_credits or 0
  return allowed(book) - desk.taken - unknown - (#book.returns - desk.back)
end

local function free_slots(desk)
  local book, now, held = desk.book, desk.now, 0
  for _, each in ipairs(book.slots) do
    if each[SLOT.expires] > now then held = held + 1 end
  end
  for _, each in ipairs(book.moving) do
    if each[MOVING.expires] > now then held = held + 1 end
  end
  local unknown = now < book.unknown_until and book.unknown_slots or 0
  return max(0, book.settings[SET.size] - desk.busy - held - unknown)
end

local function paced_at(desk)
  local burst = desk.book.lessons[LESSON.burst]
  if burst == 0 then return 0 end
  return desk.ready - (burst - 1) * interval(desk.book)
end

local function available_at(desk, nth, kept)
  local book, at = desk.book, nil
  local round = max(1, allowed(book) - kept)
  local rounds, index = div(nth - 1, round), (nth - 1) % round
  index = index + kept - credits(desk)
  if index < 0 then
    at = desk.now
  elseif desk.back < #book.returns then
    at = book.returns[min(desk.back + index, #book.returns - 1) + 1][BACK.at]
  else
    at = desk.now + turn(book)
  end
  return at + rounds * turn(book)
end

local function present(desk, line)
  return keep(desk.lines[line], function(each)
    return (desk.on_wire[each.key] or 0) < EXCHANGES
  end)
end

local function first_since(rows)
  local first = nil
  for _, each in ipairs(rows) do first = min(first or each.since, each.since) end
  return first
end

local function goes_before(desk, much, one, other)
  local used, others = desk.used[one.key], desk.used[other.key]
  local held = one.held + (used >= much and 1 or 0)
  local others_held = other.held + (others >= much and 1 or 0)
  if held ~= others_held then return held < others_held end
  if used ~= others then return used < others end
  return one.stamp < other.stamp
end

local function front(desk, much, rows)
  local best = nil
  for _, each in ipairs(rows) do
    if not best or goes_before(desk, much, each, best) then best = each end
  end
  return best
end

local function add_fronts(desk, lane, slot_is_free, found)
  local plain = present(desk, 2 * lane)
  local slotted = slot_is_free and present(desk, 2 * lane + 1) or {}
  local least = nil
  for _, rows in ipairs({plain, slotted}) do
    for _, each in ipairs(rows) do
      least = min(least or desk.used[each.key], desk.used[each.key])
    end
  end
  local much = (least or 0) + AHEAD
  local one, other = front(desk, much, plain), front(desk, much, slotted)
  if one and other and goes_before(desk, much, other, one) then one, other = other, one end
  if one then table.insert(found, one) end
  if other then table.insert(found, other) end
end

local function able(desk)
  local slot_is_free, found = free_slots(desk) > 0, {}
  for lane = URGENT, BACKGROUND do add_fronts(desk, lane, slot_is_free, found) end
  return found
end

local function is_within_share(desk, lane)
  if lane ~= BACKGROUND or desk.waiting[NORMAL] == 0 then return true end
  return desk.polls < polls_share(desk.book)
end

local function is_overdue(desk, line)
  if desk.passed[line + 1] < AGED_TURN - 1 or not is_within_share(desk, lane_of(line)) then
    return false
  end
  return desk.now >= first_since(present(desk, line)) + desk.book.settings[SET.per]
end

local function kept_for_polls(desk)
  local book = desk.book
  if desk.polls == 0 and desk.waiting[BACKGROUND] == 0 then return 0 end
  return max(0, min(polls_share(book) - desk.polls, allowed(book) - reserve(book) - 1))
end

local function due_loan(desk, backlog)
  local lent, first = available_at(desk, backlog, 0), nil
  for line = 2 * NORMAL, 2 * NORMAL + 1 do
    local since = first_since(desk.lines[line])
    if since then first = min(first or since, since) end
  end
  local latest, kept = lent + div(lent - first, 20), reserve(desk.book)
  if available_at(desk, backlog, kept + kept_for_polls(desk)) <= latest then
    return LEND_NOTHING
  end
  return available_at(desk, backlog, kept) > latest and LEND_ALL or LEND_POLLS
end

local function lend(desk)
  local backlog = desk.waiting[NORMAL]
  if desk.loan ~= LEND_ALL and backlog > desk.book.settings[SET.reserve] then
    desk.loan = max(desk.loan, due_loan(desk, backlog))
    if not desk.is_later then desk.book.loan = max(desk.book.loan, desk.loan) end
  end
end

local function affords(desk, lane, free)
  if lane == URGENT then return true end
  if not is_within_share(desk, lane) then return false end
  lend(desk)
  if desk.loan ~= LEND_NOTHING and lane == BACKGROUND and #desk.book.moving == 0 then
    return false
  end
  local kept = desk.loan == LEND_ALL and 0 or reserve(desk.book)
  if desk.loan == LEND_NOTHING and lane == NORMAL then kept = kept + kept_for_polls(desk) end
  return free > kept
end

local function next_claimant(desk)
  local free = credits(desk)
  if free < 1 or desk.now < desk.book.lessons[LESSON.closed] or desk.now < paced_at(desk) then
    return nil
  end
  local fronts = able(desk)
  for _, each in ipairs(fronts) do
    if is_overdue(desk, each.line) then return each end
  end
  for _, each in ipairs(fronts) do
    if affords(desk, lane_of(each.line), free) then return each end
  end
  return nil
end

local function count_passed(desk, passed, line)
  passed[line + 1] = 0
  for worse = 2 * lane_of(line) + 2, LINES - 1 do
    if #desk.lines[worse] > 0 then passed[worse + 1] = passed[worse + 1] + 1 end
  end
end

local function take(desk, claimant)
  local line, key, lane = claimant.line, claimant.key, lane_of(claimant.line)
  desk.taken = desk.taken + 1
  if lane == BACKGROUND then desk.polls = desk.polls + 1 end
  if has_slot(line) then desk.busy = desk.busy + 1 end
  count_up(desk.on_wire, key, 1)
  count_up(desk.used, key, ONE)
  count_up(desk.waiting, lane, -1)
  for _, each in ipairs(desk.of[place_of(key, lane)]) do each.held = each.held + 1 end
  desk.stamp = desk.stamp + 1
  claimant.stamp, claimant.count = desk.stamp, claimant.count - 1
  count_passed(desk, desk.passed, line)
  if desk.book.lessons[LESSON.burst] ~= 0 then
    desk.ready = max(desk.ready, desk.now) + interval(desk.book)
  end
  if claimant.count == 0 then
    desk.lines[line] = keep(desk.lines[line], function(each) return each ~= claimant end)
  end
  if desk.waiting[NORMAL] == 0 then desk.loan = LEND_NOTHING end
end

-- grants

local function end_loan(desk, now)
  for _, session in ipairs(desk.book.sessions) do
    local lines = session[SESSION.lines]
    local waits = lines[2 * NORMAL + 1][QUEUE.count] + lines[2 * NORMAL + 2][QUEUE.count]
    if waits > 0 and not is_silent(session, now) then return end
  end
  desk.book.loan, desk.loan = LEND_NOTHING, LEND_NOTHING
end

local function record(desk, claimant, lease)
  local book, session, line = desk.book, claimant.session, claimant.line
  book.number, book.stamp = book.number + 1, book.stamp + 1
  local queue = session[SESSION.lines][line + 1]
  queue[QUEUE.count], queue[QUEUE.stamp] = queue[QUEUE.count] - 1, book.stamp
  session[SESSION.used] = session[SESSION.used] + ONE
  table.insert(book.tokens, {
    book.number, session[SESSION.key], line, desk.now, desk.now + lease, session[SESSION.serial],
  })
  count_passed(desk, book.passed, line)
  note_grant(book, desk.now)
  return {line, book.number}
end

local function fixed_instants(book)
  local found = {book.lessons[LESSON.closed], book.unknown_until}
  for _, each in ipairs(book.returns) do found[#found + 1] = each[BACK.at] end
  for _, each in ipairs(book.slots) do found[#found + 1] = each[SLOT.expires] end
  for _, each in ipairs(book.moving) do found[#found + 1] = each[MOVING.expires] end
  table.sort(found)
  return found
end

local function next_instant(desk, instants)
  local now, found = desk.now, nil
  while instants[desk.passed_instants + 1] and instants[desk.passed_instants + 1] <= now do
    desk.passed_instants = desk.passed_instants + 1
  end
  local function consider(instant)
    if instant and instant > now and (not found or instant < found) then found = instant end
  end
  consider(instants[desk.passed_instants + 1])
  consider(paced_at(desk))
  for line = 0, LINES - 1 do
    if #desk.lines[line] > 0 and desk.passed[line + 1] >= AGED_TURN - 1 then
      consider(first_since(desk.lines[line]) + desk.book.settings[SET.per])
    end
  end
  return found
end

local function latest_alarm(desk, session)
  local lines, grace = session[SESSION.lines], desk.book.settings[SET.grace]
  local latest = desk.now + desk.book.settings[SET.per]
  if lines[2][QUEUE.count] + lines[4][QUEUE.count] + lines[6][QUEUE.count] > 0 then
    for _, token in ipairs(desk.book.tokens) do
      if has_slot(token[TOKEN.line]) then latest = min(latest, token[TOKEN.expires] + grace) end
    end
  end
  return latest
end

local function alarm(desk, session)
  local claims = 0
  for _, queue in ipairs(session[SESSION.lines]) do claims = claims + queue[QUEUE.count] end
  if claims == 0 then return nil end
  desk.is_later, desk.passed_instants = true, 0
  local latest, instants = latest_alarm(desk, session), fixed_instants(desk.book)
  local instant = next_instant(desk, instants)
  while instant and instant < latest do
    move_on(desk, instant)
    local claimant = next_claimant(desk)
    while claimant do
      if claimant.session == session then return instant end
      take(desk, claimant)
      claimant = next_claimant(desk)
    end
    instant = next_instant(desk, instants)
  end
  return latest
end

local function grant(book, session, lease, now)
  local desk, grants, woken = new_desk(book, now), {}, {}
  end_loan(desk, now)
  local claimant = next_claimant(desk)
  while claimant do
    local due = claimant.session[SESSION.due]
    take(desk, claimant)
    if claimant.session == session then
      table.insert(grants, record(desk, claimant, lease))
    elseif not (due > 0 and due <= now) then
      claimant.session[SESSION.due] = now
      table.insert(woken, claimant.session[SESSION.name])
    end
    claimant = next_claimant(desk)
  end
  end_loan(desk, now)
  local at = alarm(desk, session)
  if at and #woken > 0 then at = min(at, now + PATIENCE + 1) end
  session[SESSION.due] = at or 0
  return grants, woken, at and at - now or -1
end

-- step

local FORGOTTEN = 600000

local function learned(book, now)
  local lessons = book.lessons
  return {
    allowed(book), lessons[LESSON.narrowed], lessons[LESSON.burst], lessons[LESSON.settled],
    lessons[LESSON.streak], max(0, lessons[LESSON.closed] - now),
  }
end

local function used_slots(book)
  return busy_slots(book) + #book.slots + #book.moving + book.unknown_slots
end

local function whole(book, now)
  local held = #book.tokens + #book.returns + book.unknown_credits
  local waits = {0, 0, 0}
  for _, session in ipairs(book.sessions) do
    if not is_silent(session, now) then
      for line, queue in ipairs(session[SESSION.lines]) do
        local lane = lane_of(line - 1) + 1
        waits[lane] = waits[lane] + queue[QUEUE.count]
      end
    end
  end
  return {
    #book.sessions, #book.tokens, allowed(book) - held, book.unknown_credits,
    book.returns[1] and book.returns[1][BACK.at] - now or -1,
    min(used_slots(book), book.settings[SET.size]), waits,
  }
end

local function same(a, b)
  for index = 1, 7 do
    if a[index] ~= b[index] then return false end
  end
  return true
end

local function is_unused(book, request, clock)
  local now, latest = told_time(book, clock, request), book.unknown_until
  for _, each in ipairs(book.sessions) do
    if each[SESSION.name] ~= request.session and each[SESSION.seen] >= now - turn(book) then
      return false
    end
  end
  for _, each in ipairs(book.tokens) do
    latest = max(latest, each[TOKEN.expires] + book.settings[SET.grace] + turn(book))
  end
  for _, each in ipairs(book.returns) do latest = max(latest, each[BACK.at]) end
  for _, each in ipairs(book.slots) do latest = max(latest, each[SLOT.expires]) end
  return latest <= now
end

local function refusal(book, request, clock)
  if book.schema ~= SCHEMA then return {"", book.schema, 0} end
  if same(book.settings, request.settings) then return nil end
  if not is_unused(book, request, clock) then
    return {book.founder, book.schema, book.settings}
  end
  book.settings, book.founder = request.settings, request.label
  book.lessons = new_lessons(request.settings)
  return nil
end

local function claim(book, session, request, now)
  local claims = {}
  if request.leaving == 0 then
    for _, each in ipairs(request.claims) do claims[each[CLAIM.line]] = each end
  end
  for line, queue in ipairs(session[SESSION.lines]) do
    local each = claims[line - 1]
    if not each then
      session[SESSION.lines][line] = new_queue()
    else
      if queue[QUEUE.count] == 0 then
        book.stamp = book.stamp + 1
        queue[QUEUE.stamp] = book.stamp
      end
      queue[QUEUE.count], queue[QUEUE.since] = each[CLAIM.count], now - each[CLAIM.age]
    end
  end
end

local function book_told(book, session, request, now)
  session[SESSION.seen], session[SESSION.serial] = now, request.serial
  session[SESSION.due] = 0
  book.lease = max(book.lease, request.lease)
  local key = session[SESSION.key]
  book.tokens = keep(book.tokens, function(each)
    return each[TOKEN.key] ~= key or each[TOKEN.serial] <= request.heard
  end)
  take_over(book, session, request, now)
  for _, ended in ipairs(request.ended) do end_grant(book, ended, now) end
  pods_at_rest(book, request.at_rest)
  if request.leaving == 1 then
    local own = keep(book.tokens, function(each) return each[TOKEN.key] == key end)
    for _, token in ipairs(own) do give_up(book, token, now) end
  end
  local is_news, changed = learn(book, session, request, now)
  claim(book, session, request, now)
  return is_news, changed
end

local function join(book, request)
  book.key = book.key + 1
  local lines = {}
  for line = 1, LINES do lines[line] = new_queue() end
  local session = {request.session, request.label, book.key, 0, 0, 0, 0, 0, lines}
  table.insert(book.sessions, session)
  return session
end

local function forget(book, request, now)
  local holders = {}
  for _, token in ipairs(book.tokens) do holders[token[TOKEN.key]] = true end
  book.sessions = keep(book.sessions, function(each)
    if request.leaving == 1 and each[SESSION.name] == request.session then return false end
    return each[SESSION.seen] > now - FORGOTTEN or holders[each[SESSION.key]]
  end)
end

local function must_look(book)
  if #book.moving == 0 or used_slots(book) < book.settings[SET.size] then return 0 end
  for _, session in ipairs(book.sessions) do
    for line, queue in ipairs(session[SESSION.lines]) do
      if has_slot(line - 1) and queue[QUEUE.count] > 0 then return 1 end
    end
  end
  return 0
end

local function awaited(book)
  local subjects = {}
  for _, each in ipairs(book.moving) do table.insert(subjects, each[MOVING.subject]) end
  for _, each in ipairs(book.released) do table.insert(subjects, each[MOVING.subject]) end
  return subjects
end

local function flag(condition) return condition and 1 or 0 end

local function booked(book, session, request, clock, is_new)
  local before, now = book.epoch, clock.now - book.shift
  expire(book, now)
  forget_use(book, now)
  local awaits_witnesses = note_loss(book, clock, request, now)
  session = session or join(book, request)
  local is_news, changed = book_told(book, session, request, now)
  local grants, woken, ask_in = {}, {}, -1
  if awaits_witnesses then
    session[SESSION.due] = book.witnesses_until
    if is_new or before ~= book.epoch then woken = {EVERYONE} end
    ask_in = book.witnesses_until - now
  elseif not must_tell(book, request) then
    grants, woken, ask_in = grant(book, session, request.lease, now)
  end
  book.version = book.version + 1
  book.last = now
  forget(book, request, now)
  local reply = {
    serial = request.serial, overtaken = 0, epoch = book.epoch, version = book.version, now = now,
    grants = grants, ask_in = ask_in, tell = flag(must_tell(book, request)), doubted = 0,
    awaited = awaited(book), look = must_look(book), learned = learned(book, now),
    fresh_streak = flag(is_news), changed = flag(changed), whole = whole(book, now), refusal = 0,
  }
  return book, reply, woken
end

local function doubted(book, request, now)
  local witnesses = {}
  for _, session in ipairs(book.sessions) do
    if session[SESSION.name] ~= request.session then
      table.insert(witnesses, session[SESSION.name])
    end
  end
  local is_current = request.epoch == 0 or request.epoch == book.epoch
  local reply = {
    serial = request.serial, overtaken = 0, epoch = request.epoch,
    version = is_current and book.version or request.version, now = now, grants = {}, ask_in = DOUBT - request.doubted_for, tell = 0, doubted = 1,
    awaited = {}, look = 0, learned = learned(book, now), fresh_streak = 0, changed = 0,
    whole = whole(book, now), refusal = 0,
  }
  return nil, reply, witnesses
end

local function step(book, request, clock)
  local is_new = not book
  book = book or new_book(clock, request)
  local why = refusal(book, request, clock)
  if why then return nil, {serial = request.serial, overtaken = 0, refusal = why}, {} end
  local session = find(book.sessions, SESSION.name, request.session)
  if session and request.serial <= session[SESSION.serial] then
    return nil, {serial = request.serial, overtaken = 1, refusal = 0}, {}
  end
  local now = told_time(book, clock, request)
  if is_doubtful(book, now, request) then return doubted(book, request, now) end
  if book.shift ~= clock.now - now then
    book.shift, book.corrected = clock.now - now, book.version + 1
  end
  return booked(book, session, request, clock, is_new)
end
