#include "app/processors.h"

#include <pthread.h>
#include <sched.h>

namespace sally::app {

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> out;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) {
        out.push_back(i);
      }
    }
  }
  if (out.empty()) {
    out.push_back(0);  // more of them than the set can hold: then nobody is kept anywhere
  }
  return out;
}

bool keep_on(std::thread& thread, int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return ::pthread_setaffinity_np(thread.native_handle(), sizeof set, &set) == 0;
}

}  // namespace sally::app
