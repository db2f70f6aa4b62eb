// Telephone numbers and addresses of networks, weighed by what stands around them.
#include <algorithm>
#include <array>

#include "content/personal/finder.h"
#include "content/personal/token.h"

namespace sally::content::personal {
namespace {

constexpr float kAddressScore = 0.9F;
constexpr float kBeside = 0.03F;  // distance() of a word with one other in between
constexpr ContextSet kPhoneWords(ContextGroup::kPhone);
constexpr ContextSet kAddressWords(ContextGroup::kAddress);
constexpr ContextSet kVersionWords(ContextGroup::kVersion);

}  // namespace

void Finder::phone_from(size_t index) {
  size_t begin = tokens_[index].begin;
  Edges edges = left_of(index);
  if (before(begin) == '(') {
    --begin;
    if (before(begin) == '+') {
      --begin;
    } else if (begin >= 2 && text_[begin - 1] == ' ' && text_[begin - 2] == '+') {
      return;
    }
  } else if (before(begin) == '+') {
    --begin;
  }
  if (begin != tokens_[index].begin) {
    const char c = before(begin);
    const bool starred = c == '*' && begin >= 2 && is_alnum(text_[begin - 2]);  // a product
    edges.allowed = !is_alnum(c) && c != '+' && !starred && c != ')';
  }
  if (!edges.allowed) {
    return;
  }
  const auto phone = phone_at(plan_, text_, begin);
  if (!phone) {
    return;
  }
  size_t last = index;
  while (last + 1 < tokens_.size() && tokens_[last + 1].begin < phone->span.end) {
    ++last;
  }
  const float lost = distance(kPhoneWords, index, last);
  if (disowned(index, lost) && phone->kind != PhoneKind::kInternational) {
    return;
  }
  constexpr std::array<float, 5> kAlone{0.85F, 0.7F, 0.7F, 0.6F, 0.1F};
  constexpr std::array<float, 5> kInContext{0.95F, 0.9F, 0.9F, 0.85F, 0.78F};
  const auto kind = static_cast<size_t>(phone->kind);
  const float score = lost >= 0 ? std::max(kInContext[kind] - lost, kAlone[kind]) : kAlone[kind];
  if (score < kThreshold || (edges.glued && lost < 0)) {
    return;
  }
  const bool asks = phone->kind == PhoneKind::kPrefixed || phone->kind == PhoneKind::kTrunk;
  if (lost < 0 && asks) {
    if (questions_ == 0) {
      return;
    }
    --questions_;
    if (!phone->is_known()) {
      return;
    }
  }
  add(phone->span, EntityType::kPhoneNumber, score);
  phone_until_ = phone->span.end;
}

void Finder::addresses_from(size_t index) {
  const Token& token = tokens_[index];
  const char next = at(token.end);
  size_t begin = token.begin;
  const char previous = before(begin);
  if (next == '.' && token.size() <= 4) {
    if (previous == '.' || previous == '-' || previous == '_' || previous == 'v') {
      return;
    }
    if (const auto mac = mac_at(text_, begin)) {
      add(*mac, EntityType::kMacAddress, kAddressScore);
      return;
    }
    const auto address = token.size() <= 3 && token.digits == token.size() ? ipv4_at(text_, begin)
                                                                           : std::optional<Span>();
    if (!address) {
      return;
    }
    const size_t last = std::min(index + 3, tokens_.size() - 1);
    const float address_words = distance(kAddressWords, index, last);
    const float version_words = distance(kVersionWords, index, last);
    const bool version = version_words >= 0 && version_words <= kBeside &&
                         (address_words < 0 || version_words < address_words);
    // One digit to a number is as often a section or a version.
    const bool short_numbers = address->end - address->begin <= 7;
    const bool doubtful = version || (short_numbers && address_words < 0);
    if (!doubtful) {
      add(*address, EntityType::kIpAddress, kAddressScore);
    }
    return;
  }
  const bool colons = next == ':' || (previous == ':' && before(begin - 1) == ':');
  if (!colons && next != '-') {
    return;
  }
  if (previous == ':' && before(begin - 1) == ':') {
    begin -= 2;
    if (is_alnum(before(begin)) || before(begin) == ':') {
      return;
    }
  } else if (previous == ':' || previous == '-' || previous == '_' || is_alnum(previous)) {
    return;
  }
  if (token.size() == 2) {
    if (const auto mac = mac_at(text_, begin)) {
      add(*mac, EntityType::kMacAddress, kAddressScore);
      return;
    }
  }
  if (colons && token.size() <= 4) {
    if (const auto address = ipv6_at(text_, begin)) {
      add(*address, EntityType::kIpAddress, kAddressScore);
    }
  }
}

}  // namespace sally::content::personal
