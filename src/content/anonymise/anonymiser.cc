#include "content/anonymise/anonymiser.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "content/anonymise/format_preserving.h"
#include "content/anonymise/synthetic.h"
#include "crypto/hash.h"
#include "crypto/sha512.h"

namespace sally::content::anonymise {
namespace {

constexpr uint32_t kMostAttempts = 8;  // to make up a value that stands for no other

// What goes in the place of one span.
struct Replacement {
  size_t span = 0;
  std::string_view op;
  std::string text;
  std::optional<size_t> token;  // it is this one's placeholder
};

struct Draft {
  std::vector<Replacement> replacements;
  bool blocked = false;
};

std::string mask(std::string_view value, const Mask& mask) {
  std::vector<size_t> begins;  // of each code point, as far as it is UTF-8
  for (size_t i = 0; i < value.size(); ++i) {
    if ((static_cast<unsigned char>(value[i]) & 0xC0U) != 0x80U || begins.empty()) {
      begins.push_back(i);
    }
  }
  begins.push_back(value.size());
  const size_t masked = std::min(mask.count, begins.size() - 1);
  std::string out;
  const size_t kept = mask.from_end ? begins[begins.size() - 1 - masked] : begins[masked];
  if (mask.from_end) {
    out += value.substr(0, kept);
  }
  for (size_t i = 0; i < masked; ++i) {
    out += mask.character;
  }
  if (!mask.from_end) {
    out += value.substr(kept);
  }
  return out;
}

std::string hash(std::string_view value, const Hash& hash, const Keys& keys) {
  if (hash.kind == Hash::Kind::kKeyed) {
    return to_hex(keys.hash.sign(as_bytes(value)));
  }
  if (hash.kind == Hash::Kind::kSha256) {
    return to_hex(crypto::sha256(as_bytes(hash.salt), as_bytes(value)));
  }
  const std::string salted = hash.salt + std::string(value);
  return to_hex(crypto::sha512(as_bytes(salted)));
}

Result<std::string> encrypt(std::string_view value, const Encrypt& op, Random& random) {
  TRY(const Bytes encrypted, op.key->encrypt(as_bytes(value), random));
  return to_base64(encrypted, Base64::kUrl, Padding::kRequired);
}

Result<std::string> decrypt(std::string_view value, const Decrypt& op) {
  const auto encrypted = from_base64(value, Base64::kUrl, Padding::kRequired);
  if (!encrypted) {
    return Error(ErrorKind::kInvalidInput, "what is to be decrypted is no base64url");
  }
  TRY(const Secret plain, op.key->decrypt(*encrypted));
  return std::string(plain.reveal());
}

Result<> check(const Input& input) {
  size_t end = 0;
  for (const Span& span : input.spans) {
    if (span.begin < end || span.end <= span.begin || span.end > input.text.size()) {
      return Error(ErrorKind::kInternal, "the spans of a text are out of order");
    }
    end = span.end;
  }
  return ok();
}

// One request on its way.
class Work {
 public:
  Work(Exchange& exchange, const OperatorTable& table, const Keys& keys, Random& random)
      : exchange_(exchange), table_(table), keys_(keys), random_(random) {}

  Result<Draft> draft(const Input& input);
  // Between the drafts and the texts: all placeholders at once.
  Result<> make_tokens();
  [[nodiscard]] Anonymised finish(const Input& input, Draft draft) const;

 private:
  // Where genuine placeholders stand, in the order of the text.
  std::vector<Span> placeholders(std::string_view text);
  Result<Replacement> replace(std::string_view type, std::string_view value);
  Replacement token(std::string_view type, std::string_view value);
  Replacement format_preserving(std::string_view type, std::string_view value);
  Replacement synthetic(const Synthetic& op, std::string_view type, std::string_view value);

