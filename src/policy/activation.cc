#include "policy/activation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "policy/policy_texts.h"

namespace sally::policy {
namespace {

constexpr std::string_view kFormat = "sallyport-policy-activation/1";
constexpr std::string_view kNone = "none";

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, fmt::format("no activation: {}", what));
}

// Takes a text apart line by line; each line begins with its word.
class Lines {
 public:
  explicit Lines(std::string_view rest) : rest_(rest) {}

  // What follows `word` and a space.
  Result<std::string_view> next(std::string_view word) {
    TRY(std::string_view line, take());
    if (!line.starts_with(word) || line.substr(word.size(), 1) != " ") {
      return malformed(fmt::format("the line of `{}` is missing", word));
    }
    line.remove_prefix(word.size() + 1);
    return line;
  }
  Result<std::string_view> take() {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
      return malformed("it ends early");
    }
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Result<uint64_t> parse_sequence(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '0' ||
      out > kMaxSequence) {
    return malformed("a sequence number is none");
  }
  return out;
}

Result<std::string> parse_hash(std::string_view text) {
  if (!is_bundle_hash(text)) {
    return malformed("a hash is none");
  }
  return std::string(text);
}

Result<std::optional<InForce>> parse_in_force(std::string_view text) {
  if (text == kNone) {
    return std::optional<InForce>();
  }
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) {
    return malformed("what is in force is no number and hash");
  }
  InForce out;
  TRY(out.since, parse_sequence(text.substr(0, space)));
  TRY(out.bundle, parse_hash(text.substr(space + 1)));
  return std::optional<InForce>(std::move(out));
}

std::string show(const std::optional<InForce>& in_force) {
  return in_force ? fmt::format("{} {}", in_force->since, in_force->bundle) : std::string(kNone);
}

// What a text can say and no activation can mean.
Result<> check(const Activation& activation) {
  if (activation.previous.empty() != (activation.sequence == 1)) {
    return malformed("only the first has none before it");
  }
  for (const Purpose purpose : kPurposes) {
    const std::optional<InForce>& in_force = activation.in_force(purpose);
    if (purpose == activation.purpose) {
      if (in_force ? in_force->since != activation.sequence : purpose == Purpose::kEnforce) {
        return malformed("what it puts in force is not in force since it");
      }
    } else if (in_force && in_force->since >= activation.sequence) {
      return malformed("what it leaves in force is not in force since before it");
    }
  }
  if (activation.who.empty() || !is_activation_word(activation.who, kMaxWho) ||
      !is_activation_word(activation.reason, kMaxReason)) {
    return malformed("who or why is too long, or no plain text");
  }
  return ok();
}

}  // namespace

std::string_view name_of(Purpose purpose) {
  return purpose == Purpose::kEnforce ? "enforce" : "shadow";
}

std::string Activation::to_text() const {
  return fmt::format(
      "{}\nsequence {}\nprevious {}\npurpose {}\ntime {}\nwho {}\nreason {}\nenforce {}\nshadow "
      "{}\n",
      kFormat, sequence, previous.empty() ? kNone : previous, name_of(purpose), format_time(time),
      who, reason, show(enforce), show(shadow));
}

Result<Activation> Activation::parse(std::string_view text) {
  Lines lines(text);
  TRY(const std::string_view format, lines.take());
  if (format != kFormat) {
    return malformed(fmt::format("its first line is not `{}`", kFormat));
  }
  Activation out;
  TRY(const std::string_view sequence, lines.next("sequence"));
  TRY(out.sequence, parse_sequence(sequence));
  TRY(const std::string_view previous, lines.next("previous"));
  if (previous != kNone) {
    TRY(out.previous, parse_hash(previous));
  }
  TRY(const std::string_view purpose, lines.next("purpose"));
  const auto known = std::ranges::find(kPurposes, purpose, name_of);
  if (known == kPurposes.end()) {
    return malformed("its purpose is none");
  }
  out.purpose = *known;
  TRY(const std::string_view time, lines.next("time"));
  TRY(out.time, parse_time(time));
  TRY(out.who, lines.next("who"));
  TRY(out.reason, lines.next("reason"));
  TRY(const std::string_view enforce, lines.next("enforce"));
  TRY(out.enforce, parse_in_force(enforce));
  TRY(const std::string_view shadow, lines.next("shadow"));
  TRY(out.shadow, parse_in_force(shadow));
  if (!lines.at_end()) {
    return malformed("something follows it");
  }
  TRY_OK(check(out));
  // One text for one meaning: a time, say, has but one way to be written.
  if (out.to_text() != text) {
    return malformed("it is not written as activations are");
  }
  return out;
}

std::string activation_hash(std::string_view text) {
  return to_hex(crypto::sha256(as_bytes(text)));
}

bool is_activation_word(std::string_view text, size_t most) {
  return text.size() <= most && is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
         });
}

Result<std::vector<tlog::VerifierKey>> parse_trusted_keys(std::span<const std::string> texts) {
  std::vector<tlog::VerifierKey> out;
  for (const std::string& text : texts) {
    auto key = tlog::VerifierKey::parse(text);
    if (!key.ok() || key->type() != tlog::SignatureType::kEd25519) {
      return Error(ErrorKind::kUsage,
                   fmt::format("`{}` is no key that signs policies", printable(text)),
                   "the public key of whoever activates: name+id+key");
    }
    out.push_back(*std::move(key));
  }
  if (out.empty()) {
    return Error(ErrorKind::kUsage, "no key is trusted to put policies in force");
  }
  return out;
}

Result<tlog::NoteSigner> activation_signer(const Secret& seed) {
  TRY(auto key, crypto::Ed25519PrivateKey::from_seed(seed));
  return tlog::NoteSigner::make(std::string(kActivationKeyName), std::move(key));
}

Result<std::string> sign_activation(const Activation& activation, const tlog::NoteSigner& signer) {
  const std::string text = activation.to_text();
  TRY(const Activation read, Activation::parse(text));
  TRY(const std::string line, signer.sign(text));
  return fmt::format("{}\n{}", text, line);
}

Result<std::string> verified_text(std::string_view note,
                                  std::span<const tlog::VerifierKey> trusted) {
  auto parsed = tlog::Note::parse(note);
  if (!parsed.ok()) {
    return Error(ErrorKind::kCorrupt, parsed.error().message());
  }
  if (std::ranges::none_of(trusted, [&](const tlog::VerifierKey& key) {
        return tlog::is_signed_by(*parsed, key);
      })) {
    std::string names;
    for (const tlog::NoteSignature& signature : parsed->signatures) {
      names +=
          fmt::format("{}{}+{}", names.empty() ? "" : ", ", signature.name, to_hex(signature.id));
    }
    return Error(ErrorKind::kCorrupt, "no trusted key signed it",
                 fmt::format("it bears the name of {}", printable(names, 200)));
  }
  return std::move(parsed->text);
}

}  // namespace sally::policy
