// Follows one template by the values of its expressions, and tells where they lead out of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/jinja/template.h"
#include "vet/model/template.h"
#include "vet/model/template_value.h"

namespace sally::vet::model {

inline constexpr double kManyTurns = 1e6;  // of loops, one within another

// Follows one template.
class TemplateJudge {
 public:
  TemplateJudge(const formats::JinjaTemplate& read, std::string_view text, TemplateUse use,
                uint64_t offset, std::string_view where, Examination& examination)
      : read_(read),
        text_(text),
        use_(use),
        offset_(offset),
        where_(where),
        examination_(examination) {}

  // Whether it had something to tell.
  bool run();

 private:
  struct Capture {
    std::string ends;  // `endset`
    std::string name;
    TemplateValue value;
  };

  void walk();
  void follow(const formats::JinjaTag& tag);
  void follow_for(const formats::JinjaTag& tag);
  void follow_set(const formats::JinjaTag& tag);
  void follow_file(const formats::JinjaTag& tag);
  void capture(const TemplateValue& value);
  void begin_capture(std::string ends, std::string name);
  void bind(const std::string& name, const TemplateValue& value);

  TemplateValue value_of(uint32_t index);
  TemplateValue name_value(const formats::JinjaNode& node);
  TemplateValue number_of(const formats::JinjaNode& node);
  TemplateValue attribute_of(const TemplateValue& base, const formats::JinjaNode& node);
  TemplateValue subscript_value(const formats::JinjaNode& node);
  TemplateValue slice_of(const TemplateValue& value, const formats::JinjaNode& slice);
  TemplateValue call_value(const formats::JinjaNode& node);
  TemplateValue method_value(const TemplateValue& base, std::string_view method,
                             const std::vector<TemplateValue>& given, uint64_t offset);
  TemplateValue global_call(std::string_view name, const formats::JinjaNode& node,
                            const std::vector<TemplateValue>& given);
  TemplateValue range_value(const std::vector<TemplateValue>& given, uint64_t offset);
  TemplateValue filter_value(const formats::JinjaNode& node);
  TemplateValue text_filter(std::string_view name, const TemplateValue& base,
                            const std::vector<TemplateValue>& given, uint64_t offset);
  TemplateValue binary_value(const formats::JinjaNode& node);
  TemplateValue repeated(const TemplateValue& text, double count, uint64_t offset);
  static TemplateValue join_items(const TemplateValue& base, const TemplateValue& separator);

  // Whether `name` of `base` leads to the internals; tells it.
  bool judge_name(const std::string& name, bool computed, uint64_t offset);
  TemplateValue judged_attribute(const TemplateValue& base, const TemplateValue& name,
                                 bool by_filter, uint64_t offset);
  // Whether filters or methods make something of a text below `index`.
  [[nodiscard]] bool makes_text(uint32_t index, bool within = false) const;
  void judge_free_call(const formats::JinjaNode& callee, uint64_t offset);
  [[nodiscard]] bool same(uint32_t a, uint32_t b) const;
  [[nodiscard]] std::string path_of(uint32_t index) const;
  void tell(RuleId rule, Severity severity, uint64_t offset, std::string message);
  void tell(RuleId rule, uint64_t offset, std::string message) {
    tell(rule, row_of(rule).severity, offset, std::move(message));
  }

  const formats::JinjaTemplate& read_;
  std::string_view text_;
  TemplateUse use_;
  uint64_t offset_;
  std::string_view where_;
  Examination& examination_;

  std::map<std::string, TemplateValue, std::less<>> bound_;
  std::vector<double> loops_;
  std::vector<Capture> captures_;
  std::set<std::pair<RuleId, std::string>> told_;
  bool telling_ = false;
  uint64_t tag_offset_ = 0;
};

}  // namespace sally::vet::model
