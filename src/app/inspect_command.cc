// `inspect`: what texts hold. A line of JSON in, a line of JSON out, in the same order.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include "app/content_commands.h"
#include "app/line_reader.h"
#include "base/text.h"
#include "content/service/attack_json.h"
#include "content/service/spans_json.h"
#include "content/text_finder.h"
#include "formats/json/copy.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

constexpr size_t kBatch = size_t{4} << 20;  // octets of lines that are worked on at once
constexpr unsigned kMostThreads = 256;

// A file, or standard output.
class Output {
 public:
  static Result<Output> open(Console& console, const std::string& path) {
    Output out(console);
    if (path != "-") {
      out.path_ = printable(path);
      out.file_.open(path, std::ios::binary | std::ios::trunc);
      TRY_OK(out.check());
    }
    return out;
  }
  Result<> write(std::string_view text) {
    if (path_.empty()) {
      console_->out(text);
      return ok();
    }
    file_ << text;
    return check();
  }
  Result<> close() {
    file_.close();
    return path_.empty() ? ok() : check();
  }

 private:
  explicit Output(Console& console) : console_(&console) {}
  [[nodiscard]] Result<> check() const {
    return file_ ? ok() : Error(ErrorKind::kIo, fmt::format("cannot write `{}`", path_));
  }

  Console* console_;
  std::ofstream file_;
  std::string path_;  // empty: standard output
};

// What looks into the texts, and how much is told.
struct Looking {
  content::TextFinder finder;
  content::AttackDetector attacks;
  content::Explain explain;
};

// What is written for a line.
Result<std::string> answer_to(std::string_view line, const Looking& with) {
  TRY(const formats::JsonDocument document, formats::JsonDocument::parse(line, kLineLimits));
  TRY(const formats::JsonValue id, document.root().member("id"));
  TRY(const std::string_view text, document.root().string("text"));
  TRY(const auto from, content::provenance_of(document.root()));
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.key("id");
  formats::copy(id, json);
  content::write_spans(json, text, with.finder.find(text), with.explain);
  content::write_attack(json, text, with.attacks, from, with.explain);
  json.end_object();
  json.finish();
  out += '\n';
  return out;
}

struct Line {
  size_t number;
  std::string text;
  Result<std::string> answer = std::string();
};

void answer_all(std::vector<Line>& lines, const Looking& with, unsigned threads) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < lines.size(); i = next++) {
      lines[i].answer = answer_to(lines[i].text, with);
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < std::min<size_t>(threads, lines.size()); ++i) {
    others.emplace_back(work);
  }
  work();
}

}  // namespace

Result<std::vector<content::CustomRecognizer>> recognizers_of(const World& world,
                                                              const std::string& config) {
  if (config.empty()) {
    return std::vector<content::CustomRecognizer>();
  }
  TRY(const ConfigPtr read, open_config(world, config, Reading::kPaths));
  return read->privacy ? read->privacy->recognizers : std::vector<content::CustomRecognizer>();
}

Result<content::AttackDetector> detector_of(const World& world, const std::string& config) {
  TRY(content::AttackDetector out, content::AttackDetector::create());
  if (config.empty()) {
    return out;
  }
  TRY(const ConfigPtr read, open_config(world, config, Reading::kTexts));
  return out.knowing(read->known_attacks);
}

Result<int> inspect(const World& world, const InspectOptions& options) {
  TRY(auto recognizers, recognizers_of(world, options.config));
  TRY(content::TextFinder finder, content::TextFinder::create(std::move(recognizers)));
  TRY(const auto attacks, detector_of(world, options.config));
  const Looking with{std::move(finder), attacks,
                     options.explain ? content::Explain::kYes : content::Explain::kNo};
  TRY(LineReader reader, LineReader::open(options.input, kLongestLine));
  TRY(Output output, Output::open(world.console, options.output));
  const unsigned asked =
      options.threads == 0 ? std::thread::hardware_concurrency() : options.threads;
  const unsigned threads = std::clamp(asked, 1U, kMostThreads);
  bool more = true;
  while (more) {
    std::vector<Line> lines;
    for (size_t taken = 0; more && taken < kBatch;) {
      TRY(auto line, reader.next());
      more = line.has_value();
      if (line && !line->empty()) {
        taken += line->size();
        lines.push_back({reader.number(), *std::move(line)});
      }
    }
    answer_all(lines, with, threads);
    for (Line& line : lines) {
      if (!line.answer) {
        return std::move(line.answer).error().in(fmt::format("line {}", line.number));
      }
      TRY_OK(output.write(*line.answer));
    }
  }
  TRY_OK(output.close());
  return kFine;
}

}  // namespace sally::app
