#include "ledger/event_index.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "crypto/hash.h"
#include "store/sqlite.h"

namespace sally::ledger {
namespace {

using store::Connection;
using store::Statement;

constexpr size_t kBatch = 4'000;            // events in a transaction
constexpr size_t kRemembered = 50'000;      // texts whose numbers are kept in memory
constexpr size_t kMostWords = 32;           // of a text that is searched for
constexpr size_t kProbe = 20'000;           // rows looked at to see which index is the best
constexpr Millis kNearId{2'000};            // between an id's time and its event's
constexpr std::string_view kVersion = "2";  // of the schema

// `term` numbers the texts of events; `event` has one row for each. Times are milliseconds. Indexes
// leave out what nearly every event has, and every one of them gives its rows in the order of seq.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE log (
  only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
  first      INTEGER NOT NULL,  -- the oldest event that the log had
  position   INTEGER NOT NULL,  -- behind the last event that is here
  unreadable INTEGER NOT NULL,
  last       BLOB NOT NULL      -- SHA-256 of the entry before `position`
) STRICT;
CREATE TABLE principal (
  number INTEGER PRIMARY KEY,
  id     TEXT NOT NULL,
  name   TEXT NOT NULL,
  UNIQUE (id, name)
) STRICT;
CREATE INDEX principal_name ON principal (name);
CREATE TABLE term (
  number INTEGER PRIMARY KEY,
  kind   INTEGER NOT NULL,
  text   TEXT NOT NULL,
  UNIQUE (kind, text)
) STRICT;
CREATE TABLE event (
  seq       INTEGER PRIMARY KEY,
  time      INTEGER NOT NULL,
  kind      INTEGER NOT NULL,
  principal INTEGER,
  model     INTEGER,
  route     INTEGER,
  action    INTEGER,
  outcome   INTEGER,
  status    INTEGER NOT NULL
) STRICT;
CREATE INDEX event_time ON event (time);
CREATE INDEX event_principal ON event (principal);
CREATE INDEX event_model ON event (model);
CREATE INDEX event_route ON event (route);
CREATE INDEX event_action ON event (action);
CREATE INDEX event_outcome ON event (outcome) WHERE outcome <> 0;
CREATE INDEX event_status ON event (status) WHERE status <> 200;
CREATE INDEX event_kind ON event (kind) WHERE kind <> 0;
CREATE TABLE finding (
  rule INTEGER NOT NULL,
  seq  INTEGER NOT NULL,
  PRIMARY KEY (rule, seq)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(
  body, content='', columnsize=0, detail=none, tokenize='ascii');
)sql";
constexpr std::string_view kDrop = R"sql(
DROP TABLE IF EXISTS log; DROP TABLE IF EXISTS principal; DROP TABLE IF EXISTS term;
DROP TABLE IF EXISTS event; DROP TABLE IF EXISTS finding; DROP TABLE IF EXISTS words;
)sql";

enum Sql : size_t {
  kBegin,
  kCommit,
  kRollback,
  kGetLog,
  kSetLog,
  kFindPrincipal,
  kAddPrincipal,
  kFindTerm,
  kAddTerm,
  kAddEvent,
  kAddFinding,
  kAddWords,
  kNear,
  kStatements,
};
constexpr std::array<std::string_view, kStatements> kSql = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "ROLLBACK",
    "SELECT first, position, unreadable, last FROM log",
    "UPDATE log SET position = ?1, unreadable = ?2, last = ?3",
    "SELECT number FROM principal WHERE id = ?1 AND name = ?2",
    "INSERT INTO principal (id, name) VALUES (?1, ?2) RETURNING number",
    "SELECT number FROM term WHERE kind = ?1 AND text = ?2",
    "INSERT INTO term (kind, text) VALUES (?1, ?2) RETURNING number",
    "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    "INSERT INTO finding VALUES (?1, ?2)",
    "INSERT INTO words (rowid, body) VALUES (?1, ?2)",
    "SELECT seq FROM event INDEXED BY event_time WHERE time BETWEEN ?1 AND ?2 ORDER BY seq",
};

