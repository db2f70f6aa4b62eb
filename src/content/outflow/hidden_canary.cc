#include "content/outflow/hidden_canary.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "content/normalise/utf8.h"
#include "content/normalise/views.h"
#include "content/outflow/canary_channels.h"

namespace sally::content {
namespace {

std::string backwards(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = decode_utf8(text, at).length;
    out.insert(0, text.substr(at, length));
    at += length;
  }
  return out;
}

std::string rot13(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    }
  }
  return text;
}

// The most small letters in a row that `text` holds in base64, wherever its groups begin.
size_t small_letters_in_base64(std::string_view text) {
  size_t most = 0;
  for (size_t lead = 0; lead < 3; ++lead) {
    const std::string padded = std::string(lead, 'a') + std::string(text);
    size_t row = 0;
    for (const char c : to_base64(as_bytes(padded), Base64::kStandard, Padding::kNone)) {
      row = c >= 'a' && c <= 'z' ? row + 1 : 0;
      most = std::max(most, row);
    }
  }
  return most;
}

// All channels of one text.
class CanaryReader {
 public:
  explicit CanaryReader(const CanaryNeedles& needles)
      : needles_(needles), letters_(needles), base64_(needles), hex_(needles) {}

  // `report(begin, end, canary, writing)`.
  template <typename Report>
  void read(std::string_view text, uint64_t at, Report report) {
    for (const char c : text) {
      const auto octet = static_cast<uint8_t>(c);
      letters_.push(octet, at, at + 1, hits_);
      if (!hits_.empty()) [[unlikely]] {
        for (const CanaryHit& hit : hits_) {
          report(hit.begin, hit.end, hit.canary, name_of(hit));
        }
        hits_.clear();
      }
      base64_.push(octet, at, hits_);
      pass_on("base64", report);
      hex_.push(octet, at, hits_);
      pass_on("hex", report);
      ++at;
    }
  }

 private:
  template <typename Report>
  void pass_on(std::string_view writing, Report report) {
    if (!hits_.empty()) [[unlikely]] {
      for (const CanaryHit& hit : hits_) {
        report(hit.begin, hit.end, hit.canary, writing);
      }
      hits_.clear();
    }
  }

  [[nodiscard]] std::string_view name_of(const CanaryHit& hit) const {
    switch (hit.writing) {
      case CanaryWriting::kForwards:
        return hit.end - hit.begin <= needles_.sizes[hit.canary] ? "plain" : "spaced";
      case CanaryWriting::kReversed:
        return "reversed";
      case CanaryWriting::kRot13:
      case CanaryWriting::kRot13Reversed:
        break;
    }
    return "rot13";
  }

  const CanaryNeedles& needles_;
  LetterChannel letters_;
  Base64Channel base64_;
  HexChannel hex_;
  std::vector<CanaryHit> hits_;  // empty between octets
};

}  // namespace

struct HiddenCanaryStream::Rep {
  explicit Rep(std::shared_ptr<const CanaryNeedles> shared)
      : needles(std::move(shared)), reader(*needles) {}

  void add(uint64_t begin, uint64_t end, uint32_t canary, std::string_view writing,
           std::vector<FoundCanary>& out) {
    const std::string_view rule = needles->rules[canary];
    const bool known = std::ranges::any_of(recent, [&](const FoundCanary& one) {
      return one.rule.data() == rule.data() && begin < one.end && one.begin < end;
    });
    if (!known) {
      recent.push_back({begin, end, rule, writing});
      out.push_back(recent.back());
    }
  }

  // Other writings in what was fed since the last window, and before.
  void look_around(std::vector<FoundCanary>& out) {
    const uint64_t base = fed - text.size();
    for_each_view(UntrustedText(text), ViewLimits{}, [&](const View& view) {
      if (view.kind == ViewKind::kPlain) {
        return;
      }
      CanaryReader(*needles).read(
          view.text.text(), 0,
          [&](uint64_t begin, uint64_t end, uint32_t canary, std::string_view) {
            const Span span = view.text.original(begin, end);
            add(base + span.begin, base + span.end, canary, name_of(view.kind), out);
          });
    });
    size_t from = text.size() - std::min(text.size(), HiddenCanary::kBefore);
    while (from < text.size() && (static_cast<uint8_t>(text[from]) & 0xC0U) == 0x80U) {
      ++from;
    }
    text.erase(0, from);
    std::erase_if(recent, [&](const FoundCanary& one) {
      return one.end + HiddenCanary::kBefore < fed - text.size();
    });
  }

