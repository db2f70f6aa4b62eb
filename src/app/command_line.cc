#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/command_line_parts.h"
#include "app/completion.h"
#include "base/encoding.h"
#include "base/text.h"

namespace sally::app {
namespace {

// Builds the tree of commands. Each command stores what is to be done when it was the one named;
// its options live in that closure.
class CommandLine {
 public:
  CommandLine() : app_("Sallyport: the guarded door in front of AI models.", "sallyport") {
    app_.require_subcommand(1);
    app_.get_formatter()->column_width(28);
    serve_options();
    init_options();
    config_options();
    key_options();
    add_access_commands(
        action_,
        *group("access", "roles for a time, and breaking the glass",
               "  sallyport access request on-call --as corp/alice --reason 'ticket 4711'\n"
               "  sallyport access approve 01ARZ3NDEKTSV4RRFFQ69G5FAV --as corp/bob"));
    add_revoke_commands(
        action_, *group("revoke", "refuse what a caller has, at once, open streams included",
                        "  sallyport revoke user corp/alice --reason 'her laptop was stolen'\n"
                        "  sallyport revoke list"));
    admin_options();
    explain_options();
    audit_options();
    add_policy_commands(action_,
                        *group("policy", "check, try and test Cedar policies, put them in force",
                               "  sallyport policy check policies.cedar --schema app.cedarschema\n"
                               "  sallyport policy test policies"));
    add_tools_commands(action_,
                       *group("tools", "the tools of MCP servers: what changed, schemas of them",
                              "  sallyport tools list\n"
                              "  sallyport tools approve files read_file --reason 'looked at it'"));
    add_content_commands(action_, app_);
    add_scan_command(action_, app_);
    watch_options();
    witness_options();
    version_options();
    completion_options();
    app_.footer(
        "example:\n  sallyport init && sallyport serve\n\n"
        "`sallyport COMMAND --help` tells more. Exit status: 0 fine; 1 the answer is no; 2 wrong\n"
        "usage or configuration; 3 it could not be done.");
  }

  // What the arguments ask for; an exit status where that was answered already.
  std::variant<Action, int> read(const World& world, int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      world.console.out(app_.help());
      return kFine;
    } catch (const CLI::ParseError& error) {
      world.console.fail(wrong_usage(error, argc, argv));
      return row_of(ErrorKind::kUsage).exit_status;
    }
    return std::move(action_);
  }

 private:
  // The deepest command that was named.
  CLI::App* asked() {
    CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
    }
    return at;
  }

