// Anonymiser: replaces what was found in the texts of one request.
//
//   Exchange exchange(vault, {.scope = "session:...", .subject = "user:..."}, now);
//   TRY(const auto replaced, anonymise(exchange, table, keys, inputs, random));
//   // send replaced[i].text; then, of the answer:
//   Restorer restorer(exchange, Writing::kText);
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "content/anonymise/exchange.h"
#include "content/anonymise/keys.h"
#include "content/anonymise/operator.h"
#include "content/anonymise/span.h"

namespace sally::content::anonymise {

struct Input {
  std::string_view text;
  std::span<const Span> spans;  // in their order, not overlapping, none empty
};

// What was done with one span; as an answer of Presidio's `/anonymize` says it.
struct Item {
  size_t begin = 0;  // octets of the new text
  size_t end = 0;
  size_t span = 0;      // which of the input's spans it was
  std::string_view op;  // name_of the operator: `token` too where `fpe` could not do it
};

struct Anonymised {
  std::string text;         // empty where it is blocked
  std::vector<Item> items;  // in the order of the text; only what was to be blocked where it is
  bool blocked = false;
};

// The new text of each input. All placeholders of all texts are made in one transaction of the
// vault. A span inside a genuine placeholder of the exchange's scope (a caller that sends what it
// was answered) is left alone. On failure nothing may be sent: kTooMany and kTooLarge of the vault,
// kUnavailable, kUsage for a token where there is no vault, kInvalidInput for a text that `decrypt`
// cannot, kInternal for spans out of order.
//
// Cost: one pass over each text, and what the operators cost.
[[nodiscard]] Result<std::vector<Anonymised>> anonymise(Exchange& exchange,
                                                        const OperatorTable& table,
                                                        const Keys& keys,
                                                        std::span<const Input> inputs,
                                                        Random& random);

}  // namespace sally::content::anonymise
