#include "app/policy_store.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "app/changes.h"
#include "base/text.h"
#include "crypto/keyfile.h"
#include "formats/json/writer.h"
#include "ledger/outbox.h"
#include "store/state.h"

namespace sally::app {
namespace {

namespace fs = std::filesystem;

using policy::BundleStore;
using policy::Purpose;

Result<tlog::NoteSigner> read_signer(const std::string& path) {
  const auto seed = crypto::read_key_file(path);
  if (!seed.ok()) {
    return Error(ErrorKind::kUsage, seed.error().message(),
                 seed.error().kind() == ErrorKind::kNotFound
                     ? fmt::format("sallyport policy key {}", printable(path))
                     : seed.error().hint());
  }
  return policy::activation_signer(*seed);
}

// `{"enforce": hash}`; empty: nothing.
std::string show(Purpose purpose, const std::string& hash) {
  std::string out;
  if (!hash.empty()) {
    formats::JsonWriter json(out);
    json.begin_object();
    json.member(name_of(purpose), hash);
    json.end_object();
    json.finish();
  }
  return out;
}

ChangeEvent event_of(const World& world, std::string_view what,
                     const BundleStore::Changed& changed) {
  const policy::Activation& now = changed.now;
  const auto& in_force = now.in_force(now.purpose);
  ChangeEvent out = change_by_user(world, what, std::to_string(now.sequence));
  out.before = show(now.purpose, changed.before);
  out.after = show(now.purpose, in_force ? in_force->bundle : std::string());
  out.reason = now.reason;
  return out;
}

}  // namespace

Result<PolicyPlaces> policy_places(const World& world, const PolicyStoreOptions& options) {
  const std::string config_path = find_config(world, options.config);
  const fs::path beside = fs::path(config_path).parent_path();
  const auto place = [&](const std::string& asked, std::string_view usual) {
    return asked.empty() ? (beside / usual).string() : asked;
  };
  PolicyPlaces out{.folder = place({}, "policies"),
                   .bundles = place(options.bundles, "policy-bundles"),
                   .key = place(options.key, "policy.key"),
                   .trusted = options.trusted,
                   .state_url = {}};
  std::error_code ignored;
  if (!options.config.empty() || fs::exists(config_path, ignored)) {
    TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
    out.state_url = config->state_url;
    out.folder = config->policy.folder;
    if (options.bundles.empty()) {
      out.bundles = config->policy.bundles;
    }
    if (options.key.empty() && !config->policy.key_file.empty()) {
      out.key = config->policy.key_file;
    }
    if (options.trusted.empty()) {
      for (const tlog::VerifierKey& key : config->policy.trusted) {
        out.trusted.push_back(key.to_string());
      }
    }
  }
  return out;
}

Result<std::vector<tlog::VerifierKey>> trusted_keys(const PolicyPlaces& places) {
  if (!places.trusted.empty()) {
    return policy::parse_trusted_keys(places.trusted);
  }
  TRY(const tlog::NoteSigner signer, read_signer(places.key));
  return std::vector{signer.verifier_key()};
}

Result<BundleStore::Changed> change_policies(const World& world, const PolicyPlaces& places,
                                             std::string_view what, BundleStore::Change change) {
  TRY(const tlog::NoteSigner signer, read_signer(places.key));
  TRY(const std::vector<tlog::VerifierKey> trusted, trusted_keys(places));
  change.time = world.clock.now();
  change.who = local_user();
  BundleStore bundles(places.bundles);
  if (places.state_url.empty()) {
    return bundles.activate(change, signer, trusted, 0);
  }
  TRY(const auto state, store::open_state(places.state_url, store::IfMissing::kCreate));
  std::optional<BundleStore::Changed> changed;
  const Result<> recorded = state->write([&](store::Transaction& transaction) -> Result<> {
    TRY(changed, bundles.activate(change, signer, trusted, 0));
    return changed->is_new ? ledger::put_into_outbox(transaction, event_of(world, what, *changed))
                           : ok();
  });
  if (!recorded.ok()) {
    return changed && changed->is_new
               ? recorded.error().in(fmt::format(
                     "activation {} is in force, but could not be recorded", changed->now.sequence))
               : recorded.error();
  }
  return *std::move(changed);
}

}  // namespace sally::app
