// SecondOpinion: what another model, which the operator runs, says of a text that ours is in doubt
// about. A port.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/provenance.h"

namespace sally {

struct DoubtfulText {
  std::string text;
  Provenance provenance = Provenance::kUnknown;
};

struct Opinion {
  float score = 0;  // 0 to 1: that it is an attack; of a model that only says yes or no, 0 or 1
};

// Safe from every thread.
class SecondOpinion {
 public:
  SecondOpinion() = default;
  SecondOpinion(const SecondOpinion&) = delete;
  SecondOpinion& operator=(const SecondOpinion&) = delete;
  virtual ~SecondOpinion() = default;

  // The model, as records name it.
  [[nodiscard]] virtual std::string_view name() const = 0;
  using Done = std::function<void(Result<Opinion>)>;
  // Whether a text that is in doubt is refused where no opinion is to be had.
  [[nodiscard]] virtual bool is_needed() const = 0;
  // Calls `done` once, from any thread, before its deadline or soon after; or never, where
  // everything stops. kTimeout, kUnavailable, kUpstream where it says nothing that can be read.
  virtual void ask(const DoubtfulText& text, Done done) const = 0;
};

}  // namespace sally
