// Envelope: what stands around the elements of an export request. The same for all three signals.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sally::telemetry {

// Who sends.
struct Resource {
  std::string version;   // of the program
  std::string instance;  // of this process
  // Further ones, each name once; one of the names above takes the place of the standard one.
  std::vector<std::pair<std::string, std::string>> attributes;
};

class Envelope {
 public:
  explicit Envelope(const Resource& resource);
  // The body of an export request: `elements` are encoded fields of spans, metrics or log records.
  [[nodiscard]] std::string wrap(std::string_view elements) const;

 private:
  std::string resource_;  // the field `resource`
  std::string scope_;     // the field `scope`
};

// What a collector's answer says. Hostile, at most as long as the transport lets it be.
struct ExportReply {
  uint64_t rejected = 0;  // elements of a partial success
  std::string message;    // printable, at most 200 bytes
};
ExportReply read_success(std::string_view body);
// The message of a failure: google.rpc.Status.
std::string read_failure(std::string_view body);

}  // namespace sally::telemetry
