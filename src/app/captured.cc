#include "app/captured.h"

#include "base/random.h"

namespace sally::app {

Result<Captured> open_captured(const Config& config) {
  if (!config.capture) {
    return Error(ErrorKind::kUsage, "nothing is kept of bodies: there is nothing to look at",
                 "`capture` in the configuration says what is kept");
  }
  const capture::RecorderSettings& settings = config.capture->settings;
  Captured out;
  TRY(out.keys, capture::SubjectKeys::open(settings.folder, config.capture->key,
                                           capture::SubjectKeys::IfMissing::kFail,
                                           std::make_unique<SystemRandom>()));
  TRY(out.content, capture::ContentStore::open(settings.folder / "content", settings.content));
  return out;
}

}  // namespace sally::app
