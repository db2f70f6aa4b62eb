#include "app/follow.h"

#include <csignal>
#include <ctime>

namespace sally::app {
namespace {

constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 50'000'000};

volatile std::sig_atomic_t stop_asked = 0;
void ask_to_stop(int) {
  stop_asked = 1;
}

}  // namespace

void stop_on_signals() {
  struct sigaction action{};
  action.sa_handler = ask_to_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}
bool asked_to_stop() {
  return stop_asked != 0;
}

Result<> follow(LogView& view, uint64_t from, const LogView::Visitor& visitor,
                const std::function<Result<>(uint64_t position)>& after) {
  stop_on_signals();
  while (!asked_to_stop()) {
    TRY(from, view.read(from, UINT64_MAX,
                        [&](uint64_t seq, const ledger::AnyEvent& event,
                            std::string_view entry) -> Result<ledger::Visit> {
                          TRY(const ledger::Visit visit, visitor(seq, event, entry));
                          return asked_to_stop() ? ledger::Visit::kStop : visit;
                        }));
    TRY_OK(after(from));
    ::nanosleep(&kPause, nullptr);
  }
  return ok();
}

}  // namespace sally::app
