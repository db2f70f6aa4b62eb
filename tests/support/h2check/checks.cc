#include "support/h2check/checks.h"

#include <cstdio>

namespace sally::h2check {
namespace {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::vector<Verdict> run_checks(const Target& target,
                                const std::function<void(const Verdict&)>& progress) {
  std::vector<Verdict> verdicts;
  for (const std::span<const Check> table :
       {framing_checks(), frame_checks(), message_checks(), hpack_checks(), abuse_checks()}) {
    for (const Check& check : table) {
      Verdict verdict{check.section, check.sentence, true, {}};
      try {
        Probe probe(target);
        check.run(probe);
      } catch (const Failed& failed) {
        verdict.passed = false;
        verdict.why = failed.why;
      }
      progress(verdict);
      verdicts.push_back(std::move(verdict));
    }
  }
  return verdicts;
}

std::string to_json(const std::vector<Verdict>& verdicts) {
  std::string out = "[";
  for (const Verdict& verdict : verdicts) {
    out += out.size() > 1 ? ",\n {\"section\":" : "\n {\"section\":";
    append_json(out, verdict.section);
    out += ",\"sentence\":";
    append_json(out, verdict.sentence);
    out += verdict.passed ? ",\"passed\":true,\"why\":" : ",\"passed\":false,\"why\":";
    append_json(out, verdict.why);
    out += "}";
  }
  return out + "\n]\n";
}

}  // namespace sally::h2check
