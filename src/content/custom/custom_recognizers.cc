#include "content/custom/custom_recognizers.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "content/best_spans.h"
#include "content/custom/custom_rep.h"
#include "content/personal/token.h"

namespace sally::content {
namespace {

using custom::Member;
using custom::Role;

bool is_word(char c) {
  return personal::is_alnum(c) || c == '_' || personal::class_of(c) == personal::OctetClass::kHigh;
}
// Whether [begin, end) is no part of a longer word.
bool stands_alone(std::string_view text, size_t begin, size_t end) {
  // A character that is not ASCII needs no space beside it: Chinese, Japanese and Thai have none.
  const auto joins = [](char a, char b) {
    return is_word(a) && is_word(b) && (personal::is_alnum(a) || personal::is_alnum(b));
  };
  return (begin == 0 || !joins(text[begin - 1], text[begin])) &&
         (end == text.size() || !joins(text[end - 1], text[end]));
}

}  // namespace

CustomRecognizers::CustomRecognizers(std::unique_ptr<const Rep> rep) : rep_(std::move(rep)) {}
CustomRecognizers::CustomRecognizers(CustomRecognizers&&) noexcept = default;
CustomRecognizers& CustomRecognizers::operator=(CustomRecognizers&&) noexcept = default;
CustomRecognizers::~CustomRecognizers() = default;

void CustomRecognizers::find(std::string_view text, std::vector<CustomEntity>& out) const {
  // What a recogniser claims. The last one of an expression may still grow.
  struct Claim {
    size_t begin;
    size_t end;
    float score;
    size_t recognizer;
  };
  std::vector<Claim> claims;
  std::vector<std::pair<size_t, size_t>> words;  // recogniser, where its word of context begins
  std::vector<size_t> latest;                    // by expression: its last claim, plus one
  if (!rep_->patterns) {
    return;
  }
  rep_->patterns->scan(text, [&](size_t expression, size_t begin, size_t end) {
    const Member& member = rep_->members[expression];
    const Rep::Row& row = rep_->rows[member.recognizer];
    if (member.role == Role::kContext) {
      if (stands_alone(text, begin, end)) {
        words.emplace_back(member.recognizer, begin);
      }
      return;
    }
    const bool pattern = member.role == Role::kPattern;
    if (pattern ? !row.validator.passes(text.substr(begin, end - begin))
                : !stands_alone(text, begin, end)) {
      return;
    }
    if (latest.empty()) {
      latest.resize(rep_->members.size());
    }
    const size_t last = latest[expression];
    if (last != 0 && begin < claims[last - 1].end && end > claims[last - 1].begin) {
      Claim& grown = claims[last - 1];
      // A later beginning within it is another reading of the same characters.
      if (begin <= grown.begin && end >= grown.end) {
        grown.begin = begin;
        grown.end = end;
      }
      return;
    }
    claims.push_back(
        {begin, end, pattern ? row.scores[member.index] : kDenyScore, member.recognizer});
    latest[expression] = claims.size();
  });
  if (claims.empty()) {
    return;
  }
  std::ranges::sort(words);
  for (Claim& claim : claims) {
    if (!rep_->rows[claim.recognizer].has_context) {
      continue;
    }
    const std::pair from(claim.recognizer, claim.begin - std::min(claim.begin, kOctetsBefore));
    const auto near = std::ranges::lower_bound(words, from);
    if (near != words.end() && near->first == claim.recognizer &&
        near->second < claim.end + kOctetsBehind) {
      claim.score = std::min(claim.score + kContextScore, 1.0F);
    }
  }
  std::erase_if(claims, [](const Claim& claim) { return claim.score < kThreshold; });
  const auto group_of = [this](const Claim& claim) { return rep_->rows[claim.recognizer].group; };
  std::ranges::sort(claims, {}, group_of);
  const size_t first = out.size();
  std::vector<Claim> kept;
  for (size_t from = 0; from < claims.size();) {
    const size_t group = group_of(claims[from]);
    size_t to = from;
    std::vector<Claim> own;
    for (; to < claims.size() && group_of(claims[to]) == group; ++to) {
      own.push_back(claims[to]);
    }
    keep_best(own, kept);
    from = to;
  }
  for (const Claim& claim : kept) {
    out.push_back({claim.begin, claim.end, rep_->rows[claim.recognizer].type, claim.score});
  }
  std::ranges::sort(
      out.begin() + static_cast<ptrdiff_t>(first), out.end(), {},
      [](const CustomEntity& entity) { return std::tuple(entity.begin, entity.end, entity.type); });
}

}  // namespace sally::content
