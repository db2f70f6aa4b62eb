#include "app/serve.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "app/changes.h"
#include "app/config.h"
#include "app/service.h"
#include "app/startup_memory.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace sally::app {
namespace {

// Memory of this process holds keys: no core file, and no reading by other processes of the user.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  [[maybe_unused]] const int limited = setrlimit(RLIMIT_CORE, &none);
  [[maybe_unused]] const int hidden = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// As many descriptors as the system lets us have: every connection is one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    [[maybe_unused]] const int raised = setrlimit(RLIMIT_NOFILE, &limit);
  }
}

// The signals that the main thread waits for. Blocked before any thread starts, so that every
// thread inherits it.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

LogFormat format_of(LogStyle style) {
  if (style == LogStyle::kAuto) {
    return isatty(STDERR_FILENO) != 0 ? LogFormat::kText : LogFormat::kJson;
  }
  return style == LogStyle::kText ? LogFormat::kText : LogFormat::kJson;
}

}  // namespace

Result<int> run_serve(const ServeOptions& options) {
  forbid_core_dumps();
  raise_descriptor_limit();
  const sigset_t signals = block_signals();

  const SystemClock clock;
  ConfigContext context;
  context.now = clock.now();
  context.ticket_keys =
      std::make_shared<crypto::TlsTicketKeys>(clock, std::make_unique<SystemRandom>());
  std::vector<Problem> problems;
  auto loaded = load_config(options.config, context, &problems);
  for (const Problem& problem : problems) {
    std::fprintf(stderr, "%s\n", show_problem(options.config, problem).c_str());
  }
  TRY(const ConfigPtr config, std::move(loaded));

  Logger logger(STDERR_FILENO, format_of(config->log.style), config->log.level, clock);
  const Millis drain = config->gate.drain;
  TRY(const auto service, Service::start(config, context, clock, logger));
  give_back_startup_memory();
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) {
      continue;
    }
    if (signal == SIGHUP) {
      // Said in the log, both ways.
      [[maybe_unused]] const auto reloaded = service->reload(local_user(), "signal");
      give_back_startup_memory();
      continue;
    }
    // A second signal does not wait any longer.
    sigset_t again = signals;
    sigdelset(&again, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &again, nullptr);
    const size_t cut_off = service->drain(drain);
    return cut_off == 0 ? 0 : 3;
  }
}

}  // namespace sally::app
