// GuardModel: a SecondOpinion that asks a guard model over HTTP.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "content/guard/guard_api.h"
#include "core/fetcher.h"

namespace sally::content {

class GuardModel final : public SecondOpinion {
 public:
  // Questions that wait for an answer; what is asked beyond them is kUnavailable at once. Others
  // ask by the same fetcher, for keys and tokens.
  static constexpr size_t kMostAtOnce = 64;

  // `fetcher` outlives it.
  GuardModel(std::shared_ptr<const GuardSettings> settings, Fetcher& fetcher);

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool is_needed() const override { return settings_->needed; }
  void ask(const DoubtfulText& text, Done done) const override;

 private:
  std::shared_ptr<const GuardSettings> settings_;
  Fetcher& fetcher_;
  std::string name_;
  std::shared_ptr<std::atomic<size_t>> waiting_ = std::make_shared<std::atomic<size_t>>(0);
};

}  // namespace sally::content