enum class Term : uint8_t { kModel, kRoute, kAction, kChange, kFinding };

int64_t millis_of(WallTime time) {
  return std::chrono::floor<Millis>(time).time_since_epoch().count();
}
// The first millisecond that is not before `time`.
int64_t millis_from(WallTime time) {
  return std::chrono::ceil<Millis>(time).time_since_epoch().count();
}

struct LogRow {
  uint64_t first = 0;
  uint64_t position = 0;
  uint64_t unreadable = 0;
  Bytes last;
};

// What one of the columns of `event` has to be.
struct Condition {
  std::string_view column;
  std::string_view index;
  std::string sql;
};

std::string numbers_condition(std::string_view column, const std::vector<int64_t>& numbers) {
  return numbers.size() == 1 ? fmt::format("event.{} = {}", column, numbers.front())
                             : fmt::format("event.{} IN ({})", column, fmt::join(numbers, ","));
}

Result<> make_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return Error(ErrorKind::kIo, fmt::format("cannot write the index `{}`: {}", file.string(),
                                             std::generic_category().message(errno)));
  }
  ::close(fd);
  return ok();
}

void remove_file(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;  // what could not be removed cannot be opened either
    std::filesystem::remove(file.string() + suffix, ignored);
  }
}

}  // namespace

class EventIndex::Impl {
 public:
  explicit Impl(Connection connection) : db_(std::move(connection)) {}