  Error wrong_usage(const CLI::ParseError& error, int argc, const char* const* argv) {
    CLI::App* at = asked();
    const std::string path = at == &app_ ? "sallyport" : full_name(at);
    std::vector<std::string_view> known;
    for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
      known.emplace_back(command->get_name());
    }
    // A word where a command belongs: CLI11 would only say that one is missing.
    if (!known.empty() && at->get_subcommands().empty()) {
      int depth = 1;
      for (const CLI::App* up = at; up != &app_; up = up->get_parent()) {
        ++depth;
      }
      if (argc > depth && argv[depth][0] != '-') {
        const std::string_view close = nearest(argv[depth], known);
        return Error(ErrorKind::kUsage,
                     close.empty() ? fmt::format("no command `{}`", printable(argv[depth]))
                                   : fmt::format("no command `{}`; did you mean `{}`?",
                                                 printable(argv[depth]), close),
                     fmt::format("{} --help", path));
      }
      return Error(ErrorKind::kUsage, fmt::format("`{}` needs a command", path),
                   fmt::format("one of {}", fmt::join(known, ", ")));
    }
    if (auto unknown = unknown_option(*at, argc, argv); !unknown.empty()) {
      std::vector<std::string> options;
      for (const CLI::Option* option : at->get_options()) {
        for (const std::string& name : option->get_lnames()) {
          options.push_back("--" + name);
        }
      }
      const std::vector<std::string_view> views(options.begin(), options.end());
      const std::string_view close = nearest(unknown, views);
      return Error(ErrorKind::kUsage,
                   close.empty() ? fmt::format("no option `{}`", printable(unknown))
                                 : fmt::format("no option `{}`; did you mean `{}`?",
                                               printable(unknown), close),
                   fmt::format("{} --help", path));
    }
    std::string what = error.what();
    if (!what.empty()) {
      what.front() = to_lower(what.front());
    }
    return Error(ErrorKind::kUsage, printable(what, 300), fmt::format("{} --help", path));
  }

  // The first word that looks like an option and is none of `command`.
  static std::string unknown_option(CLI::App& command, int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      const std::string name(word.substr(0, word.find('=')));
      if (name.starts_with("--") && name.size() > 2 &&
          command.get_option_no_throw(name) == nullptr) {
        return name;
      }
    }
    return {};
  }

  static std::string full_name(const CLI::App* app) {
    return app->get_parent() == nullptr ? app->get_name()
                                        : full_name(app->get_parent()) + " " + app->get_name();
  }

  template <typename Options>
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help,
                    const std::string& example, std::shared_ptr<Options> options,
                    Result<int> (*function)(const World&, const Options&)) {
    return add_command(action_, parent, name, help, example, std::move(options), function);
  }

  CLI::App* group(const std::string& name, const std::string& help, const std::string& example) {
    CLI::App* out = app_.add_subcommand(name, help);
    out->require_subcommand(1);
    out->footer("example:\n" + example);
    return out;
  }

  void serve_options() {
    auto options = std::make_shared<ServeCommandOptions>();
    CLI::App* out =
        command(app_, "serve", "run the gate; ctrl-c drains it",
                "  sallyport serve --config /etc/sallyport/sallyport.yaml", options, serve);
    config_option(out, options->config);
  }

  void init_options() {
    auto options = std::make_shared<InitOptions>();
    CLI::App* init_command = command(
        app_, "init", "make a folder with configuration, certificates, and a first key",
        "  sallyport init\n"
        "  sallyport init --upstream http://127.0.0.1:8000 --model large\n"
        "  sallyport init /etc/sallyport --upstream https://api.example.com --secret-env API_KEY "
        "--model large",
        options, init);
    init_command->add_option("folder", options->folder, "where (default: .sallyport)")
        ->type_name("DIR");
    init_command->add_option("--upstream", options->upstream, "an OpenAI-compatible endpoint")
        ->type_name("URL");
    init_command->add_option("--model", options->models, "a model it serves; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    init_command
        ->add_option("--secret-env", options->secret_env,
                     "the environment variable that holds the endpoint's key")
        ->type_name("NAME");
    init_command->add_option("--listen", options->listen, "where the gate listens")
        ->type_name("ADDRESS");
    init_command
        ->add_option("--name", options->names,
                     "a further name or address for the certificate; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
  }

  void config_options() {
    CLI::App* config = group("config", "check, show or reload the configuration",
                             "  sallyport config check\n  sallyport config reload");
    const auto add = [&](const std::string& name, const std::string& help,
                         const std::string& example,
                         Result<int> (*function)(const World&, const ConfigOptions&)) {
      auto options = std::make_shared<ConfigOptions>();
      CLI::App* out = command(*config, name, help, example, options, function);
      config_option(out, options->config);
      format_option(out, options->format);
    };
    add("check", "tell every problem, with line and column",
        "  sallyport config check --config /etc/sallyport/sallyport.yaml", config_check);
    add("show", "what is in force, defaults included; secrets stay references",
        "  sallyport config show --format json", config_show);
    add("reload", "let the running gate read it again", "  sallyport config reload", config_reload);
    CLI::App* schema = config->add_subcommand("schema", "the JSON Schema, for editors");
    schema->footer("example:\n  sallyport config schema > sallyport.schema.json");
    schema->callback(
        [this] { action_ = [](const World& world) { return config_schema_command(world); }; });
  }

  void key_options() {
    CLI::App* key = group("key", "create, list, revoke and rotate API keys",
                          "  sallyport key create demo --team research --expires 30d\n"
                          "  sallyport key revoke demo");
    auto create = std::make_shared<KeyCreateOptions>();
    CLI::App* create_command =
        command(*key, "create", "make a key; it is shown once",
                "  sallyport key create demo > demo.key\n"
                "  sallyport key create batch --team research --model large --expires 30d --rpm 60",
                create, key_create);
    create_command->add_option("name", create->name, "what you call it")
        ->required()
        ->type_name("NAME");
    create_command->add_option("--team", create->team, "the team it belongs to")->type_name("TEAM");
    create_command->add_option("--route,--routes", create->routes, "works on these routes only")
        ->type_name("NAME")
        ->delimiter(',');
    create_command->add_option("--model,--models", create->models, "works for these models only")
        ->type_name("NAME")
        ->delimiter(',');
    create_command->add_option("--expires", create->expires, "how long it lives, such as 30d")
        ->type_name("DURATION");
    create_command
        ->add_option("--rpm", create->requests_per_minute,
                     "requests a minute (default: the gate's limit for a key)")
        ->type_name("N");
    config_option(create_command, create->config);
    format_option(create_command, create->format);

    auto list = std::make_shared<KeyOptions>();
    CLI::App* list_command = command(*key, "list", "every key, without its text",
                                     "  sallyport key list --format json", list, key_list);
    config_option(list_command, list->config);
    format_option(list_command, list->format);

    auto revoke = std::make_shared<KeyOptions>();
    CLI::App* revoke_command = command(*key, "revoke", "end a key at once, open streams included",
                                       "  sallyport key revoke demo", revoke, key_revoke);
    revoke_command->add_option("key", revoke->key, "its id, or its name where only one has it")
        ->required()
        ->type_name("KEY");
    config_option(revoke_command, revoke->config);
    format_option(revoke_command, revoke->format);

    auto rotate = std::make_shared<KeyOptions>();
    rotate->overlap = "0s";
    CLI::App* rotate_command =
        command(*key, "rotate", "make its successor, and let it end",
                "  sallyport key rotate demo --overlap 1h > demo.key", rotate, key_rotate);
    rotate_command->add_option("key", rotate->key, "its id, or its name where only one has it")
        ->required()
        ->type_name("KEY");
    rotate_command->add_option("--overlap", rotate->overlap, "how long the old one still works")
        ->type_name("DURATION");
    config_option(rotate_command, rotate->config);
    format_option(rotate_command, rotate->format);
  }

  void admin_options() {
    CLI::App* admin = group("admin", "the API by which a gate is administered",
                            "  sallyport admin openapi > admin-api.json");
    CLI::App* openapi = admin->add_subcommand("openapi", "its OpenAPI document");
    openapi->footer("example:\n  sallyport admin openapi > admin-api.json");
    openapi->callback(
        [this] { action_ = [](const World& world) { return admin_openapi(world); }; });
  }

  void explain_options() {
    auto options = std::make_shared<ExplainOptions>();
    CLI::App* out =
        command(app_, "explain", "why a request was refused, and what would have let it pass",
                "  sallyport explain 01ARZ3NDEKTSV4RRFFQ69G5FAV", options, explain);
    out->add_option("id", options->id, "stands in the refusal, and in the field `sallyport-id`")
        ->required()
        ->type_name("ID");
    folder_option(out, options->folder);
    config_option(out, options->config);
    format_option(out, options->format);
  }

  void audit_options() {
    CLI::App* audit = group("audit", "look through the ledger, and verify it",
                            "  sallyport audit query --since 1h --outcome refused\n"
                            "  sallyport audit verify");
    tail_options(*audit);
    query_options(*audit);
    export_options(*audit);
    verify_options(*audit);
    prove_options(*audit);
    audit_key_options(*audit);
    keeping_options(*audit);
  }

  void audit_key_options(CLI::App& audit) {
    auto options = std::make_shared<AuditKeyOptions>();
    CLI::App* out = command(audit, "key", "the log's public key, for auditors and witnesses",
                            "  sallyport audit key", options, audit_key);
    config_option(out, options->config);
  }

  static void folder_option(CLI::App* command, std::string& folder) {
    command->add_option("--folder", folder, "the log's files (default: the configured ones)")
        ->type_name("FOLDER");
  }

  void tail_options(CLI::App& audit) {
    auto options = std::make_shared<AuditTailOptions>();
    CLI::App* out = command(audit, "tail", "the last events",
                            "  sallyport audit tail --count 50\n"
                            "  sallyport audit tail --follow --format json",
                            options, audit_tail);
    out->add_option("-n,--count", options->count, "so many (default: 20; 0: all)")->type_name("N");
    out->add_flag("-f,--follow", options->follow, "go on with those to come");
    folder_option(out, options->folder);
    config_option(out, options->config);
    format_option(out, options->format);
  }

  void query_options(CLI::App& audit) {
    auto options = std::make_shared<AuditQueryOptions>();
    CLI::App* out =
        command(audit, "query", "events that match all of these",
                "  sallyport audit query --since 2h --principal demo --outcome refused\n"
                "  sallyport audit query --change key --since 30d\n"
                "  sallyport audit query --text canary --limit 0 --format json",
                options, audit_query);
    const auto filter = [&](const std::string& name, std::string& value, const std::string& help,
                            const std::string& type) {
      out->add_option(name, value, help)->type_name(type);
    };
    filter("--since", options->since, "from this time on, or so long ago", "TIME");
    filter("--until", options->until, "before this time", "TIME");
    filter("--principal,--key", options->principal, "the key's id or name; who made a change",
           "KEY");
    filter("--model", options->model, "the model named", "NAME");
    filter("--route", options->route, "the route taken", "NAME");
    filter("--action", options->action, "the operation, such as openai:chat.completions", "NAME");
    filter("--outcome", options->outcome, "allowed, refused, failed or cancelled", "OUTCOME");
    out->add_option("--status", options->status, "the HTTP status sent")->type_name("CODE");
    filter("--finding", options->finding, "the rule that saw something, or the kind of a notice",
           "RULE");
    filter("--change", options->change, "changes: key.revoke, key for all of keys, or all", "NAME");
    filter("--text", options->text, "words that all stand in the event", "TEXT");
    out->add_option("-n,--limit,--count", options->count, "the last so many (default: 100; 0: all)")
        ->type_name("N");
    folder_option(out, options->folder);
    config_option(out, options->config);
    format_option(out, options->format);
  }

  void export_options(CLI::App& audit) {
    auto options = std::make_shared<AuditExportOptions>();
    CLI::App* out = command(audit, "export", "the events for other programs, in their order",
                            "  sallyport audit export --format csv --since 7d > week.csv\n"
                            "  sallyport audit export --output all.jsonl --position all.position\n"
                            "  sallyport audit export --format cef --syslog siem.example.com:6514 "
                            "--transport tls --follow",
                            options, audit_export);
    out->add_option_function<std::string>(
           "--format",
           [options](const std::string& text) {
             options->format = text == "csv"   ? ExportFormat::kCsv
                               : text == "cef" ? ExportFormat::kCef
                                               : ExportFormat::kOcsf;
           },
           "ocsf (JSON lines; the default), csv or cef")
        ->check(CLI::IsMember({"ocsf", "csv", "cef"}))
        ->type_name("ocsf|csv|cef");
    out->add_option("--since", options->since, "from this time on, or so long ago")
        ->type_name("TIME");
    out->add_option("--until", options->until, "before this time")->type_name("TIME");
    out->add_option("--from", options->from, "begin with this entry")->type_name("SEQ");
    out->add_option("--position", options->position,
                    "a file that remembers where to go on the next time")
        ->type_name("FILE");
    out->add_option("-o,--output", options->output, "behind what is in this file")
        ->type_name("FILE");
    out->add_option("--syslog", options->syslog, "to this server instead")->type_name("HOST:PORT");
    out->add_option_function<std::string>(
           "--transport",
           [options](const std::string& text) {
             options->transport = text == "tcp"   ? SyslogTransport::kTcp
                                  : text == "tls" ? SyslogTransport::kTls
                                                  : SyslogTransport::kUdp;
           },
           "how to reach it: udp (the default), tcp or tls")
        ->check(CLI::IsMember({"udp", "tcp", "tls"}))
        ->type_name("udp|tcp|tls");
    out->add_option("--ca", options->ca, "who signs its certificate (default: the system's)")
        ->type_name("FILE");
    out->add_flag("-f,--follow", options->follow, "go on with those to come");
    folder_option(out, options->folder);
    config_option(out, options->config);
  }

  void verify_options(CLI::App& audit) {
    auto options = std::make_shared<AuditVerifyOptions>();
    CLI::App* out =
        command(audit, "verify", "whether the log is what its checkpoint says, and where it is not",
                "  sallyport audit verify\n"
                "  sallyport audit verify /mnt/evidence/ledger --key "
                "example.com/gate+33d7b496+AeHTu4Q3...\n"
                "  sallyport audit verify --proof entry.tlog-proof --key "
                "example.com/gate+33d7b496+AeHTu4Q3...",
                options, audit_verify);
    out->add_option("folder", options->folder,
                    "the log's files (default: those of the configuration)")
        ->type_name("FOLDER");
    out->add_option("--key", options->key, "the log's public key")->type_name("VKEY");
    out->add_option("--witness", options->witnesses, "a witness's public key; may be repeated")
        ->type_name("VKEY")
        ->allow_extra_args(false);
    out->add_option("--quorum", options->quorum,
                    "how many witnesses must have cosigned (default: all that are given)")
        ->type_name("N");
    out->add_option("--minimum-index", options->minimum_index,
                    "entries before this one may have been pruned (default: the log says)")
        ->type_name("SEQ");
    out->add_option("--proof", options->proof, "a proof of one entry instead of a folder")
        ->type_name("FILE");
    config_option(out, options->config);
    format_option(out, options->format);
  }

  void prove_options(CLI::App& audit) {
    auto options = std::make_shared<AuditProveOptions>();
    CLI::App* out = command(audit, "prove", "a proof of one entry that needs nothing but the key",
                            "  sallyport audit prove 17 > entry.tlog-proof\n"
                            "  sallyport audit prove 01ARZ3NDEKTSV4RRFFQ69G5FAV --folder ledger",
                            options, audit_prove);
    out->add_option("entry", options->entry, "its number, or its id")
        ->required()
        ->type_name("SEQ|ID");
    out->add_option("--folder", options->folder,
                    "the log's files (default: those of the configuration)")
        ->type_name("FOLDER");
    config_option(out, options->config);
    format_option(out, options->format);
  }

  void keeping_options(CLI::App& audit) {
    auto forget = std::make_shared<AuditForgetOptions>();
    CLI::App* forget_command =
        command(audit, "forget", "destroy what is kept about somebody; the log still proves itself",
                "  sallyport audit forget --principal key_TjH55wKhkd6p --reason 'request 4711'\n"
                "  sallyport audit forget --subject ada@example.com",
                forget, audit_forget);
    forget_command->add_option("--principal", forget->principal, "an API key, by its id")
        ->type_name("ID");
    forget_command
        ->add_option("--subject", forget->subject, "an end user, as the configured field names him")
        ->type_name("NAME");
    forget_command->add_option("--reason", forget->reason, "what for; stands in the event")
        ->type_name("TEXT");
    config_option(forget_command, forget->config);
    format_option(forget_command, forget->format);

    auto content = std::make_shared<AuditContentOptions>();
    CLI::App* content_command =
        command(audit, "content", "the bodies that were kept of one request; looking is recorded",
                "  sallyport audit content 01ARZ3NDEKTSV4RRFFQ69G5FAV --reason 'incident 12'",
                content, audit_content);
    content_command->add_option("id", content->id, "the request's id")->required()->type_name("ID");
    content_command->add_option("--reason", content->reason, "what for; stands in the event")
        ->type_name("TEXT");
    content_command
        ->add_option("--request", content->request, "whether this file is the request's body")
        ->type_name("FILE");
    content_command
        ->add_option("--response", content->response, "whether this file is the answer's body")
        ->type_name("FILE");
    content_command->add_option("--subject", content->subject, "the end user whose request it is")
        ->type_name("NAME");
    config_option(content_command, content->config);
    format_option(content_command, content->format);

    auto feedback = std::make_shared<AuditFeedbackOptions>();
    CLI::App* feedback_command = command(
        audit, "feedback",
        "texts that people judged, as a file to learn from; what is personal is replaced",
        "  sallyport audit feedback 01ARZ3NDEKTSV4RRFFQ69G5FAV --verdict benign --output "
        "more.jsonl\n"
        "  sallyport audit feedback --input verdicts.jsonl --output more.jsonl --reason 'June'",
        feedback, audit_feedback);
    feedback_command->add_option("id", feedback->id, "the request that is judged")->type_name("ID");
    feedback_command
        ->add_option("--verdict", feedback->verdict, "what it is: an attack on a model, or none")
        ->check(CLI::IsMember({"attack", "benign"}))
        ->type_name("attack|benign");
    feedback_command
        ->add_option("--place", feedback->place,
                     "which text, such as messages[2].content (default: where attacks were found)")
        ->type_name("PLACE");
    feedback_command
        ->add_option("--input", feedback->input,
                     "lines of JSON in place of those: `id`, `verdict`, perhaps `place` and "
                     "`label`, such as `jailbreak`; -: standard input")
        ->type_name("FILE");
    feedback_command
        ->add_option("--output", feedback->output,
                     "where a line for each text goes, behind what is there (default: -)")
        ->type_name("FILE");
    feedback_command->add_option("--reason", feedback->reason, "what for; stands in the events")
        ->type_name("TEXT");
    config_option(feedback_command, feedback->config);

    auto rekey = std::make_shared<AuditRekeyOptions>();
    CLI::App* rekey_command =
        command(audit, "rekey", "wrap the keys of all subjects anew; no gate may run",
                "  sallyport audit rekey", rekey, audit_rekey);
    config_option(rekey_command, rekey->config);

    auto prune = std::make_shared<AuditPruneOptions>();
    CLI::App* prune_command =
        command(audit, "prune", "let go of entries older than the retention policy keeps them",
                "  sallyport audit prune --dry-run", prune, audit_prune);
    prune_command->add_flag("--dry-run", prune->dry_run, "only say what would go");
    config_option(prune_command, prune->config);
    format_option(prune_command, prune->format);

    hold_options(audit);

    auto backup = std::make_shared<BackupOptions>();
    CLI::App* backup_command = command(
        audit, "backup", "log, state and captured content in one sealed file",
        "  openssl rand -hex 32 > backup.key && chmod 600 backup.key\n"
        "  sallyport audit backup --to /mnt/backup/2026-11-20.sealed --recipient-key backup.key",
        backup, audit_backup);
    backup_command->add_option("--to", backup->to, "the file to make")
        ->required()
        ->type_name("FILE");
    backup_command->add_option("--recipient-key", backup->recipient, "the key it is sealed under")
        ->required()
        ->type_name("FILE");
    config_option(backup_command, backup->config);

    auto restore = std::make_shared<RestoreOptions>();
    CLI::App* restore_command =
        command(audit, "restore", "verify a backup, then put it into a folder of its own",
                "  sallyport audit restore --from 2026-11-20.sealed --recipient-key backup.key "
                "--to restored --key example.com/gate+33d7b496+AeHTu4Q3...",
                restore, audit_restore);
    restore_command->add_option("--from", restore->from, "the backup")
        ->required()
        ->type_name("FILE");
    restore_command
        ->add_option("--recipient-key", restore->recipient, "the key it was sealed under")
        ->required()
        ->type_name("FILE");
    restore_command->add_option("--to", restore->to, "the folder to make")
        ->required()
        ->type_name("DIR");
    restore_command
        ->add_option("--key", restore->key, "the log's public key (default: the configuration's)")
        ->type_name("NAME+ID+KEY");
    config_option(restore_command, restore->config);
  }

  void hold_options(CLI::App& audit) {
    CLI::App* hold =
        audit.add_subcommand("hold", "legal holds: placed by one, released by several");
    hold->require_subcommand(1);
    hold->footer("example:\n  sallyport audit hold list");

    auto key = std::make_shared<HoldKeyOptions>();
    CLI::App* key_command = command(
        *hold, "key", "an officer's key: the private one in a file, the public one shown",
        "  sallyport audit hold key --name alice --out alice.key > alice.pub", key, hold_key);
    key_command->add_option("--name", key->name, "the officer's name")
        ->required()
        ->type_name("NAME");
    key_command->add_option("--out", key->key, "the file to make")->required()->type_name("FILE");

    auto place = std::make_shared<HoldPlaceOptions>();
    CLI::App* place_command = command(
        *hold, "place", "keep what it names until enough officers release it",
        "  sallyport audit hold place --matter 'Doe v. Example' --officers a.pub,b.pub,c.pub "
        "--threshold 2 --since 2026-01-01T00:00:00Z",
        place, hold_place);
    place_command->add_option("--matter", place->matter, "what it is for")
        ->required()
        ->type_name("TEXT");
    place_command->add_option("--officers", place->officers, "files of their public keys")
        ->required()
        ->type_name("FILE")
        ->delimiter(',');
    place_command->add_option("--threshold", place->threshold, "how many release it (default: 2)")
        ->type_name("N");
    place_command->add_option("--principal", place->principal, "only what is about this API key")
        ->type_name("ID");
    place_command->add_option("--subject", place->subject, "only what is about this end user")
        ->type_name("NAME");
    place_command->add_option("--since", place->since, "only from this time on, or so long ago")
        ->type_name("TIME");
    config_option(place_command, place->config);
    format_option(place_command, place->format);

    auto list = std::make_shared<HoldListOptions>();
    CLI::App* list_command = command(*hold, "list", "the holds that are active",
                                     "  sallyport audit hold list", list, hold_list);
    config_option(list_command, list->config);
    format_option(list_command, list->format);

    auto statement = std::make_shared<HoldOptions>();
    CLI::App* statement_command =
        command(*hold, "statement", "what officers sign to release a hold",
                "  sallyport audit hold statement 01ARZ3NDEKTSV4RRFFQ69G5FAV > release.txt",
                statement, hold_statement);
    statement_command->add_option("hold", statement->hold, "its id")->required()->type_name("ID");
    config_option(statement_command, statement->config);

    auto sign = std::make_shared<HoldSignOptions>();
    CLI::App* sign_command = command(
        *hold, "sign", "add an officer's signature to a statement",
        "  sallyport audit hold sign release.txt --key alice.key --name alice", sign, hold_sign);
    sign_command->add_option("statement", sign->statement, "the file")
        ->required()
        ->type_name("FILE");
    sign_command->add_option("--key", sign->key, "the officer's private key")
        ->required()
        ->type_name("FILE");
    sign_command->add_option("--name", sign->name, "the officer's name")
        ->required()
        ->type_name("NAME");

    auto release = std::make_shared<HoldReleaseOptions>();
    CLI::App* release_command =
        command(*hold, "release", "lift a hold that enough officers released",
                "  sallyport audit hold release release.txt", release, hold_release);
    release_command->add_option("statement", release->statement, "with its signatures")
        ->required()
        ->type_name("FILE");
    config_option(release_command, release->config);
  }

  void watch_options() {
    auto options = std::make_shared<WatchOptions>();
    CLI::App* out =
        command(app_, "watch", "requests and decisions as they happen; ctrl-c ends it",
                "  sallyport watch\n  sallyport watch --format json | jq .unmapped.refusal",
                options, watch);
    folder_option(out, options->folder);
    config_option(out, options->config);
    format_option(out, options->format);
  }

  void witness_options() {
    auto options = std::make_shared<WitnessOptions>();
    CLI::App* out = command(
        app_, "witness", "cosign the checkpoints of other gates' logs, and refuse a fork",
        "  sallyport witness --name witness.example/w1 --key witness.key --print-key\n"
        "  sallyport witness --name witness.example/w1 --key witness.key --state witness \\\n"
        "    --log example.com/gate+33d7b496+AeHTu4Q3...",
        options, witness_command);
    out->add_option("--name", options->name, "the name of its key, such as a URL without a scheme")
        ->required()
        ->type_name("NAME");
    out->add_option("--key", options->key, "its private key; made where it is not there")
        ->required()
        ->type_name("FILE");
    out->add_option("--log", options->logs, "the public key of a log; may be repeated")
        ->type_name("VKEY")
        ->allow_extra_args(false);
    out->add_option("--state", options->state,
                    "the folder in which it remembers what it cosigned (default: witness)")
        ->type_name("DIR");
    out->add_option("--listen", options->listen, "where it listens (default: 127.0.0.1:8450)")
        ->type_name("ADDRESS");
    out->add_flag("--print-key", options->print_key, "tell its public key, and end");
  }

  void version_options() {
    auto format = std::make_shared<Format>(Format::kText);
    CLI::App* out = app_.add_subcommand("version", "which version this is");
    out->footer("example:\n  sallyport version --format json");
    format_option(out, *format);
    out->callback([this, format] {
      action_ = [format](const World& world) { return version(world, *format); };
    });
  }

  void completion_options() {
    auto shell = std::make_shared<std::string>();
    CLI::App* out = app_.add_subcommand("completion", "a completion script for your shell");
    out->footer("example:\n  source <(sallyport completion bash)");
    out->add_option("shell", *shell, "bash, zsh or fish")->required()->type_name("SHELL");
    out->callback([this, shell] {
      action_ = [tree = tree_of(app_), shell](const World& world) -> Result<int> {
        TRY(const std::string script, completion_script(*shell, tree));
        world.console.out(script);
        return kFine;
      };
    });
  }

  static CommandTree tree_of(CLI::App& app) {
    CommandTree out;
    out.name = app.get_name();
    out.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        CommandTree::Option one;
        one.name = "--" + name;
        one.help = option->get_description();
        one.takes_value = option->get_items_expected_max() > 0;
        one.takes_file = option->get_type_name() == "FILE";
        if (name == "format") {
          one.choices = {"text", "json"};
        }
        out.options.push_back(std::move(one));
      }
    }
    for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
      out.commands.push_back(tree_of(*command));
    }
    return out;
  }

  CLI::App app_;
  Action action_;
};

}  // namespace

int run_command_line(const World& world, int argc, const char* const* argv) {
  // The tree of commands ends here: a server would hold it for as long as it runs.
  const std::variant<Action, int> asked = CommandLine().read(world, argc, argv);
  if (const int* const status = std::get_if<int>(&asked)) {
    return *status;
  }
  const Result<int> done = std::get<Action>(asked)(world);
  world.console.flush();
  if (!done.ok()) {
    world.console.fail(done.error());
    return row_of(done.error().kind()).exit_status;
  }
  return *done;
}

}  // namespace sally::app
