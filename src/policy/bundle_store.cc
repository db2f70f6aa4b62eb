#include "policy/bundle_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace sally::policy {
namespace {

constexpr const char* kBundles = "bundles";
constexpr const char* kActivations = "activations";
constexpr const char* kLock = "lock";
constexpr std::string_view kNoteEnding = ".note";
constexpr size_t kNoteDigits = 8;

std::string note_name(uint64_t sequence) {
  return fmt::format("{:0{}}{}", sequence, kNoteDigits, kNoteEnding);
}

std::string bundle_name(const std::string& hash) {
  return hash + ".json";
}

// Of a name as note_name() makes it; what else lies there is of no meaning.
std::optional<uint64_t> sequence_of(std::string_view name) {
  if (name.size() != kNoteDigits + kNoteEnding.size() || !name.ends_with(kNoteEnding)) {
    return std::nullopt;
  }
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kNoteDigits, out);
  if (error != std::errc() || end != name.data() + kNoteDigits) {
    return std::nullopt;
  }
  return out;
}

// Of what is in the store: whatever is wrong with it, it does not verify.
Error corrupt(const Folder& folder, const std::string& name, const Error& error) {
  return Error(error.kind() == ErrorKind::kIo ? ErrorKind::kIo : ErrorKind::kCorrupt,
               fmt::format("`{}`: {}", printable(folder.path_of(name), 400), error.message()),
               error.hint());
}

struct SignedActivation {
  std::string text;
  Activation activation;
};

// The folder of the notes.
class Activations {
 public:
  explicit Activations(const Folder& folder) : folder_(folder) {}

  // The newest; 0: none. Every number below it is there.
  [[nodiscard]] Result<uint64_t> newest() const {
    TRY(const std::vector<std::string> names, folder_.list(2 * kMaxSequence));
    uint64_t last = 0;
    for (const std::string& name : names) {
      const auto sequence = sequence_of(name);
      if (!sequence) {
        continue;
      }
      if (*sequence != last + 1) {
        return Error(ErrorKind::kCorrupt,
                     fmt::format("`{}` stands where `{}` is missing",
                                 printable(folder_.path_of(name), 400), note_name(last + 1)));
      }
      last = *sequence;
    }
    return last;
  }

  // The text alone; nothing is verified.
  [[nodiscard]] Result<std::string> text(uint64_t sequence) const {
    TRY(const std::string bytes, read(sequence));
    auto note = tlog::Note::parse(bytes);
    if (!note.ok()) {
      return corrupt(folder_, note_name(sequence), note.error());
    }
    return std::move(note->text);
  }

  // By the signature of one of the keys.
  [[nodiscard]] Result<SignedActivation> verified(uint64_t sequence, BundleStore::Keys keys) const {
    TRY(const std::string bytes, read(sequence));
    auto text = verified_text(bytes, keys);
    if (!text.ok()) {
      return corrupt(folder_, note_name(sequence), text.error());
    }
    TRY(Activation activation, parse(sequence, *text));
    return SignedActivation{*std::move(text), std::move(activation)};
  }

  // The text of the activation before `next`, which vouches for it.
  [[nodiscard]] Result<std::string> before(const Activation& next) const {
    TRY(std::string text, text(next.sequence - 1));
    if (activation_hash(text) != next.previous) {
      return Error(ErrorKind::kCorrupt,
                   fmt::format("`{}` is not the one that `{}` follows",
                               printable(folder_.path_of(note_name(next.sequence - 1)), 400),
                               note_name(next.sequence)));
    }
    return text;
  }

  [[nodiscard]] Result<Activation> parse(uint64_t sequence, std::string_view text) const {
    auto out = Activation::parse(text);
    if (!out.ok()) {
      return corrupt(folder_, note_name(sequence), out.error());
    }
    if (out->sequence != sequence) {
      return Error(
          ErrorKind::kCorrupt,
          fmt::format("`{}` holds activation {}",
                      printable(folder_.path_of(note_name(sequence)), 400), out->sequence));
    }
    return out;
  }

