// ContentRecorder: what is kept of the bytes of an exchange beside its event. An event never holds
// content; it holds commitments to it, which somebody who has the content and the subject's key can
// open, and nobody once that key is gone.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/finding.h"

namespace sally {

// `ALGORITHM:BASE64URL`; empty where nothing of that direction was seen.
struct Commitments {
  std::string request;
  std::string response;
};

// One exchange. Not shared: request and response may be fed from different threads, one after the
// other.
class ContentRecording {
 public:
  ContentRecording() = default;
  ContentRecording(const ContentRecording&) = delete;
  ContentRecording& operator=(const ContentRecording&) = delete;
  // Without `finish`, nothing of it is kept.
  virtual ~ContentRecording() = default;

  // The next bytes: of a request as the client sent them, of an answer as the client is sent them.
  virtual void feed(Direction direction, ByteView bytes) = 0;
  // The answer will not be sent after all.
  virtual void withdraw_response() = 0;
  // What the event says of the content. The last call, just before the event is recorded.
  [[nodiscard]] virtual Commitments finish() = 0;
};

// Whose content it is.
struct ContentSubject {
  std::string_view principal;  // as the event names it
  std::string_view end_user;   // the value of `end_user_field`, where the request has one
};

// Shared by all threads; never waits.
class ContentRecorder {
 public:
  ContentRecorder() = default;
  ContentRecorder(const ContentRecorder&) = delete;
  ContentRecorder& operator=(const ContentRecorder&) = delete;
  virtual ~ContentRecorder() = default;

  // The request field that names the end user for whom the principal acts; empty: none does.
  [[nodiscard]] virtual std::string_view end_user_field() const = 0;
  // Null where nothing can be kept of this exchange.
  [[nodiscard]] virtual std::unique_ptr<ContentRecording> begin(const ContentSubject& subject,
                                                                const Ulid& id) const = 0;
};

}  // namespace sally
