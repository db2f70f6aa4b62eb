// `policy history`, `export` and `key`: what was in force, and who says so.
#include <fmt/format.h>

#include <filesystem>

#include "app/policy_store.h"
#include "app/policy_store_commands.h"
#include "base/text.h"
#include "crypto/keyfile.h"
#include "formats/json/writer.h"
#include "policy/folder.h"

namespace sally::app {
namespace {

using policy::Activation;
using policy::BundleStore;
using policy::Purpose;

constexpr size_t kShownHash = 12;

// What of it is in force now.
std::string_view state_of(const Activation& activation, const Activation& newest) {
  for (const Purpose purpose : policy::kPurposes) {
    const auto& in_force = newest.in_force(purpose);
    if (in_force && in_force->since == activation.sequence) {
      return purpose == Purpose::kEnforce ? "enforced" : "in the shadow";
    }
  }
  return "-";
}

std::string to_json(const std::vector<Activation>& history) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.key("activations").begin_array();
  for (const Activation& activation : history) {
    const auto& in_force = activation.in_force(activation.purpose);
    json.begin_object();
    json.member("sequence", activation.sequence).member("time", format_time(activation.time));
    json.member("purpose", name_of(activation.purpose));
    json.key("bundle");
    if (in_force) {
      json.string(in_force->bundle);
    } else {
      json.null();
    }
    json.member("in_force", state_of(activation, history.back()) != "-");
    json.member("who", activation.who).member("reason", activation.reason);
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
  return out + "\n";
}

std::string to_text(const std::vector<Activation>& history) {
  Table table({"activation", "time", "for", "bundle", "now", "reason", "by"});
  for (const Activation& activation : history) {
    const auto& in_force = activation.in_force(activation.purpose);
    table.add({std::to_string(activation.sequence),
               format_time(activation.time).substr(0, 16) + "Z",
               std::string(name_of(activation.purpose)),
               in_force ? in_force->bundle.substr(0, kShownHash) : "-",
               std::string(state_of(activation, history.back())),
               activation.reason.empty() ? "-" : printable(activation.reason, 60),
               printable(activation.who)});
  }
  return table.to_string();
}

// Into a folder that holds nothing else.
Result<> write_folder(const std::string& path, const policy::PolicyTexts& texts) {
  TRY(const policy::Folder folder, policy::Folder::make(path));
  std::error_code error;
  if (!std::filesystem::is_empty(path, error)) {
    return Error(ErrorKind::kConflict, fmt::format("`{}` is not empty", printable(path, 400)),
                 "name a folder that is not there yet");
  }
  for (const auto& [name, text] : texts) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos) {
      TRY_OK(folder.write_new(name, text, {}));
      continue;
    }
    const std::string inner = name.substr(0, slash);
    TRY_OK(folder.make_folder(inner));
    TRY(const policy::Folder inside, folder.inside(inner, policy::Links::kRefuse));
    TRY_OK(inside.write_new(name.substr(slash + 1), text, {}));
  }
  return ok();
}

}  // namespace

Result<int> policy_history(const World& world, const PolicyHistoryOptions& options) {
  TRY(const PolicyPlaces places, policy_places(world, options.store));
  TRY(const std::vector<tlog::VerifierKey> trusted, trusted_keys(places));
  TRY(const std::vector<Activation> history, BundleStore(places.bundles).history(trusted, 0));
  if (options.format == Format::kJson) {
    world.console.out(to_json(history));
  } else if (history.empty()) {
    world.console.err("nothing was activated yet\nhint: sallyport policy activate FOLDER\n");
  } else {
    world.console.out(to_text(history));
  }
  return kFine;
}

Result<int> policy_export(const World& world, const PolicyExportOptions& options) {
  TRY(const PolicyPlaces places, policy_places(world, options.store));
  TRY(const std::vector<tlog::VerifierKey> trusted, trusted_keys(places));
  const BundleStore bundles(places.bundles);
  TRY(const std::vector<Activation> history, bundles.history(trusted, 0));
  if (options.sequence == 0 || options.sequence > history.size()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no activation {}", options.sequence),
                 "sallyport policy history");
  }
  const Activation& activation = history[options.sequence - 1];
  const auto& in_force = activation.in_force(activation.purpose);
  if (!in_force) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("activation {} emptied the shadow", options.sequence),
                 "sallyport policy history");
  }
  TRY(const policy::PolicyTexts texts, bundles.read_bundle(in_force->bundle));
  TRY_OK(write_folder(options.folder, texts));
  world.console.out(fmt::format("{} file{} of {} in {}\n", texts.size(),
                                texts.size() == 1 ? "" : "s", in_force->bundle,
                                printable(options.folder, 400)));
  return kFine;
}

Result<int> policy_key(const World& world, const PolicyKeyOptions& options) {
  auto seed = crypto::read_key_file(options.file);
  if (!seed.ok() && seed.error().kind() == ErrorKind::kNotFound) {
    seed = crypto::create_key_file(options.file, world.random);
  }
  if (!seed.ok()) {
    return seed.error();
  }
  TRY(const tlog::NoteSigner signer, policy::activation_signer(*seed));
  world.console.out(signer.verifier_key().to_string() + "\n");
  return kFine;
}

}  // namespace sally::app
