// Fetcher: asks another server over HTTP, away from the threads that serve. A port: features name
// URLs, and hold no sockets.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally {

struct FetchRequest {
  std::string url;  // `https://...`; `http://` only where the operator wrote it so
  // Whose TLS settings count, by the operator's name for it; of a name that has none, and of no
  // name, the system's authorities.
  std::string trust;
  // Present: POST with this body; it may hold credentials.
  std::optional<Secret> form;
  std::string form_type = "application/x-www-form-urlencoded";
  std::vector<std::pair<std::string, Secret>> fields;  // besides the usual ones
  size_t most_bytes = size_t{256} << 10;               // of the answer's body
  Millis timeout{10'000};                              // from now to the end of the answer
};

struct FetchAnswer {
  uint16_t status = 0;
  std::string content_type;
  std::string body;
  // How long it may be kept (`Cache-Control: max-age`); nothing where it does not say.
  std::optional<std::chrono::seconds> max_age;
};

// Safe from every thread.
class Fetcher {
 public:
  Fetcher() = default;
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;
  virtual ~Fetcher() = default;

  using Done = std::function<void(Result<FetchAnswer>)>;
  // Calls `done` once, on the fetcher's own thread, where it must not wait; or never, where the
  // fetcher has stopped. Redirections are not followed. kUnavailable, kTimeout, kTooLarge; kUsage
  // for a URL that it may not ask.
  virtual void fetch(FetchRequest request, Done done) = 0;
};

}  // namespace sally
