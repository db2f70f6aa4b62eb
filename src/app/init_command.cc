#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "app/changes.h"
#include "app/commands.h"
#include "app/config_values.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/keyfile.h"
#include "crypto/x509.h"
#include "identity/key_service.h"
#include "identity/pepper.h"
#include "policy/bundle_store.h"
#include "policy/first_policies.h"
#include "policy/loaded_policies.h"
#include "store/state.h"
#include "tlog/note.h"

namespace sally::app {
namespace fs = std::filesystem;
namespace {

using Days = std::chrono::duration<int64_t, std::ratio<86'400>>;
constexpr Days kAuthorityLife{3650};
constexpr Days kServerLife{820};  // clients refuse server certificates of more than 825
constexpr std::chrono::hours kClockSkew{1};

Error cannot_write(const fs::path& path, int error) {
  return Error(ErrorKind::kIo,
               fmt::format("`{}` cannot be written: {}", path.string(), std::strerror(error)));
}

// A new file, whole and on disk; never one that is there.
Result<> write_new(const fs::path& path, std::string_view text, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return cannot_write(path, errno);
  }
  size_t done = 0;
  int error = 0;
  while (done < text.size() && error == 0) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote < 0) {
      error = errno;
    } else {
      done += static_cast<size_t>(wrote);
    }
  }
  if (error == 0 && (::fchmod(fd, mode) != 0 || ::fsync(fd) != 0)) {
    error = errno;
  }
  ::close(fd);
  if (error != 0) {
    ::unlink(path.c_str());
    return cannot_write(path, error);
  }
  return ok();
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

// A text in YAML's double quotes. Names of models and variables hold nothing that needs more.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

constexpr std::string_view kHead = R"(# Sallyport's configuration. Every key: docs/configuration.md.
# After a change: `sallyport config check`, then `sallyport config reload`.

gate:
  listen: {listen}
  tls:
    certificate: {{file: gate.crt}}
    key: {{file: gate.key}}
metrics:
  listen: 127.0.0.1:9464
admin:
  socket: admin.sock

state: sqlite:state.db       # API keys, as digests
pepper: {{file: pepper.key}}   # the secret they are digested with
ledger:
  folder: ledger             # who did what: a log that shows what was altered
  origin: {origin}
  key: {{file: ledger.key}}    # signs it
policy:
  folder: policies           # who may do what, in Cedar: docs/policy.md
  bundles: policy-bundles    # what of it is in force: `sallyport policy activate`
  key: policy.key            # signs that; keep it where changes are made
  trusted: ["{trusted}"]
capture:
  mode: commitments          # what can be proved of the bodies; `content` keeps them, encrypted
  key: {{file: capture.key}}
privacy:                     # personal data in texts is told of in the record; and what a model
  key: {{file: privacy.key}}   # never sees, and the caller gets back: docs/privacy.md
  replace:
    - {{types: [CREDIT_CARD, IBAN_CODE, US_SSN], with: token}}
outflow:                     # an answer that carries something away, or brings what harms, is told of in
  images: annotate           # the record: strange images, the system prompt, commands: docs/outflow.md
attacks:                     # orders hidden in documents and in what tools answer, jailbreaks, questions
  tools: annotate            # for system prompts are told of, and policies contain them: docs/attacks.md

)";

constexpr std::string_view kNothingYet =
    R"(# What stands behind the gate. For instance an OpenAI-compatible server:
#
# upstreams:
#   own:
#     url: http://127.0.0.1:8000
# models:
#   large:
#     targets: [{upstream: own, model: its-name-there}]
# routes:
#   - {name: openai, protocol: openai, models: [large]}
)";

std::string first_config(const InitOptions& options, std::string_view origin,
                         std::string_view trusted) {
  std::string out = fmt::format(fmt::runtime(kHead), fmt::arg("listen", options.listen),
                                fmt::arg("origin", origin), fmt::arg("trusted", trusted));
  if (options.upstream.empty()) {
    return out + std::string(kNothingYet);
  }
  std::string_view url = options.upstream;
  while (url.ends_with('/')) {
    url.remove_suffix(1);
  }
  if (url.ends_with("/v1")) {
    url.remove_suffix(3);  // the path of every operation begins with it
  }
  out += fmt::format("upstreams:\n  own:\n    url: {}\n", in_quotes(url));
  if (!options.secret_env.empty()) {
    out += fmt::format("    credential: {{secret: {{env: {}}}}}\n", in_quotes(options.secret_env));
  }
  out += "\nmodels:\n";
  std::string names;
  for (const std::string& model : options.models) {
    out += fmt::format("  {}:\n    targets: [{{upstream: own}}]\n", in_quotes(model));
    names += (names.empty() ? "" : ", ") + in_quotes(model);
  }
  out += fmt::format("\nroutes:\n  - {{name: openai, protocol: openai, models: [{}]}}\n", names);
  return out;
}

class Setup {
 public:
  Setup(const World& world, const InitOptions& options)
      : world_(world), options_(options), folder_(options.folder), now_(world.clock.now()) {}

