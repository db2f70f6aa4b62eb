#include "content/anonymise/exchange.h"

#include <algorithm>

namespace sally::content::anonymise {
namespace {

bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

}  // namespace

bool Exchange::add_surrogate(std::string_view text, std::string_view value) {
  if (text.empty() || text.size() > kLongestSurrogate || !std::ranges::all_of(text, is_plain)) {
    return false;
  }
  const auto known = std::ranges::find(surrogates_, text, &Surrogate::text);
  if (known != surrogates_.end()) {
    return known->value.reveal() == value;
  }
  if (surrogates_.size() >= kMostSurrogates) {
    return false;
  }
  surrogates_.push_back({std::string(text), Secret(value)});
  return true;
}

std::optional<Secret> Exchange::find(const Placeholder& placeholder) {
  if (vault_ == nullptr || misses_ >= kMostMisses) {
    return std::nullopt;
  }
  auto found = vault_->get(terms_.scope, placeholder.number, now_);
  if (!found.ok()) {
    ++failures_;
    ++misses_;
    return std::nullopt;
  }
  if (!*found || (*found)->entry.label != placeholder.label ||
      !constant_time_equal((*found)->entry.tag, placeholder.tag)) {
    ++misses_;
    return std::nullopt;
  }
  return std::move((*found)->value);
}

std::optional<Secret> Exchange::restore(const Placeholder& placeholder) {
  if (terms_.restorable == ExchangeTerms::Restorable::kIssued &&
      !issued_.contains(placeholder.number)) {
    return std::nullopt;
  }
  return find(placeholder);
}

}  // namespace sally::content::anonymise
