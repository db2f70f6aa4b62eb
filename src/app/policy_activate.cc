// `policy activate`, `rollback` and `shadow`: what decides from now on, and what is compared with
// it.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/differences_view.h"
#include "app/policy_cases.h"
#include "app/policy_folder.h"
#include "app/policy_replay.h"
#include "app/policy_store.h"
#include "app/policy_store_commands.h"
#include "app/print_json.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "policy/loaded_policies.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using policy::BundleStore;
using policy::PolicyProblem;
using policy::Purpose;

constexpr std::chrono::days kReplayed{7};

void write_bundle(JsonWriter& json, std::string_view name, const std::string& hash) {
  json.key(name);
  if (hash.empty()) {
    json.null();
  } else {
    json.string(hash);
  }
}

void write_problems(JsonWriter& json, const std::vector<PolicyProblem>& problems) {
  json.key("problems").begin_array();
  for (const PolicyProblem& problem : problems) {
    json.begin_object();
    json.member("severity", problem.is_error ? "error" : "warning");
    json.member("file", problem.file);
    if (!problem.policy.empty()) {
      json.member("policy", problem.policy);
    }
    json.member("line", problem.at.line).member("column", problem.at.column);
    json.member("message", problem.message);
    if (!problem.hint.empty()) {
      json.member("hint", problem.hint);
    }
    json.end_object();
  }
  json.end_array();
}

std::string to_text(Purpose purpose, const BundleStore::Changed& changed) {
  const auto& in_force = changed.now.in_force(purpose);
  const std::string_view is_what = purpose == Purpose::kEnforce ? "enforced" : "in the shadow";
  if (!changed.is_new) {
    return in_force ? fmt::format("{} is {} already, since activation {}\n", in_force->bundle,
                                  is_what, in_force->since)
                    : fmt::format("nothing is {}\n", is_what);
  }
  std::string out = in_force ? fmt::format("activation {}: {} is {}\n", changed.now.sequence,
                                           in_force->bundle, is_what)
                             : fmt::format("activation {}: nothing is {} any more\n",
                                           changed.now.sequence, is_what);
  if (!changed.before.empty() && in_force) {
    out += fmt::format("before it: {}\n", changed.before);
  }
  return out;
}

// A command that changes what is in force: what speaks against it, and what became of it, in either
// format.
class Change {
 public:
  Change(const World& world, Format format, Purpose purpose)
      : world_(world), format_(format), purpose_(purpose) {}

  // Whether the gate would load the texts.
  Result<bool> load(const policy::PolicyTexts& files) {
    const auto loaded = policy::LoadedPolicies::from_files(files, problems_);
    if (!loaded.ok() && problems_.empty()) {
      return loaded.error();
    }
    if (format_ == Format::kText) {
      for (const PolicyProblem& problem : problems_) {
        world_.console.err(problem.shown);
      }
    }
    return loaded.ok();
  }

  // Whether the cases of the folder come out as they say.
  Result<bool> run_cases(const std::string& folder) {
    TRY(const PolicyFolder read,
        read_policy_folder(world_,
                           {.paths = {folder}, .schema = {}, .entities = {}, .config = {}}));
    TRY(const CaseResults results, run_policy_cases(world_, read, {}));
    for (const CaseResult& one : results.cases) {
      if (!one.passed) {
        failed_cases_.push_back(fmt::format("{}:{}: {}", one.file, one.line, one.name));
      }
    }
    if (format_ == Format::kText) {
      for (const std::string& one : failed_cases_) {
        world_.console.err(fmt::format("failed {}\n", printable(one, 600)));
      }
    }
    return failed_cases_.empty();
  }

