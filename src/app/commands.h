// The commands, each as a function of its options. Parsing the command line is command_line.cc's
// work; nothing here knows of it. A function returns the exit status, or the error that the
// command ends with (its kind says which status: see row_of).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/console.h"
#include "app/syslog_sender.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace sally::app {

// What a command works with. All outlive it.
struct World {
  const Clock& clock;
  Random& random;
  const Outside& outside;
  Console& console;
};

enum class Format : uint8_t { kText, kJson };

// The answer is no: nothing went wrong, but what was asked for is not so.
inline constexpr int kFine = 0;
inline constexpr int kNo = 1;

// Where the configuration is: `asked`, or $SALLYPORT_CONFIG, or the first there is of
// ./sallyport.yaml, ./.sallyport/sallyport.yaml and /etc/sallyport/sallyport.yaml.
std::string find_config(const World& world, const std::string& asked);
// That configuration, read as far as the command needs it. Problems but the first go to the
// console.
Result<ConfigPtr> open_config(const World& world, const std::string& asked, Reading reading);

struct ServeCommandOptions {
  std::string config;
};
Result<int> serve(const World& world, const ServeCommandOptions& options);

struct InitOptions {
  std::string folder = ".sallyport";
  std::string listen = "127.0.0.1:8443";
  std::string upstream;             // URL of an OpenAI-compatible endpoint; empty: none yet
  std::string secret_env;           // the variable that holds its credential; empty: none
  std::vector<std::string> models;  // what it serves
  std::vector<std::string> names;   // more names for the server's certificate
};
Result<int> init(const World& world, const InitOptions& options);

struct ConfigOptions {
  std::string config;
  Format format = Format::kText;
};
Result<int> config_check(const World& world, const ConfigOptions& options);
Result<int> config_show(const World& world, const ConfigOptions& options);
Result<int> config_schema_command(const World& world);
Result<int> config_reload(const World& world, const ConfigOptions& options);

struct KeyCreateOptions {
  std::string config;
  Format format = Format::kText;
  std::string name;
  std::string team;
  std::vector<std::string> routes;
  std::vector<std::string> models;
  std::string expires;  // a duration from now; empty: never
  uint32_t requests_per_minute = 0;
};
struct KeyOptions {
  std::string config;
  Format format = Format::kText;
  std::string key;      // its id or its name
  std::string overlap;  // of a rotation
};
Result<int> key_create(const World& world, const KeyCreateOptions& options);
Result<int> key_list(const World& world, const KeyOptions& options);
Result<int> key_revoke(const World& world, const KeyOptions& options);
Result<int> key_rotate(const World& world, const KeyOptions& options);

struct AccessOptions {
  std::string config;
  Format format = Format::kText;
  std::string role;
  std::string id;      // of a grant
  std::string reason;  // of whatever is done
  std::string lasts;   // a duration; empty: as long as the role may last
  std::string as;      // in whose name; empty: the local user's own
  uint64_t count = 50;
};
Result<int> access_roles(const World& world, const AccessOptions& options);
Result<int> access_request(const World& world, const AccessOptions& options);
Result<int> access_break_glass(const World& world, const AccessOptions& options);
Result<int> access_list(const World& world, const AccessOptions& options);
Result<int> access_show(const World& world, const AccessOptions& options);
Result<int> access_approve(const World& world, const AccessOptions& options);
Result<int> access_deny(const World& world, const AccessOptions& options);
Result<int> access_end(const World& world, const AccessOptions& options);
Result<int> access_report(const World& world, const AccessOptions& options);

struct RevokeOptions {
  std::string config;
  Format format = Format::kText;
  std::string kind;  // see store::parse_revoked_kind
  std::string target;
  std::string reason;
  std::string until;          // a time, or how long from now; empty: until it is lifted
  std::string issued_before;  // a time, or `now`; empty: whatever there is
};
struct RevokeListOptions {
  std::string config;
  Format format = Format::kText;
  bool all = false;  // those that are over too
};
struct RevokeLiftOptions {
  std::string config;
  Format format = Format::kText;
  std::string id;
  std::string reason;
};
Result<int> revoke(const World& world, const RevokeOptions& options);
Result<int> revoke_list(const World& world, const RevokeListOptions& options);
Result<int> revoke_lift(const World& world, const RevokeLiftOptions& options);

// The OpenAPI document of the admin API.
Result<int> admin_openapi(const World& world);

struct ExplainOptions {
  std::string config;
  std::string folder;
  Format format = Format::kText;
  std::string id;
};
Result<int> explain(const World& world, const ExplainOptions& options);

