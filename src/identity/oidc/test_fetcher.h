// HeldFetcher: a Fetcher whose answers a test gives, when it likes.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "core/fetcher.h"

namespace sally::identity {

class HeldFetcher final : public Fetcher {
 public:
  void fetch(FetchRequest request, Done done) override {
    ++asked;
    held_.emplace_back(std::move(request), std::move(done));
  }
  // The URL that waits for an answer longest; empty: none does.
  [[nodiscard]] std::string waiting() const {
    return held_.empty() ? std::string() : held_.front().first.url;
  }
  void answer(Result<FetchAnswer> answer) {
    SALLY_CHECK(!held_.empty());
    const Done done = std::move(held_.front().second);
    held_.pop_front();
    done(std::move(answer));
  }
  void answer(std::string_view body, uint16_t status = 200) {
    answer(FetchAnswer{.status = status, .content_type = {}, .body = std::string(body)});
  }

  size_t asked = 0;

 private:
  std::deque<std::pair<FetchRequest, Done>> held_;
};

}  // namespace sally::identity