  // Tells what the texts would have decided differently of the calls in the ledger. Where there is
  // no ledger, or nothing is in it, there is nothing to tell.
  void replay(const std::string& config_path, const policy::PolicyTexts& files) {
    std::error_code ignored;
    if (!std::filesystem::exists(find_config(world_, config_path), ignored)) {
      return;
    }
    const auto config = open_config(world_, config_path, Reading::kPaths);
    const auto replayed =
        config ? replay_policies(**config, files, world_.clock.now() - kReplayed, std::nullopt)
               : Result<policy::Differences>(config.error());
    if (!replayed) {
      if (replayed.error().kind() != ErrorKind::kNotFound) {
        world_.console.err(fmt::format("the ledger's calls were not decided again: {}\n",
                                       replayed.error().message()));
      }
      return;
    }
    replayed_ = *replayed;
    if (format_ == Format::kText && replayed_->compared > 0) {
      world_.console.out(differences_summary(*replayed_, "calls of the last 7 days") + "\n");
    }
  }

  Result<int> sign(const PolicyPlaces& places, std::string_view what,
                   std::optional<policy::PolicyTexts> files, const std::string& reason) {
    if (!policy::is_activation_word(reason, policy::kMaxReason)) {
      return Error(ErrorKind::kUsage, "`--reason` is one line of plain text",
                   fmt::format("of at most {} bytes", policy::kMaxReason));
    }
    TRY(const BundleStore::Changed changed,
        change_policies(world_, places, what,
                        {.purpose = purpose_, .files = std::move(files), .reason = reason}));
    if (format_ == Format::kText) {
      world_.console.out(to_text(purpose_, changed));
      return kFine;
    }
    const auto& in_force = changed.now.in_force(purpose_);
    print_json(world_, [&](JsonWriter& json) {
      json.member("accepted", true).member("changed", changed.is_new);
      json.member("sequence", changed.now.sequence).member("purpose", name_of(purpose_));
      write_bundle(json, "bundle", in_force ? in_force->bundle : std::string());
      write_bundle(json, "before", changed.before);
      write_objections(json);
    });
    return kFine;
  }

  // Says that nothing was changed, and why.
  [[nodiscard]] int refuse() const {
    if (format_ == Format::kJson) {
      print_json(world_, [&](JsonWriter& json) {
        json.member("accepted", false).member("changed", false);
        write_objections(json);
      });
      return kNo;
    }
    const auto errors = std::ranges::count_if(problems_, &PolicyProblem::is_error);
    world_.console.err(
        errors > 0 ? fmt::format("nothing was changed: the policies have {} problem{}\n", errors,
                                 errors == 1 ? "" : "s")
                   : fmt::format("nothing was changed: {} case{} failed\n"
                                 "hint: sallyport policy test; --despite-failing-cases\n",
                                 failed_cases_.size(), failed_cases_.size() == 1 ? "" : "s"));
    return kNo;
  }

 private:
  void write_objections(JsonWriter& json) const {
    write_problems(json, problems_);
    json.key("failed_cases").begin_array();
    for (const std::string& one : failed_cases_) {
      json.string(one);
    }
    json.end_array();
    if (replayed_) {
      json.key("replayed").begin_object();
      write_differences(json, *replayed_);
      json.end_object();
    }
  }

  const World& world_;
  Format format_;
  Purpose purpose_;
  std::vector<PolicyProblem> problems_;
  std::vector<std::string> failed_cases_;  // `file:line: name`
  std::optional<policy::Differences> replayed_;
};

bool has_cases(const policy::PolicyTexts& files) {
  return std::ranges::any_of(files, [](const auto& file) {
    return policy::kind_of(file.first) == policy::PolicyFileKind::kCase;
  });
}

// The hash of what is to be enforced again.
Result<std::string> earlier(const std::vector<policy::Activation>& history, uint64_t sequence) {
  if (history.empty() || !history.back().enforce) {
    return Error(ErrorKind::kNotFound, "nothing is enforced yet", "sallyport policy activate");
  }
  if (sequence > history.size()) {
    return Error(
        ErrorKind::kNotFound,
        fmt::format("the newest activation is {}, there is no {}", history.size(), sequence),
        "sallyport policy history");
  }
  if (sequence != 0) {
    const auto& then = history[sequence - 1].enforce;
    return then ? Result<std::string>(then->bundle)
                : Error(ErrorKind::kNotFound,
                        fmt::format("nothing was enforced yet at activation {}", sequence),
                        "sallyport policy history");
  }
  const std::string& now = history.back().enforce->bundle;
  const auto other = std::find_if(history.rbegin(), history.rend(), [&](const auto& activation) {
    return activation.enforce && activation.enforce->bundle != now;
  });
  if (other != history.rend()) {
    return other->enforce->bundle;
  }
  return Error(ErrorKind::kNotFound, "nothing else was ever enforced", "sallyport policy history");
}

}  // namespace

