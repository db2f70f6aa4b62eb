#include "app/witness_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "base/text.h"
#include "witness/protocol.h"

namespace sally::app {
namespace {

using verifier::Hash;
using witness::AddCheckpoint;
using witness::Reply;

constexpr Millis kTimeout{10'000};
constexpr Millis kFirstPause{1'000};
constexpr Millis kLongestPause{60'000};
// How often a witness may correct us about the size it knows, for one checkpoint.
constexpr int kMostAttempts = 4;

struct HttpAnswer {
  uint16_t status;
  std::string body;
};

Task<Result<HttpAnswer>> exchange(net::ClientExchange& http, const WitnessTarget& target,
                                  const std::string& path, const std::string& body) {
  net::RequestHead head;
  head.method = net::Method::kPost;
  head.scheme = target.origin.tls != nullptr ? "https" : "http";
  head.authority = target.authority;
  head.path = path;
  head.fields.add("content-type", "text/plain; charset=utf-8");
  head.has_body = true;
  head.content_length = body.size();
  CO_TRY_OK(co_await http.send(head, as_bytes(body)));
  CO_TRY(const auto* answer, co_await http.receive_head(kTimeout));
  HttpAnswer out{.status = answer->status, .body = {}};
  for (;;) {
    CO_TRY(const ByteView piece, co_await http.next_body(kTimeout));
    if (piece.empty()) {
      co_return out;
    }
    if (out.body.size() + piece.size() > witness::kMaxAnswer) {
      co_return Error(ErrorKind::kUpstream, "the answer is too long");
    }
    out.body += as_text(piece);
  }
}

}  // namespace

struct WitnessClient::Newest {
  std::string note;
  verifier::SignedCheckpoint parsed;
};

enum class WitnessClient::Outcome : uint8_t {
  kCosigned,
  kOvertaken,    // the witness knows more than this checkpoint, and so does the log by now
  kContradicts,  // it knows another history
};

struct WitnessClient::Target {
  WitnessTarget settings;
  std::string path;
  uint64_t size = 0;  // what it cosigned last, as far as is known here
  bool busy = false;
  std::optional<bool> there;  // as the log was told last
  Millis pause = kFirstPause;
  std::string why;  // of a contradiction
  std::atomic<uint64_t> cosigned{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> cosigned_size{0};
  std::atomic<bool> contradicts{false};
};

struct WitnessClient::State {
  net::Loop& loop;
  net::ClientPool& pool;
  Housekeeper& keeper;
  WitnessedLog log;
  std::vector<std::unique_ptr<Target>> targets;
  std::shared_ptr<const Newest> newest;
  std::atomic<uint64_t> newest_size{0};
  bool stopped = false;
};

WitnessClient::WitnessClient(net::Loop& loop, net::ClientPool& pool, Housekeeper& keeper,
                             std::vector<WitnessTarget> targets, WitnessedLog log)
    : state_(new State{.loop = loop, .pool = pool, .keeper = keeper, .log = std::move(log)}) {
  for (WitnessTarget& settings : targets) {
    auto target = std::make_unique<Target>(std::move(settings));
    target->path = target->settings.base_path + "/add-checkpoint";
    state_->targets.push_back(std::move(target));
  }
}

WitnessClient::~WitnessClient() {
  state_->stopped = true;
}

void WitnessClient::publish(std::string note) {
  auto parsed = verifier::SignedCheckpoint::parse(note);
  if (!parsed.ok() || parsed->body.size == 0) {
    return;  // the log's own; of an empty tree there is nothing to cosign
  }
  auto newest = std::make_shared<const Newest>(std::move(note), std::move(*parsed));
  state_->loop.post([state = state_, newest = std::move(newest)] {
    if (state->stopped) {
      return;
    }
    state->newest = newest;
    state->newest_size = newest->parsed.body.size;
    for (const auto& target : state->targets) {
      if (!std::exchange(target->busy, true)) {
        state->loop.spawn("witness", attend(state, target.get()));
      }
    }
  });
}

// Until the witness has cosigned the newest checkpoint. A witness that contradicted is not asked
// again: it stays busy.
Task<Result<>> WitnessClient::attend(std::shared_ptr<State> state, Target* target) {
  const std::string& name = target->settings.key.name();
  while (!state->stopped) {
    const std::shared_ptr<const Newest> checkpoint = state->newest;
    const auto outcome = co_await ask(state, target, checkpoint);
    if (state->stopped) {
      break;
    }
    if (!outcome.ok()) {
      ++target->failed;
      if (target->there.value_or(true)) {
        state->loop.logger().write(
            LogEvent::kWitnessAway,
            {{"witness", name}, {"error", printable(outcome.error().message(), 300)}});
      }
      target->there = false;
      co_await state->loop.sleep(target->pause);
      target->pause = std::min(target->pause * 2, kLongestPause);
      continue;
    }
    if (*outcome == Outcome::kContradicts) {
      target->contradicts = true;
      state->loop.logger().write(LogEvent::kWitnessContradicts,
                                 {{"witness", name}, {"why", target->why}});
      auto tell = state->keeper.run(state->loop, [&] {
        state->log.contradicted(fmt::format("witness `{}`: {}", name, target->why));
      });
      co_await tell;
      co_return ok();
    }
    if (!target->there.value_or(true)) {
      state->loop.logger().write(LogEvent::kWitnessBack, {{"witness", name}});
    }
    target->there = true;
    target->pause = kFirstPause;
    if (state->newest == checkpoint) {
      break;
    }
  }
  target->busy = false;
  co_return ok();
}

Task<Result<WitnessClient::Outcome>> WitnessClient::ask(std::shared_ptr<State> state,
                                                        Target* target,
                                                        std::shared_ptr<const Newest> checkpoint) {
  const verifier::Checkpoint& body = checkpoint->parsed.body;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const uint64_t known = target->size;
    if (known > body.size) {
      if (state->newest->parsed.body.size >= known) {
        co_return Outcome::kOvertaken;
      }
      target->why = fmt::format(
          "it has cosigned {} entries, and this log has {}: the log was "
          "rolled back",
          known, body.size);
      co_return Outcome::kContradicts;
    }
    AddCheckpoint request{.old_size = known, .proof = {}, .checkpoint = checkpoint->note};
    if (known > 0 && known < body.size) {
      Result<> proved = ok();
      auto work = state->keeper.run(state->loop, [&] {
        const auto root = state->log.root(known, body.size);
        auto proof = state->log.prove(known, body.size);
        if (!root.ok() || !proof.ok()) {
          proved = root.ok() ? proof.error() : root.error();
          return;
        }
        // What is sent holds, so that a witness which refuses it knows another history.
        proved = verifier::verify_consistency(known, body.size, *root, body.root, *proof);
        request.proof = std::move(*proof);
      });
      co_await work;
      if (!proved.ok()) {
        co_return proved.error();
      }
    }
    const std::string text = request.to_string();
    std::optional<Result<HttpAnswer>> answer;
    for (const net::Reuse reuse : {net::Reuse::kAllowed, net::Reuse::kFreshOnly}) {
      CO_TRY(const auto http, co_await state->pool.open(target->settings.origin, reuse));
      answer.emplace(co_await exchange(*http, target->settings, target->path, text));
      // A connection that was kept may have been closed meanwhile.
      if (answer->ok() || !http->reused() || http->answer_begun()) {
        break;
      }
    }
    if (!answer->ok()) {
      co_return answer->error();
    }
    const Reply reply = witness::read_answer((*answer)->status, (*answer)->body,
                                             target->settings.key, checkpoint->parsed.note.text());
    if (reply.kind == Reply::Kind::kCosigned) {
      target->size = body.size;
      Result<> stored = ok();
      auto work = state->keeper.run(
          state->loop, [&] { stored = state->log.add_cosignature(reply.line, body.size); });
      co_await work;
      if (!stored.ok() && stored.error().kind() != ErrorKind::kConflict) {
        co_return stored.error();
      }
      ++target->cosigned;
      target->cosigned_size = body.size;
      co_return Outcome::kCosigned;
    }
    if (reply.kind == Reply::Kind::kConflict && reply.size != known) {
      target->size = reply.size;
      continue;
    }
    if (reply.kind == Reply::Kind::kConflict && known == body.size) {
      target->why = fmt::format("it has cosigned another tree of {} entries", known);
      co_return Outcome::kContradicts;
    }
    if (reply.bad_proof && known > 0) {
      target->why =
          fmt::format("the {} entries that it has cosigned are not those of this log", known);
      co_return Outcome::kContradicts;
    }
    co_return Error(ErrorKind::kUpstream, reply.why.empty() ? "it contradicts itself" : reply.why);
  }
  co_return Error(ErrorKind::kUpstream, "it says another size each time");
}

MetricFamilies WitnessClient::numbers() const {
  struct Row {
    std::string_view name;
    MetricKind kind;
    std::string_view help;
    uint64_t (*value)(const Target&);
  };
  static constexpr Row kRows[] = {
      {"sallyport_witness_cosigned_total", MetricKind::kCounter,
       "Checkpoints of the log that a witness cosigned.",
       [](const Target& target) { return target.cosigned.load(); }},
      {"sallyport_witness_failures_total", MetricKind::kCounter,
       "Times that a witness was asked and did not cosign.",
       [](const Target& target) { return target.failed.load(); }},
      {"sallyport_witness_cosigned_size", MetricKind::kGauge,
       "Entries of the log below the checkpoint that a witness cosigned last.",
       [](const Target& target) { return target.cosigned_size.load(); }},
      {"sallyport_witness_contradicts", MetricKind::kGauge,
       "1: a witness has seen another history of the log.",
       [](const Target& target) { return uint64_t{target.contradicts}; }},
  };
  MetricFamilies out;
  for (const Row& row : kRows) {
    MetricFamily family{.name = row.name, .kind = row.kind, .help = row.help, .points = {}};
    for (const auto& target : state_->targets) {
      family.points.push_back({.labels = {{"witness", target->settings.key.name()}},
                               .value = static_cast<double>(row.value(*target)),
                               .buckets = {}});
    }
    out.push_back(std::move(family));
  }
  return out;
}

size_t WitnessClient::cosigned_newest() const {
  const uint64_t newest = state_->newest_size;
  return static_cast<size_t>(std::ranges::count_if(state_->targets, [newest](const auto& target) {
    return newest > 0 && target->cosigned_size == newest;
  }));
}

}  // namespace sally::app
