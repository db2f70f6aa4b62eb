// Any text with any spans is replaced by tokens, forms and made-up values and comes back as it was;
// no operator reads beyond its value.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "content/anonymise/anonymiser.h"
#include "content/anonymise/map_vault.h"
#include "content/anonymise/restorer.h"

namespace {

using namespace sally::content::anonymise;

constexpr std::string_view kTypes[] = {"CREDIT_CARD",  "IBAN_CODE",     "PERSON",
                                       "PHONE_NUMBER", "IP_ADDRESS",    "MAC_ADDRESS",
                                       "US_SSN",       "DATE_OF_BIRTH", "OTHER"};

// Pairs of gap and length, a zero length ends them; then the text.
void check(std::span<const uint8_t> data) {
  std::vector<std::pair<size_t, size_t>> steps;
  size_t at = 0;
  for (; at + 1 < data.size() && data[at + 1] != 0; at += 2) {
    steps.emplace_back(data[at], data[at + 1]);
  }
  data = data.subspan(std::min(at + 2, data.size()));
  const std::string text(data.begin(), data.end());
  std::vector<Span> spans;
  size_t end = 0;
  for (const auto& [gap, length] : steps) {
    const size_t begin = end + gap;
    if (begin + length > text.size()) {
      break;
    }
    end = begin + length;
    spans.push_back({begin, end, kTypes[gap % std::size(kTypes)]});
  }
  static const auto keys = Keys::derive(sally::Secret(std::string(32, 'k')), "tenant");
  SALLY_CHECK(keys.ok());
  sally::SeededRandom random(1);
  const std::vector<Input> inputs = {{text, spans}};
  for (const Operator& op : {Operator(Token{}), Operator(FormatPreserving{}),
                             Operator(Synthetic{.restore = true}), Operator(Keep{})}) {
    MapVault vault;
    Exchange exchange(&vault, {.scope = "s", .subject = "u"}, sally::WallTime());
    const auto out = anonymise(exchange, OperatorTable(op), *keys, inputs, random);
    SALLY_CHECK(out.ok());
    SALLY_CHECK((*out)[0].items.size() == spans.size());
    if (std::holds_alternative<Token>(op)) {
      SALLY_CHECK(restore(exchange, (*out)[0].text, Writing::kText) == text);
    }
  }
  for (const Operator& op :
       {Operator(Redact{}), Operator(Mask{.count = 3}), Operator(Hash{}), Operator(Synthetic{})}) {
    MapVault vault;
    Exchange exchange(&vault, {.scope = "s", .subject = "u"}, sally::WallTime());
    SALLY_CHECK(anonymise(exchange, OperatorTable(op), *keys, inputs, random).ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4'096) {
    check(std::span(data, size));
  }
  return 0;
}