struct AuditTailOptions {
  std::string config;
  std::string folder;  // the log's; empty: the configured one
  Format format = Format::kText;
  uint64_t count = 20;  // the last so many; 0: all
  bool follow = false;
};
Result<int> audit_tail(const World& world, const AuditTailOptions& options);

struct AuditQueryOptions {
  std::string config;
  std::string folder;
  Format format = Format::kText;
  uint64_t count = 100;  // at most so many events, the newest; 0: all
  // See ledger::EventQuery; empty asks for nothing.
  std::string since;  // a time, or how long ago
  std::string until;
  std::string principal;
  std::string model;
  std::string route;
  std::string action;
  std::string outcome;
  uint16_t status = 0;
  std::string finding;
  std::string change;
  std::string text;
};
Result<int> audit_query(const World& world, const AuditQueryOptions& options);

enum class ExportFormat : uint8_t { kOcsf, kCsv, kCef };
struct AuditExportOptions {
  std::string config;
  std::string folder;
  ExportFormat format = ExportFormat::kOcsf;
  std::string since;
  std::string until;
  std::optional<uint64_t> from;  // the entry to begin with; absent: the first one
  std::string position;          // the file that remembers where to go on; empty: nothing does
  std::string output;            // a file; empty: standard output
  std::string syslog;            // a server instead
  SyslogTransport transport = SyslogTransport::kUdp;
  std::string ca;  // a file: who signs the server's certificate; empty: the system's store
  bool follow = false;
};
Result<int> audit_export(const World& world, const AuditExportOptions& options);

struct AuditVerifyOptions {
  std::string config;
  Format format = Format::kText;
  std::string folder;                  // the log's; absent: the configuration's
  std::string key;                     // its public key
  std::vector<std::string> witnesses;  // theirs
  std::optional<size_t> quorum;        // how many of them are needed; absent: all
  // Entries before it may have been pruned; absent: the log's own word.
  std::optional<uint64_t> minimum_index;
  std::string proof;  // a proof file instead of a folder
};
Result<int> audit_verify(const World& world, const AuditVerifyOptions& options);

struct AuditKeyOptions {
  std::string config;
};
// The log's public key, to be handed out.
Result<int> audit_key(const World& world, const AuditKeyOptions& options);

struct AuditProveOptions {
  std::string config;
  Format format = Format::kText;
  std::string folder;
  std::string entry;  // its number or its id
};
Result<int> audit_prove(const World& world, const AuditProveOptions& options);

struct WitnessOptions {
  std::string listen = "127.0.0.1:8450";
  std::string name;               // of its key
  std::string key;                // the file of its private key; made where it is not there
  std::vector<std::string> logs;  // the public keys of those it witnesses
  std::string state = "witness";  // the folder in which it remembers
  bool print_key = false;         // only tell the public key
};
Result<int> witness_command(const World& world, const WitnessOptions& options);

struct AuditForgetOptions {
  std::string config;
  Format format = Format::kText;
  std::string principal;  // an API key's id
  std::string subject;    // the end user's name, as the configured field has it
  std::string reason;
};
Result<int> audit_forget(const World& world, const AuditForgetOptions& options);

struct AuditContentOptions {
  std::string config;
  Format format = Format::kText;
  std::string id;  // of the request
  std::string reason;
  // Files: whether they are the bodies that the event commits to, in place of showing what was
  // kept.
  std::string request;
  std::string response;
  std::string subject;  // the end user whose request it is
};
Result<int> audit_content(const World& world, const AuditContentOptions& options);

struct AuditFeedbackOptions {
  std::string config;
  std::string id;       // of the request that is judged; empty: `input` has the verdicts
  std::string verdict;  // `attack` or `benign`
  std::string place;    // of the text; empty: all in which an attack was found
  std::string input;    // lines of JSON with `id`, `verdict`, perhaps `place` and `label`
  std::string output = "-";
  std::string reason;
};
Result<int> audit_feedback(const World& world, const AuditFeedbackOptions& options);

struct AuditRekeyOptions {
  std::string config;
};
Result<int> audit_rekey(const World& world, const AuditRekeyOptions& options);

struct AuditPruneOptions {
  std::string config;
  Format format = Format::kText;
  bool dry_run = false;
};
Result<int> audit_prune(const World& world, const AuditPruneOptions& options);

