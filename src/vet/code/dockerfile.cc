#include "formats/dockerfile/dockerfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "vet/code/deployment.h"
#include "vet/code/secret_name.h"
#include "vet/code/shell_line.h"
#include "vet/code/source_text.h"
#include "vet/dependency/python_files.h"
#include "vet/dependency/requirement.h"

namespace sally::vet::code {
namespace {

using formats::DockerInstruction;

std::string_view word_of(std::string_view& text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

class Reader {
 public:
  Reader(SourceText& source, Examination& examination)
      : source_(source), examination_(examination) {}

  void read(const formats::Dockerfile& file) {
    for (const DockerInstruction& one : file.instructions) {
      if (one.name == "FROM") {
        from(one);
      } else if (one.name == "USER") {
        std::string_view user = one.arguments;
        user = user.substr(0, user.find(':'));
        is_root_ = user == "root" || user == "0";
        last_user_ = &one;
      } else if (one.name == "RUN" || one.name == "CMD" || one.name == "ENTRYPOINT") {
        run(one);
      } else if (one.name == "ADD") {
        add(one);
      } else if (one.name == "ENV" || one.name == "ARG") {
        variables(one);
      }
    }
    if (last_from_ != nullptr && is_root_ && !stages_end_in_known_) {
      const DockerInstruction& where = last_user_ != nullptr ? *last_user_ : *last_from_;
      tell(RuleId::kRootContainer, where,
           last_user_ != nullptr ? "the last `USER` is root" : "no `USER` is named");
    }
  }

 private:
  void tell(RuleId rule, const DockerInstruction& where, std::string message) {
    source_.add(rule, where.offset, where.end, std::move(message));
  }

  // `image[:tag][@digest] [AS name]`
  void from(const DockerInstruction& one) {
    std::string_view rest = one.arguments;
    const std::string_view image = word_of(rest);
    const std::string_view as = word_of(rest);
    const std::string_view name = word_of(rest);
    const bool is_stage = stages_.contains(std::string(image));
    if (!is_stage) {
      is_root_ = true;  // unless the stage below says otherwise
      last_user_ = nullptr;
      // Images whose user is another one by name.
      stages_end_in_known_ = image.find("nonroot") != std::string_view::npos;
    }
    last_from_ = &one;
    if (equal_ignoring_case(as, "as")) {
      stages_.insert(std::string(name));
    }
    const bool open = image == "scratch" || is_stage || image.find('$') != std::string_view::npos;
    if (open || image.find("@sha256:") != std::string_view::npos) {
      return;
    }
    const size_t colon = image.find(
        ':', std::min(image.rfind('/'), image.size()) == image.size() ? 0 : image.rfind('/'));
    const bool latest = colon == std::string_view::npos || image.substr(colon + 1) == "latest";
    source_.add(RuleId::kMovingImage, latest ? Severity::kLow : Severity::kInfo, one.offset,
                one.end,
                latest ? fmt::format("`{}` is whatever is the latest", image)
                       : fmt::format("what `{}` names may change", image));
  }

  void run(const DockerInstruction& one) {
    std::vector<std::string> commands;
    if (const auto words = one.exec_form()) {
      std::string joined;
      for (const std::string& word : *words) {
        joined += word + " ";
      }
      commands.push_back(std::move(joined));
    } else {
      commands.push_back(one.arguments);
    }
    for (const DockerInstruction::Document& document : one.documents) {
      commands.push_back(document.text);
    }
    for (const std::string& command : commands) {
      if (runs_what_it_fetches(command)) {
        tell(RuleId::kFetchedShell, one, "what is fetched is run unseen");
      }
      const std::vector<dependency::RequirementLine> asked =
          dependency::pip_install_arguments(command);
      dependency::report_lines(asked, one.line, one.offset, examination_);
    }
  }

  void add(const DockerInstruction& one) {
    const bool checked = std::ranges::any_of(
        one.flags, [](const std::string& flag) { return flag.starts_with("--checksum="); });
    std::string_view rest = one.arguments;
    for (std::string_view word = word_of(rest); !word.empty(); word = word_of(rest)) {
      if ((word.starts_with("http://") || word.starts_with("https://")) && !checked) {
        tell(RuleId::kAddUrl, one, "what is fetched may differ from one time to the next");
        return;
      }
    }
  }

  // `NAME=value NAME2="value 2"`, `NAME value`; of ARG a name alone.
  void variables(const DockerInstruction& one) {
    std::string_view rest = one.arguments;
    bool first = true;
    while (!rest.empty()) {
      const size_t begin = std::min(rest.find_first_not_of(" \t"), rest.size());
      rest.remove_prefix(begin);
      const size_t name_end = std::min(rest.find_first_of("= \t"), rest.size());
      const std::string_view name = rest.substr(0, name_end);
      rest.remove_prefix(name_end);
      std::string_view value;
      if (rest.starts_with('=')) {
        rest.remove_prefix(1);
        if (rest.starts_with('"') || rest.starts_with('\'')) {
          const char quote = rest.front();
          const size_t end = std::min(rest.find(quote, 1), rest.size());
          value = rest.substr(1, end - 1);
          rest.remove_prefix(std::min(end + 1, rest.size()));
        } else {
          value = word_of(rest);
        }
      } else if (first && one.name == "ENV") {
        value = rest;
        rest = {};
      }
      first = false;
      if (names_secret(name) && is_literal_secret(value)) {
        source_.add(RuleId::kSecretInImage, one.offset, one.offset,
                    fmt::format("`{} {}` holds a value", one.name, name));
      }
    }
  }

  SourceText& source_;
  Examination& examination_;
  std::set<std::string> stages_;
  bool is_root_ = true;
  bool stages_end_in_known_ = false;
  const DockerInstruction* last_from_ = nullptr;
  const DockerInstruction* last_user_ = nullptr;
};

}  // namespace

bool may_be_dockerfile(const Look& look) {
  const std::string_view name = look.name;
  return name == "Dockerfile" || name == "Containerfile" || name.starts_with("Dockerfile.") ||
         name.ends_with(".Dockerfile") || name.ends_with(".dockerfile");
}

Result<> examine_dockerfile(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, kMostCode));
  SourceText source(text, examination);
  Reader(source, examination).read(formats::parse_dockerfile(text));
  return ok();
}

}  // namespace sally::vet::code
