#include "content/personal/finder.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "content/personal/checksum.h"
#include "content/personal/iban.h"
#include "content/personal/spelled_email.h"
#include "content/personal/wallet.h"

namespace sally::content::personal {
namespace {

constexpr size_t kWordsBefore = 10;
constexpr size_t kWordsBehind = 4;
constexpr size_t kOctetsBefore = 120;
constexpr size_t kOctetsBehind = 48;
constexpr float kPerWord = 0.03F;  // what a word in between costs
constexpr float kMostLost = 0.24F;
constexpr size_t kHitsLookedAt = 24;

constexpr float kUrlScore = 0.95F;
constexpr float kEmailScore = 0.95F;
constexpr float kSpelledScore = 0.85F;
constexpr float kDomainScore = 0.6F;

constexpr ContextSet kOtherWords(ContextGroup::kNotPersonal);

}  // namespace

void Finder::run() {
  size_t month = 0;
  for (size_t index = 0; index < tokens_.size(); ++index) {
    while (hit_ < hits_.size() && hits_[hit_].token < index) {
      ++hit_;
    }
    if (tokens_[index].begin < skip_until_) {
      continue;
    }
    names_and_urls(index);
    if (tokens_[index].begin < skip_until_) {
      continue;
    }
    const Token& token = tokens_[index];
    if (token.digits > 0) {
      numbers(index);
    } else if (!token.high && token.size() <= 4 && index + 1 < tokens_.size() &&
               tokens_[index + 1].begin <= token.end + 3 && tokens_[index + 1].digits > 0) {
      forms_from(index);
      if (token.size() <= 4) {
        addresses_from(index);
      }
    } else if (token.uppers == token.size() && (token.size() == 8 || token.size() == 11)) {
      forms_from(index);  // a SWIFT code may be all letters
    } else if (token.size() >= 25 && !token.high) {
      if (const float score = wallet_score(text_.substr(token.begin, token.size())); score > 0.9F) {
        add({token.begin, token.end}, EntityType::kCrypto, score);
      }
    } else if (token.size() <= 4 && !token.high && (at(token.end) == ':' || at(token.end) == '-')) {
      addresses_from(index);
    }
    // A month by its name: once for a token, after the cursor has come to it.
    for (; month < hits_.size() && hits_[month].token <= index; ++month) {
      if (hits_[month].token == index && hits_[month].meaning->month != 0) {
        dates_around(hits_[month]);
      }
    }
  }
}

void Finder::names_and_urls(size_t index) {
  const Token& token = tokens_[index];
  if (token.size() == 2 && index > 0 && index + 1 < tokens_.size() &&
      equal_ignoring_case(text_.substr(token.begin, 2), "at")) {
    if (const auto email = spelled_email_at(text_, token.begin);
        email && email->begin >= skip_until_) {
      add(*email, EntityType::kEmailAddress, kSpelledScore);
      skip_until_ = email->end;
      return;
    }
  }
  const char next = at(token.end);
  std::optional<Span> found;
  EntityType type = EntityType::kUrl;
  float score = kUrlScore;
  if (next == ':' && at(token.end + 1) == '/' && at(token.end + 2) == '/') {
    found = url_at(text_, token.end);
  } else if (next == '.' && token.size() == 3 && is_alnum(at(token.end + 1)) &&
             equal_ignoring_case(text_.substr(token.begin, 3), "www")) {
    found = www_at(text_, token.begin);
  } else if (next == '@' ||
             ((next == '_' || next == '-' || next == '+') && at(token.end + 1) == '@')) {
    found = email_at(text_, next == '@' ? token.end : token.end + 1);
    type = EntityType::kEmailAddress;
    score = kEmailScore;
  } else if (next == '.' && (token.uppers + token.lowers > 0 || token.high) &&
             (is_alnum(at(token.end + 1)) || class_of(at(token.end + 1)) == OctetClass::kHigh)) {
    const char previous = before(token.begin);
    if (previous == '.' || previous == '@' || previous == '/' || previous == '\\' ||
        previous == '_' || previous == '-' || previous == '$') {
      return;
    }
    found = domain_at(text_, token.begin);
    type = EntityType::kDomainName;
    score = kDomainScore;
  }
  if (found) {
    if (found->begin < skip_until_) {
      return;
    }
    add(*found, type, score);
    skip_until_ = type == EntityType::kDomainName ? skip_until_ : found->end;
  }
}

void Finder::numbers(size_t index) {
  const Token& token = tokens_[index];
  if (token.size() >= 25) {
    const float score = wallet_score(text_.substr(token.begin, token.size()));
    if (score > 0) {
      add({token.begin, token.end}, EntityType::kCrypto, score);
      return;
    }
  } else if (token.size() >= 4 && token.uppers + token.lowers >= 2 && token.digits >= 2 &&
             !is_digit(text_[token.begin]) && is_digit(text_[token.begin + 2]) &&
             !is_digit(text_[token.begin + 1]) && left_of(index).allowed) {
    if (const auto iban = iban_at(text_, token.begin)) {
      add(*iban, EntityType::kIbanCode, 1.0F);
      return;
    }
  }
  if (token.size() >= 26 && token.uppers + token.lowers >= 2 && !is_digit(text_[token.begin])) {
    if (const auto iban = iban_at(text_, token.begin)) {
      add(*iban, EntityType::kIbanCode, 1.0F);
      return;
    }
  }
  addresses_from(index);
  if (token.size() <= FormTable::kMaxForm) {
    forms_from(index);
  }
  if (token.size() <= 3 && token.digits == token.size()) {
    age_at(index);
  }
  if (is_digit(text_[token.begin]) && token.begin >= phone_until_) {
    phone_from(index);
  }
}

Finder::Edges Finder::left_of(size_t index) const {
  Edges edges;
  const size_t begin = tokens_[index].begin;
  const char c = before(begin);
  if (c == '+' || c == '@' || c == '$') {
    edges.allowed = false;
    return edges;
  }
  if (index == 0 || tokens_[index - 1].end + 1 != begin) {
    // A minus sign, a fraction without its zero: no identifier.
    edges.glued = c == '-' || c == '.';
    return edges;
  }
  const Token& previous = tokens_[index - 1];
  const bool has_letter = previous.uppers + previous.lowers > 0 || previous.high;
  switch (c) {
    case '-':
    case '_':
    case '.':
    case '/':
    case '\\':
      edges.allowed = previous.digits == 0;
      edges.glued = true;
      break;
    case ':':
      edges.allowed = has_letter || previous.digits > 4;
      break;
    case ',':
      edges.allowed = previous.digits == 0 || tokens_[index].size() != 3;
      break;
    default:
      break;
  }
  return edges;
}

bool Finder::right_of(size_t end) const {
  const char c = at(end);
  const char next = at(end + 1);
  switch (c) {
    case '@':
    case '%':
      return false;
    case '-':
    case '_':
      return !is_alnum(next);
    case '/':
    case '.':
    case ':':
    case '\\':
      return !is_digit(next);
    default:
      return !is_alnum(c);
  }
}

float Finder::distance(const ContextSet& groups, size_t first, size_t last) const {
  float best = -1;
  const auto closer = [&best](size_t words) {
    const float lost = std::min(static_cast<float>(words) * kPerWord, kMostLost);
    best = best < 0 ? lost : std::min(best, lost);
  };
  // A word within the token itself, then the words before it.
  size_t looked = 0;
  for (size_t hit = hit_; hit < hits_.size() && hits_[hit].token == first; ++hit) {
    if (hits_[hit].meaning->groups.meets(groups)) {
      closer(0);
    }
  }
  for (size_t hit = hit_; hit-- > 0 && looked < kHitsLookedAt; ++looked) {
    const size_t words = first - hits_[hit].token;
    if (words > kWordsBefore ||
        tokens_[first].begin - tokens_[hits_[hit].token].end > kOctetsBefore) {
      break;
    }
    if (hits_[hit].meaning->groups.meets(groups)) {
      closer(words - 1);
      break;
    }
  }
  looked = 0;
  for (size_t hit = hit_; hit < hits_.size() && looked < kHitsLookedAt; ++hit, ++looked) {
    if (hits_[hit].token <= last) {
      continue;
    }
    const size_t words = hits_[hit].token - last;
    if (words > kWordsBehind ||
        tokens_[hits_[hit].token].begin - tokens_[last].end > kOctetsBehind) {
      break;
    }
    if (hits_[hit].meaning->groups.meets(groups)) {
      closer(words + 2);
      break;
    }
  }
  return best;
}

bool Finder::disowned(size_t first, float nearest) const {
  constexpr size_t kNear = 2;
  for (size_t hit = hit_; hit-- > 0;) {
    const size_t words = first - hits_[hit].token;
    if (words > kNear) {
      return false;
    }
    if (hits_[hit].meaning->groups.meets(kOtherWords)) {
      return nearest < 0 || static_cast<float>(words - 1) * kPerWord < nearest;
    }
  }
  return false;
}

void Finder::forms_from(size_t index) {
  const Edges edges = left_of(index);
  if (!edges.allowed) {
    return;
  }
  const Token& token = tokens_[index];
  if (token.high || token.size() > FormTable::kMaxForm) {
    return;
  }
  uint32_t shape = token.shape;
  if (const FormTable::Form* form = forms_.find(shape); form != nullptr) {
    form_rows(*form, index, index, edges);
  }
  if (token.digits > 0 && token.digits != token.size()) {
    any_rows(index, edges);
  }
  regrouped(index, edges);
  for (size_t last = index + 1; last < tokens_.size() && last < index + FormTable::kMaxTokens;
       ++last) {
    const Token& next = tokens_[last];
    const char separator = text_[next.begin - 1];
    if (next.begin != tokens_[last - 1].end + 1 || next.high ||
        next.end - token.begin > FormTable::kMaxForm || (next.digits == 0 && next.size() > 4) ||
        std::string_view(" -./(+").find(separator) == std::string_view::npos) {
      break;
    }
    shape = extend_shape(shape, separator);
    for (size_t i = next.begin; i < next.end; ++i) {
      shape = extend_shape(shape, is_digit(text_[i]) ? '9' : 'A');
    }
    if (const FormTable::Form* form = forms_.find(shape); form != nullptr) {
      form_rows(*form, index, last, edges);
    }
  }
}

void Finder::form_rows(const FormTable::Form& form, size_t first, size_t last, const Edges& edges) {
  Span span{tokens_[first].begin, tokens_[last].end};
  const std::string_view raw = text_.substr(span.begin, span.end - span.begin);
  if (raw.size() != form.literal.size()) {
    return;
  }
  std::array<char, FormTable::kMaxForm> buffer{};
  size_t size = 0;
  size_t uppers = 0;
  size_t lowers = 0;
  bool spaces = false;
  for (size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    const OctetClass octet_class = class_of(c);
    const char symbol = octet_class == OctetClass::kDigit   ? '9'
                        : octet_class == OctetClass::kOther ? c
                                                            : 'A';
    if (symbol != form.literal[i]) {
      return;
    }
    uppers += octet_class == OctetClass::kUpper ? 1 : 0;
    lowers += octet_class == OctetClass::kLower ? 1 : 0;
    spaces = spaces || c == ' ';
    if (octet_class != OctetClass::kOther) {
      buffer[size++] = octet_class == OctetClass::kLower ? static_cast<char>(c - 32) : c;
    }
  }
  if (uppers > 0 && lowers > 0) {
    return;
  }
  if (raw.find('(') != std::string_view::npos) {
    if (at(span.end) != ')') {
      return;
    }
    ++span.end;
  }
  if (!right_of(span.end)) {
    return;
  }
  // Groups parted by spaces: no further group before or behind.
  if (spaces) {
    if (at(span.end) == ' ' && last + 1 < tokens_.size() &&
        tokens_[last + 1].begin == span.end + 1 &&
        tokens_[last + 1].digits == tokens_[last + 1].size()) {
      return;
    }
    if (first > 0 && tokens_[first - 1].end + 1 == span.begin && before(span.begin) == ' ' &&
        tokens_[first - 1].digits == tokens_[first - 1].size() &&
        tokens_[first - 1].size() == tokens_[first].size()) {
      return;
    }
  }
  const Shaped shaped{raw, {buffer.data(), size}};
  for (const uint16_t row : form.rows) {
    report_row(recognizer_rows()[row], shaped, first, last, span, edges);
  }
}

void Finder::any_rows(size_t index, const Edges& edges) {
  const Token& token = tokens_[index];
  const auto rows = forms_.any_of(token.size());
  constexpr size_t kFewestDigits = 4;  // fewer are a word
  if (rows.empty() || token.digits < kFewestDigits || (token.uppers > 0 && token.lowers > 0) ||
      !right_of(token.end)) {
    return;
  }
  std::array<char, FormTable::kMaxForm> buffer{};
  for (size_t i = 0; i < token.size(); ++i) {
    const char c = text_[token.begin + i];
    buffer[i] = class_of(c) == OctetClass::kLower ? static_cast<char>(c - 32) : c;
  }
  const Shaped shaped{text_.substr(token.begin, token.size()), {buffer.data(), token.size()}};
  for (const uint16_t row : rows) {
    report_row(recognizer_rows()[row], shaped, index, index, {token.begin, token.end}, edges);
  }
}

void Finder::report_row(const RecognizerRow& row, const Shaped& shaped, size_t first, size_t last,
                        Span span, const Edges& edges) {
  const float lost = distance(row.groups, first, last);
  float score = lost >= 0 ? std::max(row.in_context - lost, row.alone) : row.alone;
  if (score < kThreshold || (edges.glued && lost < 0)) {
    return;
  }
  constexpr float kSure = 0.9F;
  if (row.alone < kSure && row.type != EntityType::kDateOfBirth && disowned(first, lost)) {
    score = row.alone - 0.3F;
    if (score < kThreshold) {
      return;
    }
  }
  if (row.validator(shaped)) {
    add(span, row.type, score);
  }
}

}  // namespace sally::content::personal
