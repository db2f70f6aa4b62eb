// WitnessClient: asks witnesses to cosign every checkpoint of this gate's log (C2SP tlog-witness,
// the log's side). A witness that is away costs a line in the log and a counter; one that has seen
// another history of the log is told of at once, loudly.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/housekeeper.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/metric.h"
#include "net/loop.h"
#include "net/pool.h"
#include "verifier/checkpoint.h"

namespace sally::app {

struct WitnessTarget {
  net::Origin origin;
  std::string authority;
  std::string base_path;  // of its URL, without a slash at its end
  verifier::VerifierKey key;
};

// The log, as the client needs it. Called on the housekeeper's thread.
struct WitnessedLog {
  // The root of the first `size` of its first `of` entries, under a checkpoint of `of`.
  std::function<Result<verifier::Hash>(uint64_t size, uint64_t of)> root;
  // A consistency proof from `from` to `to` entries, 0 < from < to.
  std::function<Result<std::vector<verifier::Hash>>(uint64_t from, uint64_t to)> prove;
  // Stores a cosignature, which was verified. kConflict where a newer checkpoint is out.
  std::function<Result<>(std::string_view line, uint64_t size)> add_cosignature;
  // A witness has cosigned what this log does not begin with: it was rolled back or rewritten.
  std::function<void(const std::string& why)> contradicted;
};

class WitnessClient {
 public:
  // `loop`, `pool` (of that loop) and `keeper` outlive the client; the keeper is stopped before the
  // loop is destroyed.
  WitnessClient(net::Loop& loop, net::ClientPool& pool, Housekeeper& keeper,
                std::vector<WitnessTarget> targets, WitnessedLog log);
  WitnessClient(const WitnessClient&) = delete;
  WitnessClient& operator=(const WitnessClient&) = delete;
  // Asks nothing more. On the loop's thread, or after the loop ended.
  ~WitnessClient();

  // The newest checkpoint. From any thread; returns at once.
  void publish(std::string note);

  // What each witness cosigned, and how often it did not. From any thread.
  [[nodiscard]] MetricFamilies numbers() const;
  // The witnesses whose cosignature of the newest checkpoint came. From any thread.
  [[nodiscard]] size_t cosigned_newest() const;

 private:
  struct State;
  struct Target;
  struct Newest;
  enum class Outcome : uint8_t;
  static Task<Result<>> attend(std::shared_ptr<State> state, Target* target);
  static Task<Result<Outcome>> ask(std::shared_ptr<State> state, Target* target,
                                   std::shared_ptr<const Newest> checkpoint);
  std::shared_ptr<State> state_;
};

}  // namespace sally::app