  std::shared_ptr<const CanaryNeedles> needles;
  CanaryReader reader;
  std::string text;  // what the next window holds
  uint64_t fed = 0;
  std::vector<FoundCanary> recent;
};

Result<HiddenCanary> HiddenCanary::create(const std::vector<Canary>& canaries) {
  TRY_OK(SecretFinder::create(canaries));
  auto needles = std::make_shared<CanaryNeedles>();
  for (uint32_t i = 0; i < canaries.size(); ++i) {
    const Canary& canary = canaries[i];
    const std::string letters = letters_of(canary.value.reveal());
    if (letters.size() < kMinLetters || letters.size() > CanaryNeedles::kMaxLetters) {
      return Error(ErrorKind::kUsage,
                   fmt::format("canary `{}` has {} letters and digits instead of {} to {}",
                               printable(canary.name, 60), letters.size(), kMinLetters,
                               CanaryNeedles::kMaxLetters),
                   "take a text that stands nowhere else, such as 20 random letters");
    }
    needles->rules.push_back("canary:" + canary.name);
    needles->sizes.push_back(canary.value.size());
    needles->add(letters, i, CanaryWriting::kForwards);
    needles->add(backwards(letters), i, CanaryWriting::kReversed);
    needles->add(rot13(letters), i, CanaryWriting::kRot13);
    needles->add(backwards(rot13(letters)), i, CanaryWriting::kRot13Reversed);
    std::string upper(canary.value.reveal());
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    std::string lower(canary.value.reveal());
    std::ranges::transform(lower, lower.begin(), to_lower);
    for (const std::string_view one :
         {canary.value.reveal(), std::string_view(upper), std::string_view(lower)}) {
      // One more on each side may belong to what stands beside it.
      if (small_letters_in_base64(one) + 2 >= CanaryNeedles::kSmallLetters) {
        needles->skips_words = false;
      }
    }
  }
  return HiddenCanary(std::move(needles));
}

void HiddenCanary::find(std::string_view text, std::vector<FoundCanary>& out) const {
  const auto before = static_cast<ptrdiff_t>(out.size());
  HiddenCanaryStream stream(*this);
  stream.feed(text, out);
  stream.finish(out);
  std::sort(out.begin() + before, out.end(), [](const FoundCanary& a, const FoundCanary& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
}

HiddenCanaryStream::HiddenCanaryStream(const HiddenCanary& finder)
    : rep_(std::make_unique<Rep>(finder.needles_)) {}
HiddenCanaryStream::HiddenCanaryStream(HiddenCanaryStream&&) noexcept = default;
HiddenCanaryStream::~HiddenCanaryStream() = default;

void HiddenCanaryStream::feed(std::string_view piece, std::vector<FoundCanary>& out) {
  Rep& rep = *rep_;
  if (rep.needles->rules.empty()) {
    return;
  }
  while (!piece.empty()) {
    const size_t to_end = HiddenCanary::kWindow - rep.fed % HiddenCanary::kWindow;
    const std::string_view part = piece.substr(0, to_end);
    rep.reader.read(part, rep.fed,
                    [&](uint64_t begin, uint64_t end, uint32_t canary, std::string_view writing) {
                      rep.add(begin, end, canary, writing, out);
                    });
    rep.text += part;
    rep.fed += part.size();
    piece.remove_prefix(part.size());
    if (rep.fed % HiddenCanary::kWindow == 0) {
      rep.look_around(out);
    }
  }
}

void HiddenCanaryStream::finish(std::vector<FoundCanary>& out) {
  if (!rep_->needles->rules.empty()) {
    rep_->look_around(out);
  }
}

}  // namespace sally::content