  Exchange& exchange_;
  const OperatorTable& table_;
  const Keys& keys_;
  Random& random_;
  std::vector<std::string> labels_;  // of the tokens
  std::vector<std::string_view> values_;
  std::vector<store::VaultEntry> entries_;
};

std::vector<Span> Work::placeholders(std::string_view text) {
  std::vector<Span> out;
  if (exchange_.vault() == nullptr) {
    return out;
  }
  for (size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    const PlaceholderMatch match = match_placeholder(text.substr(at), Writing::kText);
    if (match.state == PlaceholderMatch::State::kYes && exchange_.find(match.placeholder)) {
      out.push_back({at, at + match.length, {}});
    }
  }
  return out;
}

Result<Draft> Work::draft(const Input& input) {
  TRY_OK(check(input));
  Draft out;
  if (input.spans.empty()) {
    return out;
  }
  const std::vector<Span> genuine = placeholders(input.text);
  auto next = genuine.begin();
  for (size_t i = 0; i < input.spans.size(); ++i) {
    const Span& span = input.spans[i];
    while (next != genuine.end() && next->end <= span.begin) {
      ++next;
    }
    if (next != genuine.end() && next->begin <= span.begin && span.end <= next->end) {
      continue;
    }
    TRY(Replacement replacement,
        replace(span.type, input.text.substr(span.begin, span.end - span.begin)));
    replacement.span = i;
    out.blocked = out.blocked || std::holds_alternative<Block>(table_.of(span.type));
    out.replacements.push_back(std::move(replacement));
  }
  return out;
}

Result<Replacement> Work::replace(std::string_view type, std::string_view value) {
  const Operator& op = table_.of(type);
  Replacement out;
  out.op = name_of(op);
  if (const auto* with = std::get_if<Replace>(&op)) {
    out.text = with->text ? *with->text : "<" + std::string(type) + ">";
  } else if (const auto* with_mask = std::get_if<Mask>(&op)) {
    out.text = mask(value, *with_mask);
  } else if (const auto* with_hash = std::get_if<Hash>(&op)) {
    out.text = hash(value, *with_hash, keys_);
  } else if (const auto* with_key = std::get_if<Encrypt>(&op)) {
    TRY(out.text, encrypt(value, *with_key, random_));
  } else if (const auto* from_key = std::get_if<Decrypt>(&op)) {
    TRY(out.text, decrypt(value, *from_key));
  } else if (std::holds_alternative<Keep>(op)) {
    out.text = value;
  } else if (std::holds_alternative<Token>(op)) {
    return token(type, value);
  } else if (std::holds_alternative<FormatPreserving>(op)) {
    return format_preserving(type, value);
  } else if (const auto* made_up = std::get_if<Synthetic>(&op)) {
    return synthetic(*made_up, type, value);
  }
  return out;  // redacted or blocked: nothing
}

Replacement Work::token(std::string_view type, std::string_view value) {
  Replacement out;
  out.op = name_of(Token{});
  out.token = values_.size();
  labels_.push_back(label_of(type));
  values_.push_back(value);
  return out;
}

Replacement Work::format_preserving(std::string_view type, std::string_view value) {
  auto text = encrypt_format(keys_, type, value);
  if (!text || *text == value || !exchange_.add_surrogate(*text, value)) {
    return token(type, value);
  }
  Replacement out;
  out.op = name_of(FormatPreserving{});
  out.text = std::move(*text);
  return out;
}

Replacement Work::synthetic(const Synthetic& op, std::string_view type, std::string_view value) {
  for (uint32_t attempt = 0; attempt < kMostAttempts; ++attempt) {
    std::string text = synthesise(keys_.synthetic, exchange_.terms().scope, type, value, attempt);
    if (text != value && (!op.restore || exchange_.add_surrogate(text, value))) {
      Replacement out;
      out.op = name_of(op);
      out.text = std::move(text);
      return out;
    }
  }
  return token(type, value);
}

Result<> Work::make_tokens() {
  if (values_.empty()) {
    return ok();
  }
  if (exchange_.vault() == nullptr) {
    return Error(ErrorKind::kUsage, "a value needs a placeholder, but there is no vault");
  }
  std::vector<store::VaultItem> items;
  items.reserve(values_.size());
  for (size_t i = 0; i < values_.size(); ++i) {
    items.push_back({labels_[i], values_[i]});
  }
  TRY(entries_, exchange_.vault()->put(exchange_.terms().scope, exchange_.terms().subject, items,
                                       exchange_.now()));
  for (const store::VaultEntry& entry : entries_) {
    exchange_.issue(entry);
  }
  return ok();
}

Anonymised Work::finish(const Input& input, Draft draft) const {
  Anonymised out;
  out.blocked = draft.blocked;
  size_t done = 0;
  for (Replacement& replacement : draft.replacements) {
    const Span& span = input.spans[replacement.span];
    if (draft.blocked) {
      if (replacement.op == name_of(Block{})) {
        out.items.push_back({0, 0, replacement.span, replacement.op});
      }
      continue;
    }
    out.text += input.text.substr(done, span.begin - done);
    const size_t begin = out.text.size();
    out.text += replacement.token ? to_text(entries_[*replacement.token]) : replacement.text;
    out.items.push_back({begin, out.text.size(), replacement.span, replacement.op});
    done = span.end;
  }
  if (!draft.blocked) {
    out.text += input.text.substr(done);
  }
  return out;
}

}  // namespace

Result<std::vector<Anonymised>> anonymise(Exchange& exchange, const OperatorTable& table,
                                          const Keys& keys, std::span<const Input> inputs,
                                          Random& random) {
  Work work(exchange, table, keys, random);
  std::vector<Draft> drafts;
  drafts.reserve(inputs.size());
  for (const Input& input : inputs) {
    TRY(Draft draft, work.draft(input));
    drafts.push_back(std::move(draft));
  }
  TRY_OK(work.make_tokens());
  std::vector<Anonymised> out;
  out.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    out.push_back(work.finish(inputs[i], std::move(drafts[i])));
  }
  return out;
}

}  // namespace sally::content::anonymise