 private:
  [[nodiscard]] Result<std::string> read(uint64_t sequence) const {
    auto bytes = folder_.read(note_name(sequence), kMaxActivationNote, Links::kRefuse);
    if (!bytes.ok()) {
      return Error(bytes.error().kind() == ErrorKind::kIo ? ErrorKind::kIo : ErrorKind::kCorrupt,
                   bytes.error().message());
    }
    return bytes;
  }

  const Folder& folder_;
};

// The newest activation by a trusted key, and that the caller has seen none beyond it.
Result<std::optional<SignedActivation>> newest_of(const std::string& path,
                                                  const std::optional<Folder>& folder,
                                                  BundleStore::Keys trusted, uint64_t at_least) {
  uint64_t newest = 0;
  if (folder) {
    TRY(newest, Activations(*folder).newest());
  }
  if (newest < at_least) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` ends with activation {}, but {} was in force",
                             printable(path, 400), newest, at_least),
                 "somebody took away activations: bring the folder back from a copy");
  }
  if (newest == 0) {
    return std::optional<SignedActivation>();
  }
  TRY(SignedActivation out, Activations(*folder).verified(newest, trusted));
  return std::optional<SignedActivation>(std::move(out));
}

Result<PolicyTexts> read_bundle_in(const Folder& folder, const std::string& hash) {
  const std::string name = bundle_name(hash);
  TRY(const std::string bytes, folder.read(name, kMaxBundleBytes, Links::kRefuse));
  if (bundle_hash(bytes) != hash) {
    return Error(ErrorKind::kCorrupt, fmt::format("`{}` is not the bundle that its name says",
                                                  printable(folder.path_of(name), 400)));
  }
  auto texts = parse_bundle(bytes);
  return texts.ok() ? std::move(texts) : corrupt(folder, name, texts.error());
}

Result<> store_bundle(const Folder& folder, const std::string& hash, std::string_view bundle,
                      const OnStep& on_step) {
  TRY(const bool is_there, folder.has(bundle_name(hash)));
  if (!is_there) {
    return folder.write_new(bundle_name(hash), bundle, on_step);
  }
  TRY_OK(read_bundle_in(folder, hash));
  // Whoever wrote it may have been cut off before its name was durable.
  return folder.sync();
}

Result<> check(const BundleStore::Change& change, const tlog::NoteSigner& signer,
               BundleStore::Keys trusted) {
  if (change.purpose == Purpose::kEnforce && !change.files) {
    return Error(ErrorKind::kInvalidInput, "there are no policies to enforce");
  }
  const std::string key = signer.verifier_key().to_string();
  if (std::ranges::find(trusted, key, &tlog::VerifierKey::to_string) == trusted.end()) {
    return Error(ErrorKind::kUsage, fmt::format("the key `{}` is not trusted", printable(key)),
                 "nobody would believe what it signs: add it to those that are trusted");
  }
  return ok();
}

}  // namespace

Result<std::optional<Folder>> BundleStore::part(const char* name) const {
  auto root = Folder::open(path_);
  auto out = root.ok() ? root->inside(name, Links::kRefuse) : std::move(root);
  if (out.ok()) {
    return std::optional<Folder>(*std::move(out));
  }
  if (out.error().kind() == ErrorKind::kNotFound) {
    return std::optional<Folder>();
  }
  return out.error();
}

Result<CurrentPolicies> BundleStore::read_current(Keys trusted, uint64_t at_least) const {
  TRY(const std::optional<Folder> folder, part(kActivations));
  TRY(const std::optional<SignedActivation> newest, newest_of(path_, folder, trusted, at_least));
  CurrentPolicies out;
  if (!newest) {
    return out;
  }
  const Activations activations(*folder);
  const Activation& last = newest->activation;
  out.sequence = last.sequence;
  if (last.sequence > 1) {
    TRY_OK(activations.before(last));
  }
  for (const Purpose purpose : kPurposes) {
    const std::optional<InForce>& in_force = last.in_force(purpose);
    if (!in_force) {
      continue;
    }
    Activation by = last;
    if (in_force->since != last.sequence) {
      TRY(SignedActivation read, activations.verified(in_force->since, trusted));
      by = std::move(read.activation);
    }
    TRY(PolicyTexts files, read_bundle(in_force->bundle));
    (purpose == Purpose::kEnforce ? out.enforce : out.shadow) =
        PolicyInForce{.sequence = in_force->since,
                      .bundle = in_force->bundle,
                      .files = std::move(files),
                      .time = by.time,
                      .who = by.who,
                      .reason = by.reason};
  }
  return out;
}

Result<uint64_t> BundleStore::newest(uint64_t known) const {
  TRY(const std::optional<Folder> folder, part(kActivations));
  bool is_there = known == 0;
  if (folder && !is_there) {
    TRY(is_there, folder->has(note_name(known)));
  }
  if (!is_there) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("activation {} is gone from `{}`", known, printable(path_, 400)));
  }
  while (folder && known < kMaxSequence) {
    TRY(const bool has_next, folder->has(note_name(known + 1)));
    if (!has_next) {
      break;
    }
    ++known;
  }
  return known;
}

Result<std::vector<Activation>> BundleStore::history(Keys trusted, uint64_t at_least) const {
  TRY(const std::optional<Folder> folder, part(kActivations));
  TRY(const std::optional<SignedActivation> newest, newest_of(path_, folder, trusted, at_least));
  std::vector<Activation> out;
  if (!newest) {
    return out;
  }
  const Activations activations(*folder);
  out.push_back(newest->activation);
  while (out.back().sequence > 1) {
    TRY(const std::string text, activations.before(out.back()));
    TRY(Activation activation, activations.parse(out.back().sequence - 1, text));
    out.push_back(std::move(activation));
  }
  std::ranges::reverse(out);
  return out;
}

Result<PolicyTexts> BundleStore::read_bundle(const std::string& hash) const {
  TRY(const std::optional<Folder> folder, part(kBundles));
  if (!folder || !is_bundle_hash(hash)) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no bundle `{}` in `{}`",
                                                   printable(hash), printable(path_, 400)));
  }
  return read_bundle_in(*folder, hash);
}

Result<BundleStore::Changed> BundleStore::activate(const Change& change,
                                                   const tlog::NoteSigner& signer, Keys trusted,
                                                   uint64_t at_least) {
  TRY_OK(check(change, signer, trusted));
  std::string bundle;
  if (change.files) {
    TRY(bundle, to_bundle(*change.files));
  }
  const std::string hash = change.files ? bundle_hash(bundle) : std::string();

  TRY(const Folder root, Folder::make(path_));
  TRY_OK(root.make_folder(kBundles));
  TRY_OK(root.make_folder(kActivations));
  TRY(const UniqueFd lock, root.lock(kLock));
  TRY(Folder opened, root.inside(kActivations, Links::kRefuse));
  const std::optional<Folder> folder(std::move(opened));
  TRY(const std::optional<SignedActivation> newest, newest_of(path_, folder, trusted, at_least));

  Changed out;
  if (newest) {
    out.now = newest->activation;
  }
  const std::optional<InForce> before = out.now.in_force(change.purpose);
  out.before = before ? before->bundle : std::string();
  if (out.before == hash) {
    // What another key signed is signed anew: that key may be about to go.
    const Keys own(&signer.verifier_key(), 1);
    out.is_new = before && !Activations(*folder).verified(before->since, own).ok();
  }
  if (!out.is_new) {
    TRY_OK(folder->sync());  // whoever wrote it may have been cut off before this
    return out;
  }

  out.now.previous = newest ? activation_hash(newest->text) : std::string();
  ++out.now.sequence;
  out.now.purpose = change.purpose;
  out.now.time = std::chrono::floor<Millis>(change.time);
  out.now.who = change.who;
  out.now.reason = change.reason;
  auto& in_force = change.purpose == Purpose::kEnforce ? out.now.enforce : out.now.shadow;
  in_force.reset();
  if (change.files) {
    in_force = InForce{out.now.sequence, hash};
  }
  TRY(const std::string note, sign_activation(out.now, signer));
  // The bundle first: an activation that is there has what it names.
  if (change.files) {
    TRY(const Folder bundles, root.inside(kBundles, Links::kRefuse));
    TRY_OK(store_bundle(bundles, hash, bundle, on_step_));
  }
  TRY_OK(folder->write_new(note_name(out.now.sequence), note, on_step_));
  return out;
}

}  // namespace sally::policy