  static Result<std::unique_ptr<Impl>> open(const std::filesystem::path& file) {
    TRY_OK(make_file(file));
    TRY(Connection connection, Connection::open(std::filesystem::absolute(file).string(), kSql));
    auto impl = std::make_unique<Impl>(std::move(connection));
    // A power failure may cost the last transactions, which are made again from the log. What is
    // dropped is overwritten: nothing outlives its entry here.
    TRY_OK(
        impl->db_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                          "PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;",
                          "cannot set up the index"));
    TRY(const std::string version, impl->db_.query("PRAGMA user_version", "the index"));
    if (version != kVersion) {
      TRY_OK(impl->begin());
      TRY_OK(impl->keep_or_roll_back(impl->start_again(0)));
    }
    TRY_OK(impl->log_row());
    return impl;
  }

  Result<LogRow> log_row() {
    TRY(sqlite3_stmt* const raw, db_.prepared(kGetLog));
    Statement statement(db_.handle(), raw);
    TRY(const bool row, statement.step());
    if (!row) {
      return Error(ErrorKind::kCorrupt, "the index does not say where it is");
    }
    LogRow out{.first = static_cast<uint64_t>(statement.number(0)),
               .position = static_cast<uint64_t>(statement.number(1)),
               .unreadable = static_cast<uint64_t>(statement.number(2)),
               .last = {}};
    const ByteView last = statement.bytes(3);
    out.last.assign(last.begin(), last.end());
    return out;
  }

  Result<CaughtUp> catch_up(EventSource& source, const std::function<bool()>& stop) {
    CaughtUp out;
    for (bool looked = false;; looked = true) {
      TRY_OK(begin());
      auto batch = take_batch(source, looked, out);
      TRY_OK(keep_or_roll_back(batch.ok() ? ok() : Result<>(batch.error())));
      if (*batch == 0 || (stop && stop())) {
        return out;
      }
    }
  }

  Result<std::vector<uint64_t>> find(const EventQuery& query, IndexOrder order, uint64_t bound,
                                     size_t most) {
    std::vector<Condition> conditions;
    TRY(const bool any, conditions_of(query, conditions));
    if (!any) {
      return std::vector<uint64_t>();
    }
    std::string match;
    if (!query.text.empty()) {
      TRY(match, match_of(query.text));
    }
    const bool up = order == IndexOrder::kOldestFirst;
    const bool by_words = !match.empty();
    std::string from = "event";
    std::string seq = "event.seq";
    std::string where;
    if (by_words) {
      // The words are searched in the order asked for, and what is found is looked up.
      from = "words CROSS JOIN event ON event.seq = words.rowid";
      seq = "words.rowid";
      where = "words MATCH ?1 AND ";
    } else {
      TRY(const std::string best, best_index(conditions));
      from += best;
    }
    // The log has fewer than 2^63 entries: that is one a nanosecond for 292 years.
    where += fmt::format("{} {} {}", seq, up ? ">=" : "<", std::min<uint64_t>(bound, INT64_MAX));
    for (const Condition& condition : conditions) {
      where += " AND " + condition.sql;
    }
    TRY(const store::OwnedStatement owned,
        db_.prepare(fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} {} LIMIT {}", seq, from,
                                where, seq, up ? "ASC" : "DESC",
                                std::min<size_t>(most, INT64_MAX))));
    return numbers_of(owned.get(), match);
  }

  Result<std::vector<uint64_t>> near(const Ulid& id) {
    TRY(sqlite3_stmt* const raw, db_.prepared(kNear));
    Statement statement(db_.handle(), raw);
    statement.bind(1, millis_of(id.time() - kNearId));
    statement.bind(2, millis_of(id.time() + kNearId));
    return all_of(statement);
  }

 private:
  Result<> run(Sql which) {
    TRY(sqlite3_stmt* const raw, db_.prepared(which));
    return Statement(db_.handle(), raw).run();
  }
  Result<> begin() { return run(kBegin); }
  // Ends the transaction: what was done in it is kept only where `done` is.
  Result<> keep_or_roll_back(const Result<>& done) {
    Result<> kept = done.ok() ? run(kCommit) : done;
    if (!kept.ok()) {
      // Nothing else can be done about it, and the next transaction would say so.
      [[maybe_unused]] const Result<> ignored = run(kRollback);
      numbers_.clear();
    }
    return kept;
  }

  // Inside a transaction: empty, from entry `first` on.
  Result<> start_again(uint64_t first) {
    numbers_.clear();
    TRY_OK(db_.execute(std::string(kDrop) + std::string(kSchema), "cannot make the index"));
    TRY_OK(db_.execute(fmt::format("PRAGMA user_version = {}", kVersion), "cannot make the index"));
    return db_.execute(fmt::format("INSERT INTO log VALUES (1, {}, {}, 0, x'')", first, first),
                       "cannot make the index");
  }

  // Why the index was not made from this log; empty: it was.
  Result<std::string> mismatch(EventSource& source, const LogRow& row) {
    if (source.first() != row.first) {
      return row.position == row.first ? std::string("it was empty")
                                       : std::string("older entries of the log were pruned");
    }
    if (row.position == row.first) {
      return std::string();
    }
    bool same = false;
    auto read = source.read(row.position - 1, 1, [&](const SourcedEvent& event) {
      same = std::ranges::equal(crypto::sha256(as_bytes(event.json)), row.last);
    });
    if (!read.ok() && read.error().kind() != ErrorKind::kCorrupt) {
      return std::move(read).error();
    }
    if (!read.ok() || *read == row.position - 1) {
      return std::string("it was ahead of the log");
    }
    return same ? std::string() : std::string("it was made from another log");
  }

  // One transaction's work; how many events there were.
  Result<uint64_t> take_batch(EventSource& source, bool looked, CaughtUp& out) {
    TRY(LogRow row, log_row());
    if (!looked) {
      TRY(const std::string why, mismatch(source, row));
      if (!why.empty()) {
        TRY_OK(start_again(source.first()));
        TRY(row, log_row());
        out.rebuilt = why;
      }
    }
    std::optional<Error> wrong;
    TRY(const uint64_t next, source.read(row.position, kBatch, [&](const SourcedEvent& event) {
      if (wrong) {
        return;
      }
      const auto parsed = parse_any(event.json);
      if (!parsed.ok()) {
        ++row.unreadable;
      } else if (auto added = add(event.seq, *parsed); !added.ok()) {
        wrong = std::move(added).error();
      }
      last_ = event.json;
    }));
    if (wrong) {
      return *std::move(wrong);
    }
    out.unreadable = row.unreadable;
    const uint64_t count = next - row.position;
    if (count > 0) {
      TRY(sqlite3_stmt* const raw, db_.prepared(kSetLog));
      Statement statement(db_.handle(), raw);
      statement.bind(1, static_cast<int64_t>(next));
      statement.bind(2, static_cast<int64_t>(row.unreadable));
      const crypto::Sha256Digest last = crypto::sha256(as_bytes(last_));
      statement.bind(3, ByteView(last));
      TRY_OK(statement.run());
      out.indexed += count;
    }
    return count;
  }

  Result<> add(uint64_t seq, const AnyEvent& event) {
    const EventFacts facts = facts_of(event);
    const auto number = static_cast<int64_t>(seq);
    TRY(const auto principal, principal_number(facts.principal, facts.principal_name));
    TRY(const auto model, term_number(Term::kModel, facts.model));
    TRY(const auto route, term_number(Term::kRoute, facts.route));
    TRY(const auto action,
        term_number(facts.kind == EventKind::kChange ? Term::kChange : Term::kAction,
                    facts.action));
    {
      TRY(sqlite3_stmt* const raw, db_.prepared(kAddEvent));
      Statement statement(db_.handle(), raw);
      statement.bind(1, number);
      statement.bind(2, millis_of(facts.time));
      statement.bind(3, static_cast<int64_t>(facts.kind));
      statement.bind(4, principal);
      statement.bind(5, model);
      statement.bind(6, route);
      statement.bind(7, action);
      statement.bind(8, facts.outcome ? std::optional<int64_t>(static_cast<int64_t>(*facts.outcome))
                                      : std::nullopt);
      statement.bind(9, int64_t{facts.status});
      TRY_OK(statement.run());
    }
    for (const std::string_view rule : facts.findings) {
      TRY(const auto term, term_number(Term::kFinding, rule));
      if (term) {
        TRY(sqlite3_stmt* const raw, db_.prepared(kAddFinding));
        Statement statement(db_.handle(), raw);
        statement.bind(1, *term);
        statement.bind(2, number);
        TRY_OK(statement.run());
      }
    }
    body_.clear();
    for (const std::string& word : words_of(event)) {
      body_ += word;
      body_ += ' ';
    }
    TRY(sqlite3_stmt* const raw, db_.prepared(kAddWords));
    Statement statement(db_.handle(), raw);
    statement.bind(1, number);
    statement.bind(2, body_);
    return statement.run();
  }

  // The number of a row with these two columns; made where there is none and `add` says how.
  Result<std::optional<int64_t>> number_of(Sql find, std::optional<Sql> add, const auto& first,
                                           std::string_view second) {
    for (const std::optional<Sql> which : {std::optional(find), add}) {
      if (!which) {
        break;
      }
      TRY(sqlite3_stmt* const raw, db_.prepared(*which));
      Statement statement(db_.handle(), raw);
      statement.bind(1, first);
      statement.bind(2, second);
      TRY(const bool row, statement.step());
      if (row) {
        const int64_t number = statement.number(0);
        if (which != find) {
          TRY_OK(statement.step());  // to the end: only then it is inserted for good
        }
        return std::optional(number);
      }
    }
    return std::optional<int64_t>();
  }

  Result<std::optional<int64_t>> remembered(std::string key, const auto& look_up) {
    if (const auto known = numbers_.find(key); known != numbers_.end()) {
      return std::optional(known->second);
    }
    TRY(const std::optional<int64_t> number, look_up());
    if (numbers_.size() >= kRemembered) {
      numbers_.clear();
    }
    numbers_.emplace(std::move(key), number.value_or(0));
    return number;
  }

  Result<std::optional<int64_t>> principal_number(std::string_view id, std::string_view name) {
    if (id.empty() && name.empty()) {
      return std::optional<int64_t>();
    }
    return remembered(fmt::format("p{}:{}{}", id.size(), id, name),
                      [&] { return number_of(kFindPrincipal, kAddPrincipal, id, name); });
  }
  Result<std::optional<int64_t>> term_number(Term kind, std::string_view text) {
    if (text.empty()) {
      return std::optional<int64_t>();
    }
    const auto number = static_cast<int64_t>(kind);
    return remembered(fmt::format("t{}{}", number, text),
                      [&] { return number_of(kFindTerm, kAddTerm, number, text); });
  }

  Result<std::vector<uint64_t>> all_of(Statement& statement) {
    std::vector<uint64_t> out;
    while (true) {
      TRY(const bool row, statement.step());
      if (!row) {
        return out;
      }
      out.push_back(static_cast<uint64_t>(statement.number(0)));
    }
  }
  // Binds `text` where there is one.
  Result<std::vector<uint64_t>> numbers_of(sqlite3_stmt* raw, std::string_view text) {
    Statement statement(db_.handle(), raw);
    if (!text.empty()) {
      statement.bind(1, text);
    }
    return all_of(statement);
  }
  Result<std::vector<int64_t>> numbers(const std::string& sql, std::string_view text) {
    TRY(const store::OwnedStatement owned, db_.prepare(sql));
    TRY(const std::vector<uint64_t> found, numbers_of(owned.get(), text));
    return std::vector<int64_t>(found.begin(), found.end());
  }

  // What the columns have to be. False where nothing can match: a text that no event has.
  Result<bool> conditions_of(const EventQuery& query, std::vector<Condition>& out) {
    const auto add = [&out](std::string_view column, std::string_view index,
                            const std::vector<int64_t>& found) {
      out.push_back({column, index, numbers_condition(column, found)});
      return !found.empty();
    };
    if (!query.finding.empty()) {
      TRY(const auto rule,
          number_of(kFindTerm, {}, static_cast<int64_t>(Term::kFinding), query.finding));
      if (!rule) {
        return false;
      }
      out.push_back({"finding",
                     {},
                     fmt::format("event.seq IN (SELECT seq FROM finding WHERE rule = {})", *rule)});
    }
    if (!query.change.empty()) {
      TRY(std::vector<int64_t> found, changes(query.change));
      out.push_back({"kind", "event_kind",
                     fmt::format("event.kind = {} AND event.kind <> 0",
                                 static_cast<int>(EventKind::kChange))});
      if (!add("action", "event_action", found)) {
        return false;
      }
    }
    if (!query.principal.empty()) {
      TRY(const auto found, numbers("SELECT number FROM principal WHERE id = ?1 UNION "
                                    "SELECT number FROM principal WHERE name = ?1",
                                    query.principal));
      if (!add("principal", "event_principal", found)) {
        return false;
      }
    }
    struct Column {
      const std::string& asked;
      std::string_view column;
      std::string_view index;
      std::vector<Term> kinds;
    };
    for (const Column& one :
         {Column{query.model, "model", "event_model", {Term::kModel}},
          Column{query.route, "route", "event_route", {Term::kRoute}},
          Column{query.action, "action", "event_action", {Term::kAction, Term::kChange}}}) {
      if (one.asked.empty()) {
        continue;
      }
      std::vector<int64_t> found;
      for (const Term kind : one.kinds) {
        TRY(const auto number, number_of(kFindTerm, {}, static_cast<int64_t>(kind), one.asked));
        if (number) {
          found.push_back(*number);
        }
      }
      if (!add(one.column, one.index, found)) {
        return false;
      }
    }
    if (query.status) {
      const bool usual = *query.status == 200;
      out.push_back({"status", usual ? std::string_view() : "event_status",
                     fmt::format("event.status = {}{}", *query.status,
                                 usual ? "" : " AND event.status <> 200")});
    }
    if (query.outcome) {
      const bool usual = *query.outcome == Outcome::kAllowed;
      out.push_back({"outcome", usual ? std::string_view() : "event_outcome",
                     fmt::format("event.outcome = {}{}", static_cast<int>(*query.outcome),
                                 usual ? "" : " AND event.outcome <> 0")});
    }
    std::string times;
    if (query.since) {
      times = fmt::format("event.time >= {}", millis_from(*query.since));
    }
    if (query.until) {
      times +=
          fmt::format("{}event.time < {}", times.empty() ? "" : " AND ", millis_from(*query.until));
    }
    if (!times.empty()) {
      out.push_back({"time", "event_time", times});
    }
    return true;
  }

  // The numbers of the changes that `asked` names.
  Result<std::vector<int64_t>> changes(std::string_view asked) {
    TRY(const store::OwnedStatement owned,
        db_.prepare(fmt::format("SELECT number, text FROM term WHERE kind = {}",
                                static_cast<int>(Term::kChange))));
    Statement statement(db_.handle(), owned.get());
    std::vector<int64_t> out;
    while (true) {
      TRY(const bool row, statement.step());
      if (!row) {
        return out;
      }
      if (names_change(asked, statement.text(1))) {
        out.push_back(statement.number(0));
      }
    }
  }

  // The index under which the fewest rows stand, ` INDEXED BY` it; the order of seq alone where
  // each condition holds for many.
  Result<std::string> best_index(const std::vector<Condition>& conditions) {
    std::string best = " NOT INDEXED";
    uint64_t fewest = kProbe;
    for (const Condition& condition : conditions) {
      if (condition.column == "finding") {
        return std::string();  // few events have findings: left to the planner
      }
      if (condition.index.empty()) {
        continue;
      }
      TRY(const auto count,
          numbers(fmt::format("SELECT count(*) FROM (SELECT 1 FROM event INDEXED BY {} WHERE {} "
                              "LIMIT {})",
                              condition.index, condition.sql, kProbe),
                  {}));
      const auto rows = static_cast<uint64_t>(count.at(0));
      // Of those that hold for many, one that gives its rows in order is better than none.
      const bool ordered = condition.sql.find(" = ") != std::string::npos;
      if (rows < fewest || (best == " NOT INDEXED" && ordered)) {
        fewest = std::min(rows, fewest);
        best = fmt::format(" INDEXED BY {}", condition.index);
      }
    }
    return best;
  }

  // The words of `text` as a query of FTS5 that all of them stand in a row. Words are letters,
  // digits and what is not ASCII: nothing of the query language can be among them.
  static Result<std::string> match_of(std::string_view text) {
    const std::vector<std::string> words = words_of(text);
    if (words.empty() || words.size() > kMostWords) {
      return Error(ErrorKind::kUsage,
                   words.empty() ? "the text to search for has no letter or digit in it"
                                 : fmt::format("more than {} words to search for", kMostWords));
    }
    std::string out;
    for (const std::string& word : words) {
      out += fmt::format("\"{}\" ", word);
    }
    return out;
  }

  Connection db_;
  std::unordered_map<std::string, int64_t> numbers_;
  std::string body_;
  std::string last_;  // the entry taken in last
};

