// GuardModel: a SecondOpinion that asks a guard model over HTTP.
#pragma once

#include <memory>

#include "content/guard/guard_api.h"
#include "core/fetcher.h"

namespace sally::content {

class GuardModel final : public SecondOpinion {
 public:
  // `fetcher` outlives it.
  GuardModel(std::shared_ptr<const GuardSettings> settings, Fetcher& fetcher);

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool is_needed() const override { return settings_->needed; }
  void ask(const DoubtfulText& text, Done done) const override;

 private:
  std::shared_ptr<const GuardSettings> settings_;
  Fetcher& fetcher_;
  std::string name_;
};

}  // namespace sally::content
