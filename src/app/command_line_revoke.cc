// The commands below `revoke`: one for each kind of thing that can be revoked.
#include <array>

#include "app/command_line_parts.h"

namespace sally::app {
namespace {

struct KindRow {
  const char* name;
  const char* help;
  const char* id;  // what names one
  const char* example;
};
constexpr std::array kKinds = {
    KindRow{"key", "an API key; `key revoke` ends one for good", "its id, as `key list` shows it",
            "key_TjH55wKhkd6p --reason 'seen in a public repository'"},
    KindRow{"session", "every token of one session at an issuer", "ISSUER/SID",
            "corp/0f6b2c --reason 'logged out'"},
    KindRow{"token", "one token of an issuer", "ISSUER/JTI",
            "corp/7d1f --reason leaked --until 1h"},
    KindRow{"agent", "an agent, whomever it acts for", "ISSUER/SUBJECT",
            "corp/buyer --reason 'it orders on its own'"},
    KindRow{"user", "a user, and every agent that acts for that one", "ISSUER/SUBJECT",
            "corp/alice --reason 'her laptop was stolen' --issued-before now"},
    KindRow{"workload", "whatever runs under a SPIFFE ID", "spiffe://DOMAIN/PATH",
            "spiffe://prod.example/batch --reason 'the node was taken over'"},
    KindRow{"grant", "a role that was granted", "its id, as `access list` shows it",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV --reason 'the incident is over'"},
};

}  // namespace

void add_revoke_commands(Action& action, CLI::App& parent) {
  for (const KindRow& kind : kKinds) {
    auto options = std::make_shared<RevokeOptions>();
    options->kind = kind.name;
    CLI::App* out = add_command(action, parent, kind.name, kind.help,
                                std::string("  sallyport revoke ") + kind.name + " " + kind.example,
                                options, revoke);
    out->add_option("id", options->target, kind.id)->required()->type_name("ID");
    out->add_option("--reason", options->reason, "why; the record keeps it")
        ->required()
        ->type_name("TEXT");
    out->add_option("--until", options->until,
                    "when it ends: a time, or how long from now (default: when it is lifted)")
        ->type_name("TIME");
    out->add_option("--issued-before", options->issued_before,
                    "only what was issued before a time, or before now")
        ->type_name("TIME|now");
    config_option(out, options->config);
    format_option(out, options->format);
  }

  auto list = std::make_shared<RevokeListOptions>();
  CLI::App* list_command = add_command(action, parent, "list", "what is revoked",
                                       "  sallyport revoke list --all", list, revoke_list);
  list_command->add_flag("--all", list->all, "what is over too: lifted, or ended");
  config_option(list_command, list->config);
  format_option(list_command, list->format);

  auto lift = std::make_shared<RevokeLiftOptions>();
  CLI::App* lift_command =
      add_command(action, parent, "lift", "take a revocation back",
                  "  sallyport revoke lift 01ARZ3NDEKTSV4RRFFQ69G5FAV --reason 'it was found'",
                  lift, revoke_lift);
  lift_command->add_option("id", lift->id, "the revocation's, as `revoke list` shows it")
      ->required()
      ->type_name("REVOCATION");
  lift_command->add_option("--reason", lift->reason, "why; the record keeps it")
      ->required()
      ->type_name("TEXT");
  config_option(lift_command, lift->config);
  format_option(lift_command, lift->format);
}

}  // namespace sally::app