std::filesystem::path index_file(const std::filesystem::path& folder) {
  return folder / "index" / "events.sqlite";
}

EventIndex::EventIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventIndex::EventIndex(EventIndex&&) noexcept = default;
EventIndex& EventIndex::operator=(EventIndex&&) noexcept = default;
EventIndex::~EventIndex() = default;

Result<EventIndex> EventIndex::open(const std::filesystem::path& file) {
  auto impl = Impl::open(file);
  if (!impl.ok() && impl.error().kind() == ErrorKind::kCorrupt) {
    remove_file(file);
    impl = Impl::open(file);
  }
  if (!impl.ok()) {
    return std::move(impl).error();
  }
  return EventIndex(*std::move(impl));
}

Result<CaughtUp> EventIndex::catch_up(EventSource& source, const std::function<bool()>& stop) {
  return impl_->catch_up(source, stop);
}
Result<uint64_t> EventIndex::position() {
  TRY(const auto row, impl_->log_row());
  return row.position;
}
Result<std::vector<uint64_t>> EventIndex::find(const EventQuery& query, IndexOrder order,
                                               uint64_t bound, size_t most) {
  return impl_->find(query, order, bound, most);
}
Result<std::vector<uint64_t>> EventIndex::near(const Ulid& id) {
  return impl_->near(id);
}

}  // namespace sally::ledger