struct HoldKeyOptions {
  std::string name;  // the officer's
  std::string key;   // the file that is made
};
struct HoldPlaceOptions {
  std::string config;
  Format format = Format::kText;
  std::string matter;
  std::vector<std::string> officers;  // files of public keys
  uint32_t threshold = 2;
  std::string principal;
  std::string subject;
  std::string since;  // a time, or how long ago
};
struct HoldListOptions {
  std::string config;
  Format format = Format::kText;
};
struct HoldOptions {
  std::string config;
  std::string hold;  // its id
};
struct HoldSignOptions {
  std::string statement;  // the file that is signed, and that the signature is added to
  std::string key;        // the officer's private key
  std::string name;       // and name
};
struct HoldReleaseOptions {
  std::string config;
  std::string statement;  // with its signatures
};
Result<int> hold_key(const World& world, const HoldKeyOptions& options);
Result<int> hold_place(const World& world, const HoldPlaceOptions& options);
Result<int> hold_list(const World& world, const HoldListOptions& options);
Result<int> hold_statement(const World& world, const HoldOptions& options);
Result<int> hold_sign(const World& world, const HoldSignOptions& options);
Result<int> hold_release(const World& world, const HoldReleaseOptions& options);

struct BackupOptions {
  std::string config;
  std::string to;         // the file that is made
  std::string recipient;  // the key file
};
Result<int> audit_backup(const World& world, const BackupOptions& options);

struct RestoreOptions {
  std::string config;
  std::string from;
  std::string recipient;
  std::string to;   // the folder that is made
  std::string key;  // the log's public key; empty: the configuration's
};
Result<int> audit_restore(const World& world, const RestoreOptions& options);

struct WatchOptions {
  std::string config;
  std::string folder;
  Format format = Format::kText;
};
Result<int> watch(const World& world, const WatchOptions& options);

// Which policies a command is about; see app/policy_folder.h.
struct PolicySource {
  std::vector<std::string> paths;  // files, or a folder; empty: the configured folder
  std::string schema;              // a file; empty: the folder's, or none
  std::string entities;            // a file; empty: the folder's, or none
  std::string config;
};

struct PolicyCheckOptions {
  PolicySource source;            // without a schema the policies are only parsed
  bool permissive = false;        // else strict
  std::optional<uint32_t> level;  // how many entities deep a policy may look
  bool analyze = false;           // all files together, where each is accepted; needs a schema
  bool deny_warnings = false;     // the answer is no where there is one
  Format format = Format::kText;
};
Result<int> policy_check(const World& world, const PolicyCheckOptions& options);

struct PolicyFormatOptions {
  PolicySource source;
  bool check = false;  // tells which files are not formatted
  bool write = false;  // in place; else the text is printed
  size_t width = 80;
  Format format = Format::kText;
};
Result<int> policy_format(const World& world, const PolicyFormatOptions& options);

// Who, what, which; in texts as Cedar has them: `User::"alice"`.
struct RequestOptions {
  std::string file;  // JSON with all four; empty: those below
  std::string principal;
  std::string action;
  std::string resource;
  std::string context;  // a JSON file; empty: an empty record
};
struct PolicyRequestOptions {
  PolicySource source;
  RequestOptions request;
  Format format = Format::kText;
};
Result<int> policy_authorize(const World& world, const PolicyRequestOptions& options);
Result<int> policy_explain(const World& world, const PolicyRequestOptions& options);

struct PolicyTestOptions {
  PolicySource source;
  std::string filter;  // only cases with this in their name or in that of their file; empty: all
  Format format = Format::kText;
};
Result<int> policy_test(const World& world, const PolicyTestOptions& options);

struct PolicyDiffOptions {
  std::string before;  // files or folders
  std::string after;
  std::string schema;    // empty: the folder's of the one that comes after, or else the other's
  std::string entities;  // the same
  uint64_t limit = 1'000'000;  // of requests that are tried
  Format format = Format::kText;
};
Result<int> policy_diff(const World& world, const PolicyDiffOptions& options);

struct PolicyWhoCanOptions {
  PolicySource source;    // with a schema
  std::string action;     // empty: every one
  std::string principal;  // one of these two: the other is asked for
  std::string resource;
  std::string context;         // a file with what is known of it; empty: nothing is
  bool context_whole = false;  // the file has all of it
  Format format = Format::kText;
};
Result<int> policy_who_can(const World& world, const PolicyWhoCanOptions& options);

struct PolicyReplayOptions {
  std::string config;
  std::string folder;  // of the candidate; empty: the configured one
  std::string since;   // a time, or how long ago; empty: from the beginning
  std::string until;
  Format format = Format::kText;
};
Result<int> policy_replay(const World& world, const PolicyReplayOptions& options);

Result<int> version(const World& world, Format format);

}  // namespace sally::app
