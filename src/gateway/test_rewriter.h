// WordRewriter: a rewriter for tests. In requests one word becomes another; in answers the other
// becomes the word again.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rewriter.h"

namespace sally::gateway {

class WordRewriter final : public Rewriter {
 public:
  WordRewriter(std::string word, std::string other)
      : word_(std::move(word)), other_(std::move(other)) {}

  [[nodiscard]] bool holds(std::string_view text) const override {
    return text.find(word_) != std::string_view::npos;
  }
  [[nodiscard]] std::unique_ptr<Rewriting> begin(const RewritingSubject& /*subject*/,
                                                 WallTime /*now*/) const override {
    return std::make_unique<Exchange>(*this);
  }

  bool denies = false;   // a text with the word must not go on
  bool forgets = false;  // nothing can be kept

 private:
  class Exchange final : public Rewriting {
   public:
    explicit Exchange(const WordRewriter& owner) : owner_(owner) {}
    [[nodiscard]] Result<> rewrite(std::string_view text, const Place& place, Direction direction,
                                   TextForm form, bool fixed, Findings& findings,
                                   std::vector<TextEdit>& edits) override {
      if (direction == Direction::kResponse) {
        replace(text, owner_.other_, as(form, owner_.word_), edits);
        return ok();
      }
      for (size_t at = text.find(owner_.word_); at != std::string_view::npos;
           at = text.find(owner_.word_, at + 1)) {
        findings.push_back({.inspector = "words",
                            .rule = "WORD",
                            .severity = Severity::kCritical,
                            .direction = direction,
                            .place = place.str(),
                            .offset = at,
                            .length = static_cast<uint32_t>(owner_.word_.size()),
                            .handling = fixed ? Handling::kSeen : Handling::kReplaced});
      }
      if (!fixed) {
        replace(text, owner_.word_, "", edits);
        std::ranges::for_each(edits, [](TextEdit& edit) { edit.kept = 0; });
      }
      if (!edits.empty() && owner_.denies) {
        return Error(ErrorKind::kDenied, "a word that must not go on");
      }
      replaced_ = replaced_ || !edits.empty();
      return ok();
    }
    [[nodiscard]] bool has_to_keep() const override { return replaced_; }
    [[nodiscard]] Result<> keep() override {
      return owner_.forgets ? Result<>(Error(ErrorKind::kUnavailable, "no memory")) : ok();
    }
    [[nodiscard]] std::string_view stands_for(uint32_t /*kept*/) const override {
      return owner_.other_;
    }
    [[nodiscard]] std::unique_ptr<StreamRewriting> stream(std::string_view /*place*/,
                                                          TextForm form) override {
      return std::make_unique<Stream>(owner_.other_, as(form, owner_.word_));
    }

   private:
    static std::string as(TextForm form, const std::string& word) {
      return form == TextForm::kJson ? "json:" + word : word;
    }
    const WordRewriter& owner_;
    bool replaced_ = false;
  };

  class Stream final : public StreamRewriting {
   public:
    Stream(std::string from, std::string to) : from_(std::move(from)), to_(std::move(to)) {}
    [[nodiscard]] Result<size_t> feed(std::string_view piece, Findings& /*findings*/,
                                      std::vector<TextEdit>& edits) override {
      for (const char c : piece) {
        tail_ += c;
        ++seen_;
        while (!from_.starts_with(tail_)) {
          tail_.erase(0, 1);
        }
        if (tail_ == from_) {
          edits.push_back({seen_ - from_.size(), seen_, to_});
          tail_.clear();
        }
      }
      return tail_.size();
    }
    [[nodiscard]] Result<> finish(Findings& /*findings*/,
                                  std::vector<TextEdit>& /*edits*/) override {
      return ok();
    }

   private:
    std::string from_;
    std::string to_;
    std::string tail_;
    uint64_t seen_ = 0;
  };

  static void replace(std::string_view text, const std::string& word, const std::string& with,
                      std::vector<TextEdit>& edits) {
    for (size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + word.size())) {
      edits.push_back({at, at + word.size(), with});
    }
  }

  std::string word_;
  std::string other_;
};

}  // namespace sally::gateway
