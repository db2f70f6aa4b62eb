#include "vet/model/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "formats/jinja/template.h"
#include "vet/model/template_judge.h"

namespace sally::vet::model {
namespace {

constexpr size_t kMostTemplate = size_t{1} << 20;

}  // namespace

bool judge_template(std::string_view text, TemplateUse use, uint64_t offset, std::string_view where,
                    Examination& examination) {
  if (text.size() > kMostTemplate) {
    if (use == TemplateUse::kChat) {
      examination.add(RuleId::kTemplateMalformed, offset,
                      fmt::format("{}: a template of {} octets", where, text.size()));
    }
    text = text.substr(0, kMostTemplate);
  }
  if (!formats::has_jinja(text)) {
    return false;
  }
  const formats::JinjaTemplate read = formats::JinjaTemplate::parse(text);
  return TemplateJudge(read, text, use, offset, where, examination).run();
}

bool may_be_template(const Look& look) {
  static constexpr std::array<std::string_view, 7> kEndings = {
      ".jinja", ".jinja2", ".j2", ".template", ".tmpl", ".tpl", ".prompt"};
  return std::ranges::any_of(kEndings, [&](std::string_view ending) {
    return look.name.size() > ending.size() &&
           equal_ignoring_case(look.name.substr(look.name.size() - ending.size()), ending);
  });
}

Result<> examine_template(const formats::Input& input, Examination& examination) {
  TRY(const std::string text, formats::read_all(input, size_t{16} << 20));
  judge_template(text, TemplateUse::kFile, 0, {}, examination);
  return ok();
}

}  // namespace sally::vet::model
