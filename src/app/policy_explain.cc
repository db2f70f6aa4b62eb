// `policy explain`: why one request is decided as it is.
#include "app/commands.h"
#include "app/explanation_view.h"
#include "app/policy_folder.h"
#include "cedar/explain/explain.h"

namespace sally::app {

Result<int> policy_explain(const World& world, const PolicyRequestOptions& options) {
  TRY(const PolicyQuestion asked, read_policy_question(world, options));
  TRY(const cedar::Explanation why,
      cedar::explain(asked.folder.policies, asked.folder.entities, asked.request));
  const bool allowed = why.decision == cedar::Decision::kAllow;
  std::string out;
  if (options.format == Format::kJson) {
    formats::JsonWriter json(out);
    write_explanation(json, why);
    json.finish();
    out += "\n";
  } else {
    out = world.console.paint(allowed ? Colour::kGreen : Colour::kRed, allowed ? "allow" : "deny") +
          "\n" + explanation_text(world.console, why);
  }
  world.console.out(out);
  return allowed ? kFine : kNo;
}

}  // namespace sally::app
