#include "app/policy_keeper.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "policy/first_policies.h"

namespace sally::app {
namespace {

// The name of what the state remembers. Other keys are another history: who lost the folder of
// bundles begins again with a new key.
std::string remembered_name(const PolicyConfig& config) {
  std::vector<std::string> keys;
  for (const tlog::VerifierKey& key : config.trusted) {
    keys.push_back(key.to_string());
  }
  std::ranges::sort(keys);
  std::string text;
  for (const std::string& key : keys) {
    text += key + "\n";
  }
  return "policy.sequence:" + to_hex(crypto::sha256(as_bytes(text)));
}

policy::Landscape landscape_of(const gateway::Settings& settings) {
  policy::Landscape out;
  for (const gateway::ModelSettings& model : settings.models) {
    out.models.push_back(model.id);
  }
  for (const gateway::RouteSettings& route : settings.routes) {
    out.routes.push_back(route.id);
  }
  return out;
}

}  // namespace

policy::PolicyTexts no_policies() {
  policy::PolicyTexts out;
  for (const policy::FirstPolicy& file : policy::first_policies()) {
    if (file.name == policy::kSchemaFile) {
      out.emplace(file.name, file.text);
    }
  }
  return out;
}

Result<policy::ActiveSetPtr> compile_policies(const policy::PolicyTexts& files, uint64_t version,
                                              const Config& config) {
  TRY(policy::LoadedPolicies loaded, policy::LoadedPolicies::from_files(files));
  return policy::ActiveSet::create(std::move(loaded), version, landscape_of(config.settings));
}

Result<uint64_t> PolicyKeeper::remembered(const PolicyConfig& config) const {
  const std::string name = remembered_name(config);
  std::optional<std::string> text;
  TRY_OK(state_.read([&](store::Transaction& transaction) -> Result<> {
    TRY(text, transaction.values().get(name));
    return ok();
  }));
  if (!text) {
    return 0;
  }
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
  if (error != std::errc{} || end != text->data() + text->size()) {
    return Error(ErrorKind::kCorrupt, "the state does not tell which policies were in force");
  }
  return out;
}

Result<> PolicyKeeper::remember(const PolicyConfig& config, uint64_t sequence) const {
  const std::string name = remembered_name(config);
  return state_.write([&name, sequence](store::Transaction& transaction) {
    return transaction.values().put(name, std::to_string(sequence));
  });
}

Result<bool> PolicyKeeper::changed(const PolicyConfig& config) const {
  if (config.trusted.empty()) {
    return false;
  }
  TRY(const uint64_t newest, policy::BundleStore(config.bundles).newest(sequence_));
  return newest > sequence_;
}

Result<std::shared_ptr<const policy::CedarAuthorizer>> PolicyKeeper::read(const Config& config) {
  TRY(const uint64_t at_least, remembered(config.policy));
  const policy::BundleStore store(config.policy.bundles);
  policy::CurrentPolicies current{.sequence = at_least};
  if (!config.policy.trusted.empty()) {
    TRY(current, store.read_current(config.policy.trusted, at_least));
  }
  const policy::PolicyTexts files = current.enforce ? current.enforce->files : no_policies();
  TRY(policy::ActiveSetPtr enforced,
      compile_policies(files, current.enforce ? current.enforce->sequence : 0, config));
  policy::ActiveSetPtr shadow;
  if (current.shadow) {
    TRY(shadow, compile_policies(current.shadow->files, current.shadow->sequence, config));
  }
  if (current.sequence != at_least) {
    TRY_OK(remember(config.policy, current.sequence));
  }
  sequence_ = current.sequence;
  return std::make_shared<const policy::CedarAuthorizer>(std::move(enforced), std::move(shadow),
                                                         config.policy.on_forbid_error);
}

}  // namespace sally::app
