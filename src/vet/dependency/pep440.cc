#include "vet/dependency/pep440.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"

namespace sally::vet::dependency {
namespace {

// What Python's `\s` is, of ASCII.
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Walks a version from front to back. Where PEP 440 leaves a choice, its separators are optional,
// so that taking one is never wrong.
class Walk {
 public:
  explicit Walk(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (next() != c || rest_.empty()) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view lower) {
    if (!equal_ignoring_case(rest_.substr(0, lower.size()), lower)) {
      return false;
    }
    rest_.remove_prefix(lower.size());
    return true;
  }
  bool take_separator() { return take('-') || take('_') || take('.'); }
  std::string_view digits() {
    const size_t count =
        std::min(static_cast<size_t>(std::ranges::find_if_not(rest_, is_digit) - rest_.begin()),
                 rest_.size());
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view alnum() {
    const auto count =
        static_cast<size_t>(std::ranges::find_if_not(rest_, is_alnum) - rest_.begin());
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  // What comes behind an optional separator and one of `words`, with its number (none: 0).
  template <size_t N>
  std::optional<std::pair<size_t, Digits>> labelled(const std::array<std::string_view, N>& words) {
    const std::string_view before = rest_;
    (void)take_separator();
    for (size_t i = 0; i < N; ++i) {
      if (take_word(words[i])) {
        (void)take_separator();
        return std::pair{i, Digits(digits())};
      }
    }
    rest_ = before;
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<Pep440> Pep440::parse(std::string_view text) {
  // The longest first, so that `a` does not take the beginning of `alpha`.
  static constexpr std::array<std::string_view, 8> kPre = {"alpha", "beta", "preview", "pre",
                                                           "rc",    "a",    "b",       "c"};
  static constexpr std::array kPreKinds = {Pre::kA,  Pre::kB, Pre::kRc, Pre::kRc,
                                           Pre::kRc, Pre::kA, Pre::kB,  Pre::kRc};
  static constexpr std::array<std::string_view, 3> kPost = {"post", "rev", "r"};
  static constexpr std::array<std::string_view, 1> kDev = {"dev"};

  Walk walk(trimmed(text));
  Pep440 out;
  (void)walk.take_word("v");
  std::string_view number = walk.digits();
  if (number.empty()) {
    return std::nullopt;
  }
  if (walk.take('!')) {
    out.epoch_ = Digits(number);
    number = walk.digits();
    if (number.empty()) {
      return std::nullopt;
    }
  }
  out.release_.emplace_back(number);
  for (Walk ahead = walk; ahead.take('.') && is_digit(ahead.next());) {
    out.release_.emplace_back(ahead.digits());
    walk = ahead;
  }
  if (const auto pre = walk.labelled(kPre)) {
    out.pre_ = kPreKinds[pre->first];
    out.pre_number_ = pre->second;
  }
  if (Walk ahead = walk; ahead.take('-') && is_digit(ahead.next())) {
    out.post_ = Digits(ahead.digits());
    walk = ahead;
  } else if (const auto post = walk.labelled(kPost)) {
    out.post_ = post->second;
  }
  if (const auto dev = walk.labelled(kDev)) {
    out.dev_ = dev->second;
  }
  if (walk.take('+')) {
    do {
      const std::string_view part = walk.alnum();
      if (part.empty()) {
        return std::nullopt;
      }
      const bool is_number = std::ranges::all_of(part, is_digit);
      LocalPart& added =
          out.local_.emplace_back(LocalPart{.text = std::string(part), .is_number = is_number});
      if (is_number) {
        added.text = Digits(part).to_string();
      } else {
        std::ranges::transform(added.text, added.text.begin(), to_lower);
      }
    } while (walk.take_separator());
  }
  return walk.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::string Pep440::to_string() const {
  std::string out = epoch_.is_zero() ? std::string() : epoch_.to_string() + "!";
  for (size_t i = 0; i < release_.size(); ++i) {
    out += (i == 0 ? "" : ".") + release_[i].to_string();
  }
  const std::vector<std::string> tail = tail_parts();
  for (const std::string& part : tail) {
    out += (part.front() == 'p' || part.front() == 'd' ? "." : "") + part;
  }
  for (size_t i = 0; i < local_.size(); ++i) {
    out += (i == 0 ? "+" : ".") + local_[i].text;
  }
  return out;
}

std::vector<std::string> Pep440::tail_parts() const {
  static constexpr std::array<std::string_view, 3> kNames = {"a", "b", "rc"};
  std::vector<std::string> out;
  if (pre_ != Pre::kNone) {
    out.push_back(std::string(kNames[static_cast<size_t>(pre_)]) + pre_number_.to_string());
  }
  if (post_) {
    out.push_back("post" + post_->to_string());
  }
  if (dev_) {
    out.push_back("dev" + dev_->to_string());
  }
  return out;
}

Pep440 Pep440::without_local() const {
  Pep440 out = *this;
  out.local_.clear();
  return out;
}

std::strong_ordering Pep440::compare_release(const Pep440& a, const Pep440& b) {
  if (const auto order = a.epoch_ <=> b.epoch_; order != 0) {
    return order;
  }
  static const Digits kZero;
  for (size_t i = 0; i < std::max(a.release_.size(), b.release_.size()); ++i) {
    const Digits& left = i < a.release_.size() ? a.release_[i] : kZero;
    const Digits& right = i < b.release_.size() ? b.release_[i] : kZero;
    if (const auto order = left <=> right; order != 0) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

std::strong_ordering operator<=>(const Pep440& a, const Pep440& b) {
  if (const auto order = Pep440::compare_release(a, b); order != 0) {
    return order;
  }
  // A development release of no pre-release stands before all pre-releases; a final one after them.
  const auto pre_rank = [](const Pep440& v) {
    if (v.pre_ != Pep440::Pre::kNone) {
      return 1 + static_cast<int>(v.pre_);
    }
    return !v.post_ && v.dev_ ? 0 : 4;
  };
  if (const auto order = pre_rank(a) <=> pre_rank(b); order != 0) {
    return order;
  }
  if (const auto order = a.pre_number_ <=> b.pre_number_; order != 0) {
    return order;
  }
  if (a.post_.has_value() != b.post_.has_value()) {
    return a.post_.has_value() <=> b.post_.has_value();
  }
  if (a.post_ && *a.post_ != *b.post_) {
    return *a.post_ <=> *b.post_;
  }
  if (a.dev_.has_value() != b.dev_.has_value()) {
    return b.dev_.has_value() <=> a.dev_.has_value();
  }
  if (a.dev_ && *a.dev_ != *b.dev_) {
    return *a.dev_ <=> *b.dev_;
  }
  for (size_t i = 0; i < std::min(a.local_.size(), b.local_.size()); ++i) {
    const Pep440::LocalPart& left = a.local_[i];
    const Pep440::LocalPart& right = b.local_[i];
    if (left.is_number != right.is_number) {
      return left.is_number <=> right.is_number;
    }
    const auto order = left.is_number ? Digits(left.text) <=> Digits(right.text)
                                      : left.text.compare(right.text) <=> 0;
    if (order != 0) {
      return order;
    }
  }
  return a.local_.size() <=> b.local_.size();
}

std::optional<Specifiers> Specifiers::parse(std::string_view text) {
  struct Sign {
    std::string_view text;
    Operator op;
  };
  static constexpr std::array kSigns = {
      Sign{"===", Operator::kSame},  Sign{"~=", Operator::kCompatible},
      Sign{"==", Operator::kEqual},  Sign{"!=", Operator::kNotEqual},
      Sign{"<=", Operator::kAtMost}, Sign{">=", Operator::kAtLeast},
      Sign{"<", Operator::kBelow},   Sign{">", Operator::kAbove},
  };
  Specifiers out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view one = trimmed(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (one.empty()) {
      continue;
    }
    const auto* const sign =
        std::ranges::find_if(kSigns, [&](const Sign& s) { return one.starts_with(s.text); });
    if (sign == kSigns.end()) {
      return std::nullopt;
    }
    one = trimmed(one.substr(sign->text.size()));
    Part part{.op = sign->op, .version = {}, .text = std::string(one)};
    if (part.op == Operator::kSame) {
      if (one.empty()) {
        return std::nullopt;
      }
      out.parts_.push_back(std::move(part));
      continue;
    }
    if ((part.op == Operator::kEqual || part.op == Operator::kNotEqual) && one.ends_with(".*")) {
      part.prefix = true;
      one.remove_suffix(2);
    }
    auto version = Pep440::parse(one);
    const bool plain = version && version->tail_parts().empty() && version->local_.empty();
    if (!version || (part.prefix && !plain)) {
      return std::nullopt;
    }
    const bool exact = part.op == Operator::kEqual || part.op == Operator::kNotEqual;
    if (!exact && !version->local_.empty()) {
      return std::nullopt;
    }
    if (part.op == Operator::kCompatible && version->release_.size() < 2) {
      return std::nullopt;
    }
    part.version = *std::move(version);
    out.parts_.push_back(std::move(part));
  }
  return out;
}

bool Specifiers::matches_prefix(const Pep440& prefix, const Pep440& version) {
  if (prefix.epoch_ != version.epoch_) {
    return false;
  }
  static const Digits kZero;
  for (size_t i = 0; i < prefix.release_.size(); ++i) {
    const Digits& there = i < version.release_.size() ? version.release_[i] : kZero;
    if (prefix.release_[i] != there) {
      return false;
    }
  }
  return true;
}

bool Specifiers::admits(const Part& part, const Pep440& version, std::string_view as_written) {
  const Pep440& asked = part.version;
  switch (part.op) {
    case Operator::kSame:
      return equal_ignoring_case(trimmed(as_written), part.text);
    case Operator::kEqual:
    case Operator::kNotEqual: {
      bool equal = false;
      if (part.prefix) {
        equal = matches_prefix(asked, version);
      } else {
        equal = asked.local_.empty() ? asked == version.without_local() : asked == version;
      }
      return equal == (part.op == Operator::kEqual);
    }
    case Operator::kAtMost:
      return version.without_local() <= asked;
    case Operator::kAtLeast:
      return version.without_local() >= asked;
    case Operator::kCompatible: {
      Pep440 prefix;
      prefix.epoch_ = asked.epoch_;
      prefix.release_.assign(asked.release_.begin(), asked.release_.end() - 1);
      return version.without_local() >= asked && matches_prefix(prefix, version);
    }
    case Operator::kBelow:
      return version < asked &&
             (asked.is_pre() || !version.is_pre() || Pep440::compare_release(version, asked) != 0);
    case Operator::kAbove:
      if (version <= asked) {
        return false;
      }
      if (!asked.post_ && version.post_ && Pep440::compare_release(version, asked) == 0) {
        return false;
      }
      return version.local_.empty() || Pep440::compare_release(version, asked) != 0;
  }
  return false;
}

bool Specifiers::admits(const Pep440& version, std::string_view as_written) const {
  return std::ranges::all_of(parts_,
                             [&](const Part& part) { return admits(part, version, as_written); });
}

std::string_view Specifiers::pinned() const {
  const auto found = std::ranges::find_if(parts_, [](const Part& part) {
    return !part.prefix && (part.op == Operator::kEqual || part.op == Operator::kSame);
  });
  return found == parts_.end() ? std::string_view() : std::string_view(found->text);
}

std::string folded_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (out.empty() || out.back() != '-') {
        out += '-';
      }
    } else {
      out += to_lower(c);
    }
  }
  return out;
}

}  // namespace sally::vet::dependency