  Result<int> run() {
    TRY_OK(check_options());
    TRY_OK(make_folder());
    TRY_OK(certificates());
    TRY_OK(key("pepper.key", "the secret that API keys are digested with"));
    TRY_OK(ledger_key());
    TRY_OK(key("capture.key", "the key that protects what is kept of bodies: keep a copy"));
    TRY_OK(key("privacy.key", "the key that protects what placeholders stand for"));
    TRY_OK(policies());
    TRY_OK(file("sallyport.yaml", first_config(options_, origin_, policy_key_), 0644,
                "the configuration"));
    TRY_OK(demo_key());
    tell();
    return kFine;
  }

 private:
  struct Line {
    std::string name;
    std::string what;
    bool made;
  };

  Result<> check_options() const {
    if (!options_.upstream.empty()) {
      TRY_OK(parse_url(options_.upstream));
      if (options_.models.empty()) {
        return Error(ErrorKind::kUsage, "`--upstream` without `--model`",
                     "say which models it serves: --model NAME, once for each");
      }
    } else if (!options_.models.empty() || !options_.secret_env.empty()) {
      return Error(ErrorKind::kUsage, "`--model` and `--secret-env` go with `--upstream`",
                   "sallyport init --upstream http://127.0.0.1:8000 --model NAME");
    }
    TRY_OK(net::parse_listen_address(options_.listen));
    for (const std::string& text : options_.models) {
      if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7F || c == '*'; })) {
        return Error(ErrorKind::kUsage,
                     fmt::format("`--model {}` is no name of a model", printable(text)));
      }
    }
    return ok();
  }

  Result<> make_folder() const {
    std::error_code error;
    if (fs::create_directories(folder_, error)) {
      fs::permissions(folder_, fs::perms::owner_all, error);
    }
    if (error || !fs::is_directory(folder_)) {
      return Error(ErrorKind::kIo,
                   fmt::format("`{}` cannot be made: {}", folder_.string(),
                               error ? error.message() : "something is in its way"));
    }
    return ok();
  }

  [[nodiscard]] bool has(std::string_view name) const { return fs::exists(folder_ / name); }

  Result<> file(const std::string& name, std::string_view text, mode_t mode, std::string what) {
    const bool makes = !has(name);
    if (makes) {
      TRY_OK(write_new(folder_ / name, text, mode));
    }
    lines_.push_back({name, std::move(what), makes});
    return ok();
  }

  Result<std::string> read(const std::string& name) const {
    TRY(const Secret text, world_.outside.read_file((folder_ / name).string(), Content::kPublic));
    return std::string(text.reveal());
  }

  Result<crypto::CertificateAndKey> authority() {
    if (has("ca.crt") != has("ca.key")) {
      return Error(ErrorKind::kConflict,
                   fmt::format("`{}` has only one of ca.crt and ca.key", folder_.string()),
                   "put the other back, or remove both for a new authority");
    }
    crypto::CertificateAndKey out;
    if (has("ca.crt")) {
      TRY(out.certificate, read("ca.crt"));
      TRY(out.key, world_.outside.read_file((folder_ / "ca.key").string(), Content::kSecret));
    } else {
      TRY(out, crypto::make_authority("sallyport of " + host_name(),
                                      {now_ - kClockSkew, now_ + kAuthorityLife}));
    }
    TRY_OK(file("ca.crt", out.certificate, 0644, "your certificate authority: clients trust it"));
    TRY_OK(file("ca.key", out.key.reveal(), 0600, "its key: keep it elsewhere"));
    return out;
  }

  Result<> certificates() {
    if (has("gate.crt") && has("gate.key")) {
      TRY_OK(file("gate.crt", "", 0644, "the gate's certificate"));
      return file("gate.key", "", 0600, "its key");
    }
    if (has("gate.crt") || has("gate.key")) {
      return Error(ErrorKind::kConflict,
                   fmt::format("`{}` has only one of gate.crt and gate.key", folder_.string()),
                   "put the other back, or remove both for a new certificate");
    }
    TRY(const crypto::CertificateAndKey ca, authority());
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    names.insert(names.end(), options_.names.begin(), options_.names.end());
    const std::string host = host_name();
    auto issue = [&](const std::vector<std::string>& all) {
      return crypto::issue_server_certificate(ca, all, {now_ - kClockSkew, now_ + kServerLife});
    };
    std::vector<std::string> with_host = names;
    if (std::ranges::find(names, host) == names.end()) {
      with_host.push_back(host);
    }
    auto issued = issue(with_host);
    if (!issued.ok()) {
      // A machine may be called what no certificate can say; the names that were asked for count.
      issued = issue(names);
    }
    if (!issued.ok()) {
      return issued.error();
    }
    TRY_OK(file("gate.crt", issued->certificate, 0644, "the gate's certificate"));
    return file("gate.key", issued->key.reveal(), 0600, "its key");
  }

  Result<> key(const std::string& name, std::string what) {
    const bool makes = !has(name);
    if (makes) {
      TRY_OK(crypto::create_key_file((folder_ / name).string(), world_.random));
    }
    lines_.push_back({name, std::move(what), makes});
    return ok();
  }

  // The key that signs the ledger, and a name for it that no other log has.
  Result<> ledger_key() {
    TRY_OK(key("ledger.key", "the key that signs the ledger: keep a copy"));
    const std::string path = (folder_ / "ledger.key").string();
    TRY(const Secret seed, crypto::read_key_file(path));
    TRY(const auto private_key, crypto::Ed25519PrivateKey::from_seed(seed));
    const auto& public_key = private_key.public_key();
    origin_ = "sallyport.local/" + to_hex(ByteView(public_key).first(4));
    TRY(const auto verifier_key,
        tlog::VerifierKey::make(origin_, tlog::SignatureType::kEd25519,
                                Bytes(public_key.begin(), public_key.end())));
    verifier_key_ = verifier_key.to_string();
    return ok();
  }

  // The first policies, in force.
  Result<> policies() {
    TRY_OK(
        key("policy.key", "the key that puts policies in force: keep it where changes are made"));
    TRY(const Secret seed, crypto::read_key_file((folder_ / "policy.key").string()));
    TRY(const tlog::NoteSigner signer, policy::activation_signer(seed));
    policy_key_ = signer.verifier_key().to_string();
    const fs::path folder = folder_ / "policies";
    const bool makes = !fs::exists(folder);
    if (makes) {
      std::error_code error;
      fs::create_directories(folder / "cases", error);
      for (const policy::FirstPolicy& one : policy::first_policies()) {
        TRY_OK(write_new(folder / one.name, one.text, 0644));
      }
    }
    lines_.push_back({"policies/", "who may do what, in Cedar", makes});
    const bool activates = !has("policy-bundles");
    if (activates) {
      TRY(auto files, policy::read_policy_texts(folder.string()));
      TRY_OK(policy::LoadedPolicies::from_files(files));
      policy::BundleStore store((folder_ / "policy-bundles").string());
      TRY_OK(store.activate({.purpose = policy::Purpose::kEnforce,
                             .files = std::move(files),
                             .time = now_,
                             .who = local_user(),
                             .reason = "sallyport init"},
                            signer, std::span(&signer.verifier_key(), 1), 0));
    }
    lines_.push_back({"policy-bundles/", "what of them is in force, signed", activates});
    return ok();
  }

  Result<> demo_key() {
    const bool makes = !has("demo.key");
    if (makes) {
      TRY(const Secret secret, crypto::read_key_file((folder_ / "pepper.key").string()));
      const std::string url = "sqlite:" + fs::absolute(folder_ / "state.db").string();
      TRY(const auto state, store::open_state(url, store::IfMissing::kCreate));
      TRY(const auto pepper, identity::Pepper::bind(secret, *state));
      identity::ApiKeyService service(
          *state, pepper, world_.random,
          record_key_changes({world_.clock, world_.random}, {local_user(), local_place()}));
      identity::KeyRequest request;
      request.name = "demo";
      TRY(const identity::CreatedKey created, service.create(request, now_));
      TRY_OK(write_new(folder_ / "demo.key", std::string(created.text.reveal()) + "\n", 0600));
    }
    lines_.push_back({"demo.key", "an API key called demo: the first policy permits it", makes});
    lines_.push_back({"state.db", "where keys are kept, as digests", makes});
    return ok();
  }

  void tell() const {
    Console& console = world_.console;
    console.out(fmt::format("{}\n", folder_.string()));
    for (const Line& line : lines_) {
      console.out(fmt::format(
          "  {} {:<16}{}\n",
          line.made ? console.paint(Colour::kGreen, "made") : console.paint(Colour::kGrey, "kept"),
          line.name, line.what));
    }
    console.out(
        fmt::format("the ledger's public key, for whoever verifies it\n  {}\n", verifier_key_));
    const std::string config = (folder_ / "sallyport.yaml").string();
    const bool found = folder_ == fs::path(".sallyport");
    const std::string option = found ? "" : fmt::format(" --config {}", config);
    console.out("next\n");
    const bool wrote_config = std::ranges::any_of(
        lines_, [](const Line& line) { return line.made && line.name == "sallyport.yaml"; });
    if (wrote_config && options_.upstream.empty()) {
      console.out(fmt::format("  say in {} what stands behind the gate, then\n", config));
    }
    const size_t colon = options_.listen.rfind(':');
    const std::string port =
        colon == std::string::npos ? "8443" : options_.listen.substr(colon + 1);
    console.out(fmt::format(
        "  sallyport serve{}\n"
        "  curl --cacert {} -H \"authorization: Bearer $(cat {})\" https://localhost:{}/v1/models\n"
        "  sallyport watch{}\n",
        option, (folder_ / "ca.crt").string(), (folder_ / "demo.key").string(), port, option));
  }

  const World& world_;
  const InitOptions& options_;
  const fs::path folder_;
  const WallTime now_;
  std::vector<Line> lines_;
  std::string origin_;  // of the ledger
  std::string verifier_key_;
  std::string policy_key_;  // its public half
};

}  // namespace

Result<int> init(const World& world, const InitOptions& options) {
  return Setup(world, options).run();
}

}  // namespace sally::app
