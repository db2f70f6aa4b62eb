// The commands below `access`.
#include <memory>
#include <string>

#include "app/command_line_parts.h"

namespace sally::app {
namespace {

using Options = std::shared_ptr<AccessOptions>;
using Function = Result<int> (*)(const World&, const AccessOptions&);

class AccessCommands {
 public:
  AccessCommands(Action& action, CLI::App& access) : action_(action), access_(access) {}

  void add() {
    make("roles", "the roles that can be granted", "  sallyport access roles", access_roles);
    {
      auto [out, options] =
          make("request", "ask for a role; somebody else approves",
               "  sallyport access request on-call --as corp/alice --reason 'ticket 4711' --for 1h",
               access_request);
      role(out, options);
      wish(out, options);
      as(out, options, "whose access it is");
    }
    {
      auto [out, options] =
          make("break-glass", "take a role as one of its holders, at once; it is loud",
               "  sallyport access break-glass root --as corp/alice --reason 'the gate is locked'",
               access_break_glass);
      role(out, options);
      wish(out, options);
      as(out, options, "the holder");
    }
    {
      auto [out, options] = make("list", "who asked for what, the newest first",
                                 "  sallyport access list --format json", access_list);
      out->add_option("-n,--count", options->count, "so many (default: 50)")->type_name("N");
    }
    {
      auto [out, options] = make("show", "one grant, and who approved it",
                                 "  sallyport access show 01ARZ3NDEKTSV4RRFFQ69G5FAV", access_show);
      id(out, options);
    }
    step("approve", "say yes to a request of somebody else",
         "  sallyport access approve 01ARZ3NDEKTSV4RRFFQ69G5FAV --as corp/bob", access_approve,
         false);
    step("deny", "say no to a request",
         "  sallyport access deny 01ARZ3NDEKTSV4RRFFQ69G5FAV --reason 'not tonight'", access_deny,
         true);
    step("end", "end a grant before its time, or withdraw a request",
         "  sallyport access end 01ARZ3NDEKTSV4RRFFQ69G5FAV --reason done", access_end, true);
    {
      auto [out, options] =
          make("report", "every access made with a grant, and whether the ledger proves it",
               "  sallyport access report 01ARZ3NDEKTSV4RRFFQ69G5FAV", access_report);
      id(out, options);
    }
  }

 private:
  std::pair<CLI::App*, Options> make(const std::string& name, const std::string& help,
                                     const std::string& example, Function function) {
    auto options = std::make_shared<AccessOptions>();
    CLI::App* out = add_command(action_, access_, name, help, example, options, function);
    config_option(out, options->config);
    format_option(out, options->format);
    return {out, options};
  }
  void step(const std::string& name, const std::string& help, const std::string& example,
            Function function, bool with_reason) {
    auto [out, options] = make(name, help, example, function);
    id(out, options);
    if (with_reason) {
      reason(out, options);
    }
    as(out, options, "in whose name (default: your own, as the gate's user on its machine)");
  }

  static void role(CLI::App* out, const Options& options) {
    out->add_option("role", options->role, "`sallyport access roles` lists them")
        ->required()
        ->type_name("ROLE");
  }
  static void id(CLI::App* out, const Options& options) {
    out->add_option("id", options->id, "the grant's: `sallyport access list`")
        ->required()
        ->type_name("ID");
  }
  static void reason(CLI::App* out, const Options& options) {
    out->add_option("--reason", options->reason, "why; it is recorded")
        ->required()
        ->type_name("TEXT");
  }
  static void wish(CLI::App* out, const Options& options) {
    reason(out, options);
    out->add_option("--for", options->lasts, "how long (default: as long as the role allows)")
        ->type_name("DURATION");
  }
  static void as(CLI::App* out, const Options& options, const std::string& help) {
    out->add_option("--as", options->as,
                    help + ": key_..., the name of a key, ISSUER/SUBJECT or spiffe://...")
        ->type_name("PRINCIPAL");
  }

  Action& action_;
  CLI::App& access_;
};

}  // namespace

void add_access_commands(Action& action, CLI::App& access) {
  AccessCommands(action, access).add();
}

}  // namespace sally::app