Result<int> policy_activate(const World& world, const PolicyActivateOptions& options) {
  TRY(const PolicyPlaces places, policy_places(world, options.store));
  const std::string& folder = options.folder.empty() ? places.folder : options.folder;
  TRY(policy::PolicyTexts files, policy::read_policy_texts(folder));
  Change change(world, options.format, options.shadow ? Purpose::kShadow : Purpose::kEnforce);
  TRY(const bool is_loaded, change.load(files));
  if (!is_loaded) {
    return change.refuse();
  }
  if (has_cases(files)) {
    TRY(const bool passed, change.run_cases(folder));
    if (!passed && !options.despite_failing_cases) {
      return change.refuse();
    }
    // The cases were run on what stands in the folder, not on what is about to be signed.
    TRY(const policy::PolicyTexts again, policy::read_policy_texts(folder));
    if (again != files) {
      return Error(ErrorKind::kConflict,
                   fmt::format("`{}` was changed meanwhile", printable(folder, 400)),
                   "try again when nobody writes there");
    }
  }
  change.replay(options.store.config, files);
  return change.sign(places, options.shadow ? "policy.shadow" : "policy.activate", std::move(files),
                     options.reason);
}

Result<int> policy_rollback(const World& world, const PolicyRollbackOptions& options) {
  TRY(const PolicyPlaces places, policy_places(world, options.store));
  TRY(const std::vector<tlog::VerifierKey> trusted, trusted_keys(places));
  const BundleStore bundles(places.bundles);
  TRY(const std::vector<policy::Activation> history, bundles.history(trusted, 0));
  TRY(const std::string hash, earlier(history, options.sequence));
  TRY(policy::PolicyTexts files, bundles.read_bundle(hash));
  Change change(world, options.format, Purpose::kEnforce);
  TRY(const bool is_loaded, change.load(files));
  if (!is_loaded) {
    return change.refuse();
  }
  return change.sign(places, "policy.rollback", std::move(files), options.reason);
}

Result<int> policy_shadow(const World& world, const PolicyShadowOptions& options) {
  TRY(const PolicyPlaces places, policy_places(world, options.store));
  if (options.off) {
    return Change(world, options.format, Purpose::kShadow)
        .sign(places, "policy.shadow", std::nullopt, options.reason);
  }
  TRY(const std::vector<tlog::VerifierKey> trusted, trusted_keys(places));
  TRY(const policy::CurrentPolicies current, BundleStore(places.bundles).read_current(trusted, 0));
  std::optional<policy::Differences> differences;
  if (current.shadow && !places.state_url.empty()) {
    TRY(const ConfigPtr config, open_config(world, options.store.config, Reading::kPaths));
    auto compared = shadow_differences(*config, current.shadow->sequence);
    if (!compared && compared.error().kind() != ErrorKind::kNotFound) {
      return compared.error();
    }
    differences = compared ? *std::move(compared) : policy::Differences();
  }
  if (options.format == Format::kJson) {
    print_json(world, [&](JsonWriter& json) {
      write_bundle(json, "bundle", current.shadow ? current.shadow->bundle : std::string());
      if (current.shadow) {
        json.member("since", current.shadow->sequence);
      }
      if (differences) {
        write_differences(json, *differences);
      }
    });
    return kFine;
  }
  world.console.out(current.shadow ? fmt::format("{} is in the shadow, since activation {}\n",
                                                 current.shadow->bundle, current.shadow->sequence)
                                   : std::string("nothing is in the shadow\n"));
  if (differences) {
    world.console.out(differences_text(world.console, *differences, "calls since"));
  }
  return kFine;
}

}  // namespace sally::app
