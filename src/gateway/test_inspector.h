// WordInspector: an inspector for tests. Finds one word and holds back what may be its beginning.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/inspector.h"

namespace sally::gateway {

class WordInspector final : public Inspector {
 public:
  explicit WordInspector(std::string word) : word_(std::move(word)) {}

  [[nodiscard]] std::string_view name() const override { return "word"; }
  void inspect(std::string_view text, const Segment& segment, Findings& out) const override {
    Stream stream(word_, segment);
    [[maybe_unused]] const size_t held = stream.feed(text, out);
  }
  [[nodiscard]] std::unique_ptr<StreamInspector> stream(const Segment& segment) const override {
    return std::make_unique<Stream>(word_, segment);
  }
  [[nodiscard]] size_t max_hold_back() const override { return word_.size() - 1; }

 private:
  class Stream final : public StreamInspector {
   public:
    Stream(std::string word, const Segment& segment)
        : word_(std::move(word)), place_(segment.place.str()), direction_(segment.direction) {}
    [[nodiscard]] size_t feed(std::string_view piece, Findings& out) override {
      for (const char c : piece) {
        tail_ += c;
        ++seen_;
        if (tail_ == word_) {
          out.push_back({"word", "the-word", Severity::kHigh, direction_, place_,
                         seen_ - word_.size(), static_cast<uint32_t>(word_.size())});
          tail_.clear();
        }
        while (!word_.starts_with(tail_)) {
          tail_.erase(0, 1);
        }
      }
      return tail_.size();
    }
    void finish(Findings& /*out*/) override {}

   private:
    std::string word_;
    std::string place_;
    Direction direction_;
    std::string tail_;
    uint64_t seen_ = 0;
  };

  std::string word_;
};

}  // namespace sally::gateway
